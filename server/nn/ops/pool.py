"""The base of poolings: windows on each channel separately."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import ClassVar

import numpy as np

from server.nn.arrays import Array, Cells, Shape, extent_text, freeze, place_text, shape_text, size, union
from server.nn.ops.geometry import Pair, cell_windows, check_pair, pair_text, positions, window_cells
from server.nn.ops.op import Form, Op, ShapeError, Window

Offset = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True)
class Pool2d(Op):
    """One output for every window of a channel: (C, H, W) -> (C, P, Q).

    `stride` defaults to the size of the kernel. Windows lie inside the image: rows and columns that remain at
    its end are in no window.
    """

    kernel: Pair = (2, 2)
    stride: Pair | None = None

    form: ClassVar[Form] = "windows"
    bounds: ClassVar[Mapping[str, Pair]] = {"kernel": (1, 64), "stride": (1, 64)}

    def __post_init__(self) -> None:
        check_pair("The kernel", self.kernel, *self.bounds["kernel"])
        check_pair("The stride", self.steps, *self.bounds["stride"])

    @property
    def steps(self) -> Pair:
        """The stride in force."""
        return self.stride or self.kernel

    def windows_text(self, in_shape: Shape) -> str:
        """The windows in a few words: "3×3 windows, stride 2"."""
        stride = "" if self.steps == self.kernel else f", stride {pair_text(self.steps, in_shape)}"
        return f"{extent_text(self.kernel)} windows{stride}"

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

    def scratch(self, in_shape: Shape, batch_size: int, itemsize: int) -> int:
        # The cells of all windows, or their gradients.
        return itemsize * self.fan_in(in_shape) * size(self.out_shape(in_shape)) * batch_size

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        out_shape = self.out_shape(in_shape)
        _, rows, columns = out_shape
        channels, down, across = np.unravel_index(cells, in_shape)
        over = cell_windows(down, across, (rows, columns), self.kernel, self.steps)
        return union(np.where(over < 0, -1, over + rows * columns * channels[:, None]), size(out_shape))

    def cell_words(self, number: int) -> str:
        """The place of a cell in its window, from its row-major number: "bottom right", "row 2, column 5"."""
        (kh, kw), (row, column) = self.kernel, divmod(number, self.kernel[1])
        if max(self.kernel) > 3:
            return f"row {row + 1}, column {column + 1}" if kh > 1 else f"number {column + 1}"
        return place_text((row + 0.5) / kh, (column + 0.5) / kw)

    def under(self, cells: Cells, in_shape: Shape) -> Cells:
        """The input cells (K, KH*KW) under the windows of K output cells."""
        _, height, width = in_shape
        channels, rows, columns = np.unravel_index(cells, self.out_shape(in_shape))
        plane = window_cells(rows, columns, (height, width), self.kernel, self.steps)
        return plane + height * width * channels[:, None]

    def cells(self, x: Array) -> Array:
        """A copy of the cells of `x` (C, H, W, N) under all windows, (KH*KW, C, P, Q, N)."""
        index = _cells(self, x.shape[:3])
        if index is None:
            return np.ascontiguousarray(np.stack([x[offset] for offset in _offsets(self, x.shape[:3])]))
        cells: Array = x.reshape(-1, x.shape[-1]).take(index, axis=0, mode="clip")
        return cells

    def sent_back(self, parts: Array, in_shape: Shape) -> Array:
        """dL/dx (C, H, W, N), the sum of the `parts` (KH*KW, C, P, Q, N) of the cells of all windows."""
        batch, places = parts.shape[-1], _places(self, in_shape)
        if places is not None:
            dx: Array = parts.reshape(-1, batch).take(places, axis=0, mode="clip")
            return dx
        dx = np.zeros((*in_shape, batch), parts.dtype)
        for part, offset in zip(parts, _offsets(self, in_shape), strict=True):
            dx[offset] += part
        return dx


@lru_cache(maxsize=32)
def _cells(op: Pool2d, in_shape: Shape) -> Cells | None:
    """The row-major input cell of each cell of all windows, (KH*KW, C, P, Q); None where windows overlap,
    because the array may then be far larger than the input."""
    if any(step < length for step, length in zip(op.steps, op.kernel, strict=True)):
        return None
    out_shape = op.out_shape(in_shape)
    under = op.under(np.arange(size(out_shape)), in_shape)
    return freeze(np.ascontiguousarray(under.T).reshape(-1, *out_shape))


@lru_cache(maxsize=32)
def _places(op: Pool2d, in_shape: Shape) -> Cells | None:
    """The index of each input cell in `_cells`, (C, H, W); None unless each cell is in exactly one window."""
    cells = _cells(op, in_shape)
    if cells is None or cells.size != size(in_shape):
        return None
    return freeze(np.argsort(cells, axis=None).reshape(in_shape))


@lru_cache(maxsize=64)
def _offsets(op: Pool2d, in_shape: Shape) -> tuple[Offset, ...]:
    """For each cell of the window, in row-major order, its slices of the image over all windows."""
    _, rows, columns = op.out_shape(in_shape)
    (kh, kw), (sh, sw) = op.kernel, op.steps

    def along(cells: int, step: int, count: int) -> list[slice]:
        return [slice(first, first + (count - 1) * step + 1, step) for first in range(cells)]

    return tuple(product([slice(None)], along(kh, sh, rows), along(kw, sw, columns)))
