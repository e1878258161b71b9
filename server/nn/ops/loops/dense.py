"""The fully connected layer as plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.nn.arrays import Array, Params, Shape
from server.nn.ops.loops import Loops
from server.nn.ops.loops.signs import SIGNS, factors, through_sign

if TYPE_CHECKING:
    from server.nn.ops.dense import Dense


def dense_forward(op: Dense, x: Array, params: Params, index: Shape) -> float:
    x, w = factors(op, x, params["w"])
    b = params["b"]
    (m,) = index
    total = b[m]
    for d in range(len(x)):
        total += x[d] * w[m, d]
    return float(total)


def dense_backward(op: Dense, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, w = factors(op, x, params["w"])
    (d,) = index
    total = 0.0
    for m in range(len(dout)):
        total += dout[m] * w[m, d]
    return float(total * through_sign(op.binary == "both", x[d]))


def dense_dw(op: Dense, dout: Array, x: Array, params: Params, index: Shape) -> float:
    x, _ = factors(op, x, params["w"])
    m, d = index
    total = 0.0
    for n in range(dout.shape[1]):
        total += dout[m, n] * x[d, n]
    return float(total * through_sign(op.binary != "no", params["w"][m, d]))


def dense_db(op: Dense, dout: Array, x: Array, params: Params, index: Shape) -> float:
    (m,) = index
    total = 0.0
    for n in range(dout.shape[1]):
        total += dout[m, n]
    return float(total)


DENSE = Loops(dense_forward, dense_backward, saved=SIGNS, gradients={"w": dense_dw, "b": dense_db})
