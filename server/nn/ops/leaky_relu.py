"""The leaky rectifier (Maas et al. 2013)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Params, Shape, number_text
from server.nn.ops.activation import Activation
from server.nn.ops.capabilities import Rectifier


@dataclass(frozen=True, slots=True)
class LeakyReLU(Activation, Rectifier):
    """Passes positive cells and multiplies the others by `negative_slope`, in any shape."""

    negative_slope: float = 0.01
    kind: Literal["leaky_relu"] = "leaky_relu"

    stem: ClassVar[str] = "leaky"
    title: ClassVar[str] = "Leaky ReLU"
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"negative_slope": (0.0, 1.0)}
    slope_symbol: ClassVar[str | None] = "slope"
    formula: ClassVar[str] = "out = x where x > 0, else α · x"
    forward_text: ClassVar[str] = "Positive numbers stay; negative ones are multiplied by a small number."
    backward_text: ClassVar[str] = (
        "The gradient passes where the number was positive; elsewhere it is multiplied by that small number."
    )

    def __post_init__(self) -> None:
        least, most = self.bounds["negative_slope"]
        if not least <= self.negative_slope <= most:
            raise ValueError(
                f"The negative slope of a leaky ReLU is between {least:g} and {most:g}, not "
                f"{self.negative_slope}."
            )

    def __str__(self) -> str:
        return f"leaky ReLU {number_text(self.negative_slope)}"

    def summary(self, in_shape: Shape) -> str:
        return f"negative numbers times {number_text(self.negative_slope)}, the others stay"

    def forward_words(self, in_shape: Shape) -> str:
        return f"Positive numbers stay; negative ones are multiplied by {number_text(self.negative_slope)}."

    def backward_words(self, in_shape: Shape) -> str:
        return (
            "The gradient passes where the number was positive; elsewhere it is multiplied by "
            f"{number_text(self.negative_slope)}."
        )

    def signed(self, in_signed: bool) -> bool:
        return in_signed and self.negative_slope > 0

    def value(self, x: Array) -> Array:
        # A slope of at most 1 makes negative numbers larger and positive ones smaller.
        out: Array = np.maximum(x, x * x.dtype.type(self.negative_slope))
        return out

    def slope(self, x: Array) -> Array:
        slope: Array = np.where(x > 0, x.dtype.type(1), x.dtype.type(self.negative_slope))
        return slope

    def scalar_forward(self, x: float) -> float:
        return x if x > 0 else self.negative_slope * x

    def scalar_backward(self, dout: float, x: float) -> float:
        return dout if x > 0 else self.negative_slope * dout

    def guided(self) -> "GuidedLeakyReLU":
        return GuidedLeakyReLU(self.negative_slope)

    def out_words(self, inputs: Array, slopes: Array) -> str:
        if inputs[0] > 0:
            return f"The input, {number_text(inputs[0])}, is positive: it goes through as it is."
        return (
            f"The input, {number_text(inputs[0])}, is not positive: it leaks through, times "
            f"{number_text(self.negative_slope)}."
        )

    def dx_words(self, x: float, slopes: Array) -> str:
        if x > 0:
            return f"The input, {number_text(x)}, was positive: the upstream gradient goes through as it is."
        return (
            f"The input, {number_text(x)}, was not positive: the upstream gradient leaks through, times "
            f"{number_text(self.negative_slope)}."
        )


class GuidedLeakyReLU(LeakyReLU):
    """The leaky rectifier of guided backpropagation: only the positive part of the upstream gradient goes or
    leaks back."""

    __slots__ = ()

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        return super().backward(np.maximum(dout, 0), x, params, saved)
