"""What all poolings have in common: windows that lie on each channel by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import ClassVar

import numpy as np

from server.nn.arrays import Array, Cells, Shape, shape_text, size, union
from server.nn.ops.geometry import Pair, cell_windows, check_pair, positions, window_cells
from server.nn.ops.op import Op, ShapeError, Window

Offset = tuple[slice, slice, slice]

LONG_RUN = 64
"""With so many examples, the cells of windows are read where they lie; those of fewer are copied side by side
first, which is quicker than to go through many short runs."""


@dataclass(frozen=True, slots=True)
class Pool2d(Op):
    """One output for every window of a channel: (C, H, W) -> (C, P, Q).

    `stride` is the kernel's size by default. Windows stay inside the image: rows and columns left over at its
    end are in no window.
    """

    kernel: Pair = (2, 2)
    stride: Pair | None = None

    bounds: ClassVar[Mapping[str, Pair]] = {"kernel": (1, 64), "stride": (1, 64)}

    def __post_init__(self) -> None:
        check_pair("The kernel", self.kernel, *self.bounds["kernel"])
        check_pair("The stride", self.steps, *self.bounds["stride"])

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

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        out_shape = self.out_shape(in_shape)
        _, rows, columns = out_shape
        channels, down, across = np.unravel_index(cells, in_shape)
        over = cell_windows(down, across, (rows, columns), self.kernel, self.steps)
        return union(np.where(over < 0, -1, over + rows * columns * channels[:, None]), size(out_shape))

    def under(self, cells: Cells, in_shape: Shape) -> Cells:
        """The input cells (K, KH*KW) under the windows of K output cells."""
        _, height, width = in_shape
        channels, rows, columns = np.unravel_index(cells, self.out_shape(in_shape))
        plane = window_cells(rows, columns, (height, width), self.kernel, self.steps)
        return plane + height * width * channels[:, None]

    def cells(self, x: Array) -> Iterator[Array]:
        """What of `x` (C, H, W, N) lies at each cell of the window, row-major, in all windows at once: each
        (C, P, Q, N)."""
        seen = (x[offset] for offset in self.offsets(x.shape[:3]))
        return seen if x.shape[-1] >= LONG_RUN else map(np.ascontiguousarray, seen)

    def offsets(self, in_shape: Shape) -> tuple[Offset, ...]:
        """For each cell of the window, row-major, where it lies in all windows of the image at once."""
        return _offsets(self, in_shape)


@lru_cache(maxsize=1024)
def _offsets(op: Pool2d, in_shape: Shape) -> tuple[Offset, ...]:
    _, rows, columns = op.out_shape(in_shape)
    (high, wide), (down, across) = op.kernel, op.steps

    def along(cells: int, step: int, count: int) -> list[slice]:
        return [slice(first, first + (count - 1) * step + 1, step) for first in range(cells)]

    return tuple(product([slice(None)], along(high, down, rows), along(wide, across, columns)))
