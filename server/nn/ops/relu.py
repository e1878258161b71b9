"""The rectifier."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Params, Shape, number_text
from server.nn.ops.activation import Activation
from server.nn.ops.capabilities import Rectifier


@dataclass(frozen=True, slots=True)
class ReLU(Activation, Rectifier):
    """Passes positive cells and sets the others to zero, in any shape. The derivative at zero is 0."""

    kind: Literal["relu"] = "relu"

    stem: ClassVar[str] = "relu"
    title: ClassVar[str] = "ReLU"
    slope_symbol: ClassVar[str | None] = "gate"
    formula: ClassVar[str] = "out = max(x, 0)"
    forward_text: ClassVar[str] = "Positive numbers stay; negative ones become 0."
    backward_text: ClassVar[str] = (
        "The gradient passes where the number was positive; elsewhere the gate is shut: none comes back."
    )

    def __str__(self) -> str:
        return "ReLU"

    def summary(self, in_shape: Shape) -> str:
        return "negative numbers become 0, the others stay"

    def signed(self, in_signed: bool) -> bool:
        return False

    def value(self, x: Array) -> Array:
        return np.maximum(x, np.zeros(x.shape, x.dtype))

    def slope(self, x: Array) -> Array:
        return (x > 0).astype(x.dtype)

    def scalar_forward(self, x: float) -> float:
        return x if x > 0 else 0.0

    def scalar_backward(self, dout: float, x: float) -> float:
        return dout if x > 0 else 0.0

    def guided(self) -> "GuidedReLU":
        return GuidedReLU()

    def out_words(self, inputs: Array, slopes: Array) -> str:
        if slopes[0]:
            return f"The input, {number_text(inputs[0])}, is positive: the gate is open, and it goes through."
        return f"The input, {number_text(inputs[0])}, is not positive: the gate is shut, and the output is 0."

    def dx_words(self, x: float, slopes: Array) -> str:
        if slopes[0]:
            return (
                f"The input, {number_text(x)}, was positive: the gate is open, and the upstream gradient "
                "goes through as it is."
            )
        return f"The input, {number_text(x)}, was not positive: the gate is shut, and no gradient comes back."


class GuidedReLU(ReLU):
    """The rectifier of guided backpropagation (Springenberg et al. 2015).

    Only the positive part of the upstream gradient goes back. The result is not a gradient.
    """

    __slots__ = ()

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        return super().backward(np.maximum(dout, 0), x, params, saved)
