"""Max-pooling."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, number_text, shape_text, size
from server.nn.ops.pooling import Pool2d
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class MaxPool2d(Pool2d):
    """Keeps the largest cell of every window: (C, H, W) -> (C, P, Q).

    What is saved is `winner`, int32: which cell of its window each output came from, row-major; of equal
    cells, the first.
    """

    kind: Literal["maxpool2d"] = "maxpool2d"

    stem: ClassVar[str] = "pool"
    slope_symbol: ClassVar[str | None] = "gate"
    saved_functions: ClassVar[Mapping[str, Literal["argmax"]]] = {"winner": "argmax"}
    formula: ClassVar[str] = "out[c,p,q] = max x[c,p·s+u,q·s+v]"
    forward_text: ClassVar[str] = "The largest cell of each window goes through."
    backward_text: ClassVar[str] = (
        "Each upstream gradient goes back to the cell that won its window; the others get none."
    )

    def __str__(self) -> str:
        return f"max-pool {shape_text(self.kernel)}"

    def scratch(self, in_shape: Shape, batch_size: int, itemsize: int) -> int:
        # The gates: a byte for each cell of each window.
        return self.fan_in(in_shape) * size(self.out_shape(in_shape)) * batch_size

    def saved_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        return {"winner": self.out_shape(in_shape)}

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        cells = self.cells(x)
        out, winner = next(cells), None
        number = np.int8 if self.kernel[0] * self.kernel[1] < 128 else np.int32
        for place, candidate in enumerate(cells, start=1):
            won = (candidate > out).view(np.int8)
            # A later winner has a larger number, so that the larger number is always the right one.
            winner = won if winner is None else np.maximum(winner, won * number(place))
            out = np.maximum(out, candidate)
        if winner is None:
            winner = np.zeros(out.shape, number)
        winner = winner.astype(np.int32)
        return np.ascontiguousarray(out), {"winner": winner}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        (high, wide), (channels, rows, columns, batch) = self.kernel, dout.shape
        gates = saved["winner"] == np.arange(high * wide, dtype=np.int32).reshape(high, wide, 1, 1, 1, 1)
        if self.steps == self.kernel and x.shape[1:3] == (rows * high, columns * wide):
            # The windows cover the image, each cell once: all gradients are laid down at a time.
            dx = np.empty((channels, rows, high, columns, wide, batch), dout.dtype)
            np.multiply(dout, gates, out=dx.transpose(2, 4, 0, 1, 3, 5))
            return dx.reshape(x.shape), {}
        dx = np.zeros(x.shape, dout.dtype)
        for won, offset in zip(gates.reshape(-1, *dout.shape), self.offsets(x.shape[:3]), strict=True):
            dx[offset] += dout * won
        return dx, {}

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
        number = f"number {int(inputs.argmax())} in reading order from 0"
        return f"{self._won(inputs)} is {number}.{_ties(inputs)}"

    def _won(self, inputs: Array) -> str:
        count = len(inputs)
        return (
            f"The largest of the {count} cells of its window, {number_text(inputs.max())},"
            if count > 1
            else "The only cell of its window"
        )


def _ties(inputs: Array) -> str:
    equal = int((inputs == inputs.max()).sum())
    return f" {equal} cells are equally large: the first in reading order wins." if equal > 1 else ""
