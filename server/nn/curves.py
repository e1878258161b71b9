"""The functions of one number that ops apply, each as its definition says it: what explanations go by.

The ops compute the same values in NumPy, for whole arrays at once.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

CurveName = Literal["sigmoid", "tanh", "gelu", "sign"]
FunctionName = CurveName | Literal["softmax"]
"""What an op can make of the numbers that it reads, other than a sum: of one of them, or a share of all."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one number, float64, and the symbol that formulas write for it."""

    symbol: str
    value: Callable[[float], float]


def _sigmoid(x: float) -> float:
    return float(1 / (1 + np.exp(-x)))


def _gelu(x: float) -> float:
    return x * math.erfc(-x / math.sqrt(2)) / 2


def _sign(x: float) -> float:
    return 1.0 if x >= 0 else -1.0


CURVES: Mapping[CurveName, Curve] = {
    "sigmoid": Curve("σ", _sigmoid),
    "tanh": Curve("tanh", math.tanh),
    "gelu": Curve("GELU", _gelu),
    "sign": Curve("sign", _sign),
}
