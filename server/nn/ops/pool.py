"""Max-pooling."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, Params, Shape, number_text, shape_text, size, union
from server.nn.ops.geometry import Pair, cell_windows, check_pair, positions, window_cells
from server.nn.ops.op import Op, ShapeError, Window
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class MaxPool2d(Op):
    """Keeps the largest cell of every window: (C, H, W) -> (C, P, Q).

    `stride` is the kernel's size by default. Windows stay inside the image: rows and columns left over at its
    end are in no window. What is saved is `winner`, int32: which cell of its window each output came from,
    row-major; of equal cells, the first.
    """

    kernel: Pair = (2, 2)
    stride: Pair | None = None
    kind: Literal["maxpool2d"] = "maxpool2d"

    stem: ClassVar[str] = "pool"
    bounds: ClassVar[Mapping[str, Pair]] = {"kernel": (1, 64), "stride": (1, 64)}
    slope_symbol: ClassVar[str | None] = "gate"
    saved_functions: ClassVar[Mapping[str, Literal["argmax"]]] = {"winner": "argmax"}
    formula: ClassVar[str] = "out[c,p,q] = max x[c,p·s+u,q·s+v]"
    forward_text: ClassVar[str] = "The largest cell of each window goes through."
    backward_text: ClassVar[str] = (
        "Each upstream gradient goes back to the cell that won its window; the others get none."
    )

    def __post_init__(self) -> None:
        check_pair("The kernel", self.kernel, *self.bounds["kernel"])
        check_pair("The stride", self.steps, *self.bounds["stride"])

    def __str__(self) -> str:
        return f"max-pool {shape_text(self.kernel)}"

    @property
    def steps(self) -> Pair:
        """The stride in force."""
        return self.stride or self.kernel

    def out_shape(self, in_shape: Shape) -> Shape:
        if len(in_shape) != 3:
            raise ShapeError(f"got {shape_text(in_shape)}, but needs images: channels x rows x columns.")
        channels, height, width = in_shape
        rows, columns = map(positions, (height, width), self.kernel, self.steps)
        if rows < 1 or columns < 1:
            largest = shape_text((min(height, self.kernel[0]), min(width, self.kernel[1])))
            raise ShapeError(
                f"got {shape_text(in_shape)} (channels x rows x columns), but its window needs at least "
                f"{self.kernel[0]} rows and {self.kernel[1]} columns: remove it, or use a kernel of at most "
                f"{largest}."
            )
        return channels, rows, columns

    def signed(self, in_signed: bool) -> bool:
        return in_signed

    def fan_in(self, in_shape: Shape) -> int:
        return self.kernel[0] * self.kernel[1]

    def window(self, in_shape: Shape) -> Window:
        return Window(self.kernel, self.steps)

    def saved_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        return {"winner": self.out_shape(in_shape)}

    def forward(self, x: Array, params: Params) -> tuple[Array, dict[str, Array]]:
        offsets = self._offsets(x.shape)
        out = x[next(offsets)]
        winner = np.zeros(out.shape, np.int32)
        for number, offset in enumerate(offsets, start=1):
            candidate = x[offset]
            # A later winner has a larger number, so that the larger number is always the right one.
            winner = np.maximum(winner, (candidate > out) * np.int32(number))
            out = np.maximum(out, candidate)
        return np.ascontiguousarray(out), {"winner": winner}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        dx = np.zeros(x.shape, dout.dtype)
        for number, offset in enumerate(self._offsets(x.shape)):
            dx[offset] += dout * (saved["winner"] == number)
        return dx, {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        _, height, width = x.shape
        channels, rows, columns = np.unravel_index(cells, self.out_shape(x.shape))
        window = window_cells(rows, columns, (height, width), self.kernel, self.steps)
        winner = saved["winner"].ravel()[cells]
        slope = winner[:, None] == np.arange(window.shape[1])
        return Reads(x=window + height * width * channels[:, None], slope=slope.astype(x.dtype))

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        out_shape = self.out_shape(in_shape)
        _, rows, columns = out_shape
        channels, down, across = np.unravel_index(cells, in_shape)
        over = cell_windows(down, across, (rows, columns), self.kernel, self.steps)
        return union(np.where(over < 0, -1, over + rows * columns * channels[:, None]), size(out_shape))

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

    def _offsets(self, shape: Shape) -> Iterator[tuple[slice, slice, slice]]:
        """For each cell of the window, row-major, where it lies in all windows of the image at once."""
        _, rows, columns = self.out_shape(shape[:3])
        down, across = self.steps
        for row in range(self.kernel[0]):
            for column in range(self.kernel[1]):
                yield (
                    slice(None),
                    slice(row, row + (rows - 1) * down + 1, down),
                    slice(column, column + (columns - 1) * across + 1, across),
                )


def _ties(inputs: Array) -> str:
    equal = int((inputs == inputs.max()).sum())
    return f" {equal} cells are equally large: the first in reading order wins." if equal > 1 else ""
