"""How windows slide over a batch of images, without writing each of them out.

im2col copies every cell as often as there are windows over it. Here each row of the image is copied once for
each column of the window, KW times; a row of windows is then a view of KH of those rows, one matrix product
makes its numbers, and they lie at once where they belong.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array
from server.nn.ops.geometry import Pair

BLOCK_BYTES = 4 * 2**20
"""About so much is copied at a time: it is still in the cache when it is read, and memory stays bounded."""

SMALL_PRODUCT = 1_000_000
"""OpenBLAS multiplies matrices with up to so many products of numbers without copying them first."""


class Slide(NamedTuple):
    """Windows on an image (C, H, W), each pair down and across: `positions` (P, Q) of them.

    `zeros` is how many rows and columns of zeros come before the image; of a negative number, how many of the
    image's are left out. What comes behind it follows.
    """

    kernel: Pair
    stride: Pair
    dilation: Pair
    zeros: Pair
    positions: Pair

    def rows_under(self, rows: int) -> int:
        """How many rows of the image so many rows of windows reach over."""
        return (rows - 1) * self.stride[0] + (self.kernel[0] - 1) * self.dilation[0] + 1


def correlate(kernels: Array, x: Array, slide: Slide, b: Array | None = None) -> Array:
    """Every window of `x` (C, H, W, N) times every kernel, summed, plus the kernel's `b`: (F, P, Q, N).

    `kernels` are (G, F/G, C/G, KH, KW): each of G groups of them reads its own part of the channels.
    """
    groups, filters = kernels.shape[:2]
    out = np.empty((groups, filters, *slide.positions, x.shape[-1]), x.dtype)
    rows_of_out = out.reshape(groups, filters, slide.positions[0], -1).swapaxes(1, 2)
    matrices = kernels.transpose(0, 1, 3, 4, 2).reshape(groups, 1, 1, filters, -1)
    for rows, windows in window_rows(x, slide, groups):
        parts = _parts(matrices.shape[3] * windows[0, 0].size, windows.shape[3])
        part, pieces = _cut(rows_of_out[:, rows], parts), _cut(windows, parts)
        np.matmul(matrices, pieces, out=part)
        if b is not None:
            part += b.reshape(groups, 1, 1, filters, 1)
    return out.reshape(-1, *out.shape[2:])


def window_rows(x: Array, slide: Slide, groups: int) -> Iterator[tuple[slice, Array]]:
    """The windows of `x` (C, H, W, N), some rows of them at a time: which rows, and the cells of each as the
    columns of a matrix, in the order (KH, KW, C/G): (G, rows, KH*KW*C/G, Q*N)."""
    high, down, gap = slide.kernel[0], slide.stride[0], slide.dilation[0]
    at_once = _rows_at_once(slide, _row_bytes(x.shape[0], slide, x.shape[3], x.itemsize))
    for first in range(0, slide.positions[0], at_once):
        rows = min(at_once, slide.positions[0] - first)
        strips = _strips(x, slide, groups, first * down, slide.rows_under(rows))
        group, row, cell, place = strips.strides
        windows: Array = np.ndarray(
            (groups, rows, high, *strips.shape[2:]),
            strips.dtype,
            strips,
            strides=(group, down * row, gap * row, cell, place),
        )
        # A view, as long as a window's rows lie one after the other.
        yield slice(first, first + rows), windows.reshape(groups, rows, -1, strips.shape[3])


def strip_bytes(channels: int, slide: Slide, batch_size: int, itemsize: int) -> int:
    """The memory of what is copied at a time: rows of the image, and where dilation leaves rows out between
    those of a window, each window's once more."""
    row_bytes = _row_bytes(channels, slide, batch_size, itemsize)
    rows = _rows_at_once(slide, row_bytes)
    copied = slide.rows_under(rows) + (rows * slide.kernel[0] if slide.dilation[0] > 1 else 0)
    return row_bytes * copied


def _row_bytes(channels: int, slide: Slide, batch_size: int, itemsize: int) -> int:
    return slide.kernel[1] * channels * slide.positions[1] * batch_size * itemsize


def _rows_at_once(slide: Slide, row_bytes: int) -> int:
    # At least as many as a window has rows itself, so that not most of them are copied again for the next.
    fitting = (BLOCK_BYTES // max(row_bytes, 1) - slide.rows_under(1)) // slide.stride[0] + 1
    return min(max(fitting, slide.kernel[0]), slide.positions[0])


def _parts(products: int, columns: int) -> int:
    """Into how many equal parts to cut so many columns, so that each has a small share of the products."""
    least = -(-products // SMALL_PRODUCT)
    return next((parts for parts in range(least, 2 * least) if columns % parts == 0), 1)


def _cut(rows: Array, parts: int) -> Array:
    """A matrix for each row (G, rows, A, B), cut into so many: (G, rows, parts, A, B/parts), a view."""
    return rows.reshape(*rows.shape[:3], parts, -1).swapaxes(2, 3)


def _strips(x: Array, slide: Slide, groups: int, first: int, count: int) -> Array:
    """Rows of the image, zeros around it included, as each column of the windows sees them:
    (G, count, KW*C/G, Q*N), the row number `first` and those after it."""
    channels, height, width, batch = x.shape
    wide, across, gap = slide.kernel[1], slide.stride[1], slide.dilation[1]
    above, left = slide.zeros
    columns = slide.positions[1]
    image = x.reshape(groups, -1, height, width, batch).swapaxes(1, 2)
    strips = np.zeros((groups, count, wide, channels // groups, columns, batch), x.dtype)
    top, bottom = max(first - above, 0), min(first - above + count, height)
    rows = slice(top - first + above, bottom - first + above)
    for column in range(wide):
        # Window number q sees the image's column q * across + begin.
        begin = column * gap - left
        start, end = max(0, -(begin // across)), min(columns, (width - 1 - begin) // across + 1)
        if top < bottom and start < end:
            seen = slice(start * across + begin, (end - 1) * across + begin + 1, across)
            strips[:, rows, column, :, start:end] = image[:, top:bottom, :, seen]
    return strips.reshape(groups, count, -1, columns * batch)
