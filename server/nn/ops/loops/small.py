"""Dropout, add and flatten as plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.nn.arrays import Array, Params, Shape
from server.nn.ops.loops import Loops

if TYPE_CHECKING:
    from server.nn.ops.add import Add
    from server.nn.ops.dropout import Dropout
    from server.nn.ops.flatten import Flatten


def dropout_forward(op: Dropout, x: Array, params: Params, index: Shape) -> float:
    return float(x[index] * params["mask"][index])


def dropout_mask(op: Dropout, x: Array, params: Params, index: Shape) -> float:
    return float(params["mask"][index])  # drawn before the iteration began


def dropout_backward(op: Dropout, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index] * params["mask"][index])


def add_forward(op: Add, x: Array, params: Params, index: Shape) -> float:
    return float(x[index] + params["skip"][index])


def add_backward(op: Add, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index])


def add_dskip(op: Add, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index])


def flatten_forward(op: Flatten, x: Array, params: Params, index: Shape) -> float:
    (d,) = index
    place: Shape = ()
    for length in reversed(x.shape):
        d, coordinate = divmod(d, length)
        place = (coordinate, *place)
    return float(x[place])


def flatten_backward(op: Flatten, dout: Array, x: Array, params: Params, index: Shape) -> float:
    d = 0
    for coordinate, length in zip(index, x.shape, strict=True):
        d = d * length + coordinate
    return float(dout[d])


DROPOUT = Loops(dropout_forward, dropout_backward, saved={"mask": dropout_mask})
ADD = Loops(add_forward, add_backward, dskip=add_dskip)
FLATTEN = Loops(flatten_forward, flatten_backward)
