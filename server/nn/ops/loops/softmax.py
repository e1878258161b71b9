"""Softmax as plain loops."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from server.nn.arrays import Array, Params, Shape
from server.nn.ops.loops import Loops

if TYPE_CHECKING:
    from server.nn.ops.softmax import Softmax


def softmax_forward(op: Softmax, x: Array, params: Params, index: Shape) -> float:
    (d,) = index
    largest = max(x)
    total = 0.0
    for e in range(len(x)):
        total += math.exp(x[e] - largest)
    return math.exp(x[d] - largest) / total


def softmax_backward(op: Softmax, dout: Array, x: Array, params: Params, index: Shape) -> float:
    (d,) = index
    largest = max(x)
    total = 0.0
    for e in range(len(x)):
        total += math.exp(x[e] - largest)
    own = math.exp(x[d] - largest) / total
    gradient = 0.0
    for e in range(len(x)):
        share = math.exp(x[e] - largest) / total
        gradient += dout[e] * share * ((e == d) - own)
    return float(gradient)


SOFTMAX = Loops(softmax_forward, softmax_backward)
