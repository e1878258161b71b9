"""Dropout (Srivastava et al. 2014), scaled while training so that evaluation needs no scaling."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, number_text, size, union
from server.nn.ops.loops import Loops
from server.nn.ops.loops import small as small_loops
from server.nn.ops.op import Form, Op
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class Dropout(Op):
    """Sets each cell to zero with probability `rate`, and scales the others up, in any shape.

    Saved array: `mask`, 0 where a cell is dropped, else 1 / (1 − rate). It is drawn for each iteration.
    Evaluation drops nothing.
    """

    rate: float = 0.5
    kind: Literal["dropout"] = "dropout"

    stem: ClassVar[str] = "dropout"
    title: ClassVar[str] = "Dropout"
    form: ClassVar[Form] = "before_after"
    loops: ClassVar[Loops] = small_loops.DROPOUT
    slope_symbol: ClassVar[str | None] = "mask"
    drawn: ClassVar[tuple[str, ...]] = ("mask",)
    formula: ClassVar[str] = "out = x · mask,  mask = 0 or 1 / (1 − rate)"
    forward_text: ClassVar[str] = (
        "Some numbers, drawn anew at each step, become 0; the others grow to make up for them."
    )
    backward_text: ClassVar[str] = (
        "Numbers that were dropped get no gradient; that of the others is multiplied by the same mask."
    )

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"A dropout rate is at least 0 and below 1, not {self.rate}.")

    def __str__(self) -> str:
        return f"dropout {number_text(self.rate)}"

    def out_shape(self, in_shape: Shape) -> Shape:
        return in_shape

    def summary(self, in_shape: Shape) -> str:
        return f"each number becomes 0 with probability {number_text(self.rate)}"

    def forward_words(self, in_shape: Shape) -> str:
        if not self.rate:
            return "At rate 0 every number stays."
        grown = number_text(1 / (1 - self.rate))
        return f"Some numbers, drawn anew at each step, become 0; the others are multiplied by {grown}."

    def backward_words(self, in_shape: Shape) -> str:
        if not self.rate:
            return "At rate 0 every gradient stays."
        grown = number_text(1 / (1 - self.rate))
        return f"Numbers that were dropped get no gradient; that of the others is multiplied by {grown}."

    def signed(self, in_signed: bool) -> bool:
        return in_signed

    def saved_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        return {"mask": in_shape}

    def draw(self, shape: Shape, dtype: np.dtype[Any], random: np.random.Generator) -> dict[str, Array]:
        kept = random.random(shape) >= self.rate
        return {"mask": kept.astype(dtype) * dtype.type(1 / (1 - self.rate))}

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        mask = given["mask"]
        out = x * mask
        return out, {"mask": mask}

    def evaluating(self, running: Params) -> "EvaluatingDropout":
        return EvaluatingDropout(self.rate)

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        return dout * saved["mask"], {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        return Reads(x=cells[:, None], slope=saved["mask"].ravel()[cells][:, None])

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        return union(cells, size(in_shape))

    def out_words(self, inputs: Array, slopes: Array) -> str:
        if not slopes[0]:
            return f"The input, {number_text(inputs[0])}, is dropped in this iteration: the output is 0."
        return (
            f"The input, {number_text(inputs[0])}, is kept in this iteration, and grows by "
            f"{number_text(slopes[0])} to make up for those that are dropped."
        )

    def dx_words(self, x: float, slopes: Array) -> str:
        if not slopes[0]:
            return "This cell was dropped in this iteration: no gradient comes back to it."
        return "This cell was kept in this iteration: the upstream gradient comes back, times the same mask."

    def saved_words(self, name: str, inputs: Array) -> str:
        return (
            f"Drawn at random for this iteration, from the run's seed: 0 with probability "
            f"{number_text(self.rate)}, else 1 / (1 − {number_text(self.rate)})."
        )


class EvaluatingDropout(Dropout):
    """Dropout in evaluation: the mask is 1 everywhere."""

    __slots__ = ()
    drawn: ClassVar[tuple[str, ...]] = ()

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        return Dropout.forward(self, x, params, {"mask": np.ones_like(x)})
