"""The Gaussian error linear unit (Hendrycks and Gimpel 2016), in its exact form."""

from dataclasses import dataclass
from math import erfc, exp, pi, sqrt
from typing import ClassVar, Literal

import numpy as np
import scipy

from server.nn.arrays import Array, Shape, number_text
from server.nn.ops.activation import Activation


@dataclass(frozen=True, slots=True)
class GELU(Activation):
    """Each number times the normal distribution function Φ of it, in any shape: out = x · Φ(x)."""

    kind: Literal["gelu"] = "gelu"

    stem: ClassVar[str] = "gelu"
    title: ClassVar[str] = "GELU"
    symbol: ClassVar[str] = "GELU"
    formula: ClassVar[str] = "out = GELU(x) = x · Φ(x),  Φ(x) = ½ · (1 + erf(x / √2))"
    forward_text: ClassVar[str] = (
        "Large numbers stay, negative ones fade to 0, with a soft bend between them."
    )
    backward_text: ClassVar[str] = (
        "The gradient is multiplied by the slope of the curve: near 1 for large numbers, near 0 far below 0."
    )

    def __str__(self) -> str:
        return "GELU"

    def summary(self, in_shape: Shape) -> str:
        return "large numbers stay, negative ones fade to 0"

    def signed(self, in_signed: bool) -> bool:
        return in_signed

    def value(self, x: Array) -> Array:
        out: Array = x * _below(x)
        return out

    def slope(self, x: Array) -> Array:
        # Far from 0 the density is 0, also where the square overflows.
        with np.errstate(over="ignore", under="ignore"):
            density = np.exp(x * x * x.dtype.type(-0.5)) * x.dtype.type(1 / sqrt(2 * pi))
        slope: Array = _below(x) + x * density
        return slope

    def scalar_forward(self, x: float) -> float:
        below = erfc(-x / sqrt(2)) / 2
        return x * below

    def scalar_backward(self, dout: float, x: float) -> float:
        below = erfc(-x / sqrt(2)) / 2
        density = exp(-x * x / 2) / sqrt(2 * pi)
        return dout * (below + x * density)

    def out_words(self, inputs: Array, slopes: Array) -> str:
        share = float(_below(inputs[:1].astype(np.float64))[0])
        return (
            f"Of the standard normal distribution {number_text(100 * share)} % lie below the input, "
            f"{number_text(float(inputs[0]))}: that part of it goes through."
        )

    def dx_words(self, x: float, slopes: Array) -> str:
        slope = float(self.slope(np.array([x], np.float64))[0])
        return f"The slope of GELU at the input {number_text(x)} is Φ(x) + x · φ(x) = {number_text(slope)}."


def _below(x: Array) -> Array:
    """Φ(x), the normal distribution function, without cancellation where it is small."""
    share: Array = scipy.special.erfc(x * x.dtype.type(-sqrt(0.5))) * x.dtype.type(0.5)
    return share
