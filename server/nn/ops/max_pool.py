"""Max-pooling."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, extent_text, number_text, shape_text, size
from server.nn.ops.capabilities import Selector
from server.nn.ops.loops import Loops
from server.nn.ops.loops import pooling as pooling_loops
from server.nn.ops.pool import Pool2d
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class MaxPool2d(Pool2d, Selector):
    """The largest cell of every window: (C, H, W) -> (C, P, Q).

    Saved array: `winner`, integers: the row-major number, in its window, of the cell that each output came
    from. Of equal cells the first one wins.
    """

    kind: Literal["maxpool2d"] = "maxpool2d"

    stem: ClassVar[str] = "pool"
    title: ClassVar[str] = "Max-pool"
    loops: ClassVar[Loops] = pooling_loops.MAX_POOL
    slope_symbol: ClassVar[str | None] = "gate"
    selected: ClassVar[str] = "winner"
    formula: ClassVar[str] = "out[c,p,q] = max x[c,p·s+u,q·s+v]"
    forward_text: ClassVar[str] = "Only the largest number of each window goes on."
    backward_text: ClassVar[str] = (
        "Only the winner of each window is to blame: it gets the whole gradient, the others none."
    )

    def __str__(self) -> str:
        return f"max-pool {shape_text(self.kernel)}"

    def summary(self, in_shape: Shape) -> str:
        return f"{self.windows_text(in_shape)}, the largest wins"

    def forward_words(self, in_shape: Shape) -> str:
        return f"Only the largest number of each {extent_text(self.kernel)} window goes on."

    def scratch(self, in_shape: Shape, batch_size: int, itemsize: int) -> int:
        # One byte for each cell of each window: whether it won.
        gates = self.fan_in(in_shape) * size(self.out_shape(in_shape)) * batch_size
        return gates + Pool2d.scratch(self, in_shape, batch_size, itemsize)

    def saved_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        return {"winner": self.out_shape(in_shape)}

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        cells = self.cells(x)
        for largest, cell in pairwise(cells[:-1]):
            np.maximum(largest, cell, out=cell)
        # All but the last are now the largest so far: those before the winner are smaller than the output.
        before, last = cells[-2:][0], cells[-1]
        out = np.maximum(before, last)
        smaller = (cells[:-1] < out).view(np.int8)
        winner = np.add.reduce(smaller, axis=0, dtype=np.int8 if len(cells) < 128 else np.int16)
        return out, {"winner": winner}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        winner = saved["winner"]
        places = np.arange(self.kernel[0] * self.kernel[1], dtype=winner.dtype)
        gates = winner == places.reshape(-1, 1, 1, 1, 1)
        return self.sent_back(dout * gates, x.shape[:3]), {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        window = self.under(cells, x.shape)
        winner = saved["winner"].ravel()[cells]
        slope = winner[:, None] == np.arange(window.shape[1])
        return Reads(x=window, slope=slope.astype(x.dtype))

    def out_words(self, inputs: Array, slopes: Array) -> str:
        return f"{self._won(inputs)} goes through.{_ties(inputs)}"

    def dx_words(self, x: float, slopes: Array) -> str:
        windows, won = len(slopes), int(slopes.sum())
        if windows == 1:
            return (
                "This cell won its window: the window's upstream gradient comes back to it."
                if won
                else "This cell lost its window to another: no gradient comes back to it."
            )
        return (
            f"This cell won {won or 'none'} of the {windows} windows that look at it: the upstream gradients "
            "of those it won come back to it."
        )

    def saved_words(self, name: str, inputs: Array) -> str:
        largest = number_text(inputs.max())
        if len(inputs) == 1:
            return f"The only cell of its window won, with {largest}."
        return f"The {self.cell_words(int(inputs.argmax()))} cell won, with {largest}.{_ties(inputs)}"

    def _won(self, inputs: Array) -> str:
        count = len(inputs)
        return (
            f"The largest of the {count} cells of its window, {number_text(inputs.max())},"
            if count > 1
            else "The only cell of its window"
        )


def _ties(inputs: Array) -> str:
    equal = int((inputs == inputs.max()).sum())
    return f" {equal} cells are equally large: the first from the top left wins." if equal > 1 else ""
