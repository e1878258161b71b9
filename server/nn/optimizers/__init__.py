"""The optimizers: what a gradient changes."""

from server.nn.optimizers.adam import Adam, AdamW
from server.nn.optimizers.momentum import Momentum, Nesterov
from server.nn.optimizers.optimizer import Intermediate, Optimizer, UpdateInputs
from server.nn.optimizers.rmsprop import RMSProp
from server.nn.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "Intermediate",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "UpdateInputs",
]
