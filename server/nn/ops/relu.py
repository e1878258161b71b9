"""The rectifier."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, Params, Shape, number_text, size, union
from server.nn.ops.op import Op
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class ReLU(Op):
    """Lets positive cells through and makes the others zero, in any shape. Its slope at zero counts as 0."""

    kind: Literal["relu"] = "relu"

    stem: ClassVar[str] = "relu"
    slope_symbol: ClassVar[str | None] = "gate"
    formula: ClassVar[str] = "out = max(x, 0)"
    forward_text: ClassVar[str] = "Positive numbers stay; negative ones become zero."
    backward_text: ClassVar[str] = (
        "The upstream gradient goes through where the input was positive, and nowhere else."
    )

    def __str__(self) -> str:
        return "ReLU"

    def out_shape(self, in_shape: Shape) -> Shape:
        return in_shape

    def signed(self, in_signed: bool) -> bool:
        return False

    def forward(self, x: Array, params: Params) -> tuple[Array, dict[str, Array]]:
        return np.maximum(x, np.zeros_like(x)), {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        return dout * (x > 0), {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        gate = x.ravel()[cells] > 0
        return Reads(x=cells[:, None], slope=gate[:, None].astype(x.dtype))

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        return union(cells, size(in_shape))

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
