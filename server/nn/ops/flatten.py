"""Flattening: an image becomes a row of numbers."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, extent_text, size, union
from server.nn.ops.loops import Loops
from server.nn.ops.loops import small as small_loops
from server.nn.ops.op import Form, Op
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class Flatten(Op):
    """Writes the cells of an image into a row, in row-major order: (C, H, W) -> (C*H*W,)."""

    kind: Literal["flatten"] = "flatten"

    stem: ClassVar[str] = "flatten"
    title: ClassVar[str] = "Flatten"
    form: ClassVar[Form] = "before_after"
    loops: ClassVar[Loops] = small_loops.FLATTEN
    formula: ClassVar[str] = "out[d] = x[c,h,w],  d = (c·H + h)·W + w"
    forward_text: ClassVar[str] = "The same numbers, written in one row."
    backward_text: ClassVar[str] = "The same gradients, back in the shape of the maps."

    def __str__(self) -> str:
        return "flatten"

    def out_shape(self, in_shape: Shape) -> Shape:
        return (size(in_shape),)

    def summary(self, in_shape: Shape) -> str:
        if len(in_shape) < 3:
            return f"{size(in_shape):,} numbers, already in one row"
        channels, *extent = in_shape
        maps = "1 map" if channels == 1 else f"{channels:,} maps"
        return f"{maps} of {extent_text(tuple(extent))} to {size(in_shape):,} numbers in one row"

    def signed(self, in_signed: bool) -> bool:
        return in_signed

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        return x.reshape(-1, x.shape[-1]), {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        return dout.reshape(x.shape), {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        return Reads(x=cells[:, None], slope=np.ones((len(cells), 1), x.dtype))

    def dx_words(self, x: float, slopes: Array) -> str:
        return self.backward_text

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        return union(cells, size(in_shape))
