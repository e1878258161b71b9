"""The losses that a network is trained with, and their registry."""

from server.nn.losses.binary_cross_entropy import BinaryCrossEntropy
from server.nn.losses.cross_entropy import SoftmaxCrossEntropy
from server.nn.losses.loss import Loss
from server.nn.losses.squared_error import MeanSquaredError, RootMeanSquaredError, SquaredError

LOSSES: tuple[type[Loss], ...] = (
    SoftmaxCrossEntropy,
    BinaryCrossEntropy,
    SquaredError,
    MeanSquaredError,
    RootMeanSquaredError,
)
"""Every loss that a recipe can name, in the order in which forms offer them."""

__all__ = [
    "LOSSES",
    "BinaryCrossEntropy",
    "Loss",
    "MeanSquaredError",
    "RootMeanSquaredError",
    "SoftmaxCrossEntropy",
    "SquaredError",
]
