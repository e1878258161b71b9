"""The losses that a network is trained with."""

from server.nn.losses.binary_cross_entropy import BinaryCrossEntropy
from server.nn.losses.cross_entropy import SoftmaxCrossEntropy
from server.nn.losses.loss import Loss
from server.nn.losses.squared_error import MeanSquaredError, RootMeanSquaredError, SquaredError

__all__ = [
    "BinaryCrossEntropy",
    "Loss",
    "MeanSquaredError",
    "RootMeanSquaredError",
    "SoftmaxCrossEntropy",
    "SquaredError",
]
