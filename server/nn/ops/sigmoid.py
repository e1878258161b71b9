"""The logistic function."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Shape, number_text
from server.nn.ops.activation import Activation


@dataclass(frozen=True, slots=True)
class Sigmoid(Activation):
    """Maps every number to the range from 0 to 1, in any shape: σ(x) = 1 / (1 + exp(−x))."""

    kind: Literal["sigmoid"] = "sigmoid"

    stem: ClassVar[str] = "sigmoid"
    title: ClassVar[str] = "Sigmoid"
    symbol: ClassVar[str] = "σ"
    formula: ClassVar[str] = "out = σ(x) = 1 / (1 + exp(−x))"
    forward_text: ClassVar[str] = "Each number is squeezed between 0 and 1."
    backward_text: ClassVar[str] = (
        "The gradient is multiplied by the slope of the curve: at most 1/4, almost nothing at both ends."
    )

    def __str__(self) -> str:
        return "sigmoid"

    def summary(self, in_shape: Shape) -> str:
        return "each number squeezed between 0 and 1"

    def signed(self, in_signed: bool) -> bool:
        return False

    def value(self, x: Array) -> Array:
        # The argument of exp is never positive, so it cannot overflow.
        power = np.exp(-np.abs(x))
        out: Array = np.where(x >= 0, x.dtype.type(1), power) / (1 + power)
        return out

    def slope(self, x: Array) -> Array:
        out = self.value(x)
        slope: Array = out * (1 - out)
        return slope

    def scalar_forward(self, x: float) -> float:
        return float(1 / (1 + np.exp(-x)))

    def scalar_backward(self, dout: float, x: float) -> float:
        out = 1 / (1 + np.exp(-x))
        return float(dout * out * (1 - out))

    def out_words(self, inputs: Array, slopes: Array) -> str:
        x = float(inputs[0])
        side = "in the middle" if x == 0 else "above one half" if x > 0 else "below one half"
        return f"The input, {number_text(x)}, is squeezed into the range from 0 to 1: it ends {side}."

    def dx_words(self, x: float, slopes: Array) -> str:
        out = float(self.value(np.array(x)))
        return (
            f"The slope of σ where the input is {number_text(x)} is out · (1 − out) = {number_text(out)} · "
            f"{number_text(1 - out)} = {number_text(out * (1 - out))}; it is 0.25 at most."
        )
