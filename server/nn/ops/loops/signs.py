"""Loops that the binary layers share: signs, and straight-through estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from server.nn.arrays import Array, Params, Shape

if TYPE_CHECKING:
    from server.nn.ops.conv import Conv2d
    from server.nn.ops.dense import Dense


def factors(op: Conv2d | Dense, x: Array, w: Array) -> tuple[Array, Array]:
    """The two operands of the layer: inputs and weights, or their signs where it is binary (+1 for 0)."""
    if op.binary != "no":
        w = np.array([1.0 if number >= 0 else -1.0 for number in w.flat]).reshape(w.shape)
    if op.binary == "both":
        x = np.array([1.0 if number >= 0 else -1.0 for number in x.flat]).reshape(x.shape)
    return x, w


def through_sign(is_binary: bool, number: float) -> float:
    """The factor of a gradient at a number: 0 or 1 through its sign, and 1 where no sign is taken."""
    return 0.0 if is_binary and abs(number) > 1 else 1.0


def sign_w(op: Conv2d | Dense, x: Array, params: Params, index: Shape) -> float:
    return 1.0 if params["w"][index] >= 0 else -1.0


def sign_x(op: Conv2d | Dense, x: Array, params: Params, index: Shape) -> float:
    return 1.0 if x[index] >= 0 else -1.0


SIGNS = {"sign_w": sign_w, "sign_x": sign_x}
"""The loops of the saved signs."""
