"""Softmax as a layer."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, number_text, shape_text
from server.nn.ops.loops import Loops
from server.nn.ops.loops import softmax as softmax_loops
from server.nn.ops.op import Form, Function, Op, ShapeError
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class Softmax(Op):
    """Each output is exp(x) divided by the sum of all exponentials: (D,) -> (D,). Outputs add up to 1."""

    kind: Literal["softmax"] = "softmax"

    stem: ClassVar[str] = "softmax"
    title: ClassVar[str] = "Softmax"
    form: ClassVar[Form] = "distribution"
    loops: ClassVar[Loops] = softmax_loops.SOFTMAX
    slope_symbol: ClassVar[str | None] = "∂out/∂x"
    formula: ClassVar[str] = "out[d] = exp(x[d]) / Σ exp(x[e])"
    forward_text: ClassVar[str] = (
        "Each number becomes its share of the whole: all are positive and add up to 1."
    )
    backward_text: ClassVar[str] = (
        "A share that grows takes from the others, so blame comes back to each number from all shares."
    )

    def __str__(self) -> str:
        return "softmax"

    @property
    def function(self) -> Function | None:
        return "softmax"

    def out_shape(self, in_shape: Shape) -> Shape:
        if len(in_shape) != 1:
            raise ShapeError(
                f"got {shape_text(in_shape)}, but needs one row of numbers: put a flatten layer before it."
            )
        return in_shape

    def summary(self, in_shape: Shape) -> str:
        return f"{in_shape[0]:,} numbers become shares that add up to 1"

    def signed(self, in_signed: bool) -> bool:
        return False

    def fan_in(self, in_shape: Shape) -> int:
        return in_shape[0]

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        return _shares(x), {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        out = _shares(x)
        mean = (dout * out).sum(axis=0)
        return out * (dout - mean), {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        out, inputs = _shares(x), np.arange(x.size)
        own = (cells[:, None] == inputs).astype(x.dtype)
        return Reads(x=np.broadcast_to(inputs, (len(cells), x.size)), slope=out[cells][:, None] * (own - out))

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        return np.arange(in_shape[0] if len(cells) else 0)

    def out_words(self, inputs: Array, slopes: Array) -> str:
        return (
            f"Its power's share of all. The largest input, m = {number_text(float(inputs.max()))}, is "
            "subtracted from each first: this changes no share and keeps the powers small."
        )

    def dx_words(self, x: float, slopes: Array) -> str:
        if len(slopes) == 1:
            return "The only share is always 1: its slope is 0, and no gradient comes back."
        return (
            f"All {len(slopes)} outputs read this cell: raising it raises its own share, by out · (1 − out), "
            "and lowers each other, by the product of the two shares. Each one's gradient comes back, times "
            "that slope."
        )


def _shares(x: Array) -> Array:
    # The largest exponent is 0, so no power overflows.
    powers = np.exp(x - x.max(axis=0))
    out: Array = powers / powers.sum(axis=0)
    return out
