"""The hyperbolic tangent."""

from dataclasses import dataclass
from math import tanh
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Shape, number_text
from server.nn.ops.activation import Activation


@dataclass(frozen=True, slots=True)
class Tanh(Activation):
    """Maps every number to the range from −1 to 1, in any shape, and keeps its sign."""

    kind: Literal["tanh"] = "tanh"

    stem: ClassVar[str] = "tanh"
    title: ClassVar[str] = "Tanh"
    symbol: ClassVar[str] = "tanh"
    formula: ClassVar[str] = "out = tanh(x)"
    forward_text: ClassVar[str] = "Each number is squeezed between −1 and 1."
    backward_text: ClassVar[str] = (
        "The gradient is multiplied by the slope of the curve: 1 in the middle, almost nothing at both ends."
    )

    def __str__(self) -> str:
        return "tanh"

    def summary(self, in_shape: Shape) -> str:
        return "each number squeezed between −1 and 1"

    def signed(self, in_signed: bool) -> bool:
        return in_signed

    def value(self, x: Array) -> Array:
        return np.tanh(x)

    def slope(self, x: Array) -> Array:
        out = np.tanh(x)
        # Unlike 1 - out * out, the product keeps its digits where the output is close to 1.
        slope: Array = (1 - out) * (1 + out)
        return slope

    def scalar_forward(self, x: float) -> float:
        return tanh(x)

    def scalar_backward(self, dout: float, x: float) -> float:
        out = tanh(x)
        return dout * (1 - out * out)

    def out_words(self, inputs: Array, slopes: Array) -> str:
        x = float(inputs[0])
        side = "in the middle" if x == 0 else "above 0" if x > 0 else "below 0"
        return f"The input, {number_text(x)}, is squeezed into the range from −1 to 1: it ends {side}."

    def dx_words(self, x: float, slopes: Array) -> str:
        out = float(np.tanh(x))
        return (
            f"The slope of tanh where the input is {number_text(x)} is 1 − out² = 1 − "
            f"{number_text(out * out)} = {number_text((1 - out) * (1 + out))}; it is 1 at most."
        )
