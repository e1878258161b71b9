"""The losses that a network is trained with."""

from server.nn.losses.cross_entropy import SoftmaxCrossEntropy
from server.nn.losses.loss import Loss
from server.nn.losses.squared_error import SquaredError

__all__ = ["Loss", "SoftmaxCrossEntropy", "SquaredError"]
