"""The optimizers, which turn gradients into changes of the parameters, and their registry."""

from server.nn.optimizers.adam import Adam, AdamW
from server.nn.optimizers.momentum import Momentum, Nesterov
from server.nn.optimizers.optimizer import Intermediate, Optimizer, UpdateInputs, clipped_gradient
from server.nn.optimizers.rmsprop import RMSProp
from server.nn.optimizers.sgd import SGD

OPTIMIZERS: tuple[type[Optimizer], ...] = (SGD, Momentum, Nesterov, RMSProp, Adam, AdamW)
"""Every optimizer that a recipe can name, in the order in which forms offer them."""

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamW",
    "Intermediate",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "UpdateInputs",
    "clipped_gradient",
]
