"""How windows slide over a batch of images.

im2col writes each of them out: every cell is copied as often as there are windows over it, and one matrix
product makes all numbers. That takes the fewest calls, and is done where there is little to copy.

Else each row of the image is copied once for each column of the window, KW times; a row of windows is then
a view of KH of those rows, one matrix product makes its numbers, and they lie at once where they belong. What
is large is worked through in blocks of some rows and columns of windows, each of which stays in the cache
from being copied to being multiplied.
"""

from collections.abc import Iterator
from itertools import product
from operator import le
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array, Shape, size
from server.nn.ops.geometry import Pair

FEW_BYTES = 2**18
"""Windows that have at most so many all together are written out, all at once."""

BLOCK_BYTES = 2**20
"""About so much is copied at a time: it is still in the cache when it is read, and memory stays bounded."""

BLOCK_COLUMNS = 256
"""About so many windows of a row, those of all examples together, are multiplied at a time: of longer rows,
the cells of a window would lie so far apart that they drive each other out of the cache."""


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


Index = tuple[slice | int, ...]


class Strips(NamedTuple):
    """How some rows of windows are made of strips of the image: (G, H, C/G, W, N) is copied to `strips`
    (G, count, KW, C/G, columns, N).

    `copies` says what to where, and `zeros` where zeros belong. `windows` and `strides` are how the strips
    look as windows: (G, rows, KH, KW*C/G, columns*N).
    """

    strips: Shape
    copies: tuple[tuple[Index, Index], ...]
    zeros: tuple[Index, ...]
    windows: Shape
    strides: Shape

    def read(self, x: Array) -> Array:
        """The windows of `x` (C, H, W, N), as `window_blocks` has them."""
        groups, _, _, channels, _, _ = self.strips
        image = x.reshape(groups, channels, *x.shape[1:]).swapaxes(1, 2)
        strips = np.empty(self.strips, x.dtype)
        for place in self.zeros:
            strips[place] = 0
        for place, seen in self.copies:
            strips[place] = image[seen]
        windows: Array = np.ndarray(self.windows, x.dtype, strips, strides=self.strides)
        # A view, as long as a window's rows lie one after the other.
        return windows.reshape(*self.windows[:2], -1, self.windows[-1])


class Im2col(NamedTuple):
    """How all windows are written out: of the image, or where that is not None, of `padded` (C, H, W, N), to
    whose `place` goes what of the image is `seen`.

    `windows` (G, KH, KW, C/G, P, Q, N) and `strides` are how they lie in it.
    """

    padded: Shape | None
    place: Index
    seen: Index
    windows: Shape
    strides: Shape

    def read(self, x: Array) -> Array:
        """The windows of `x` (C, H, W, N), as `window_blocks` has them: in a single row."""
        image = np.ascontiguousarray(x)
        if self.padded is not None:
            image = np.zeros(self.padded, x.dtype)
            image[self.place] = x[self.seen]
        windows: Array = np.ndarray(self.windows, x.dtype, image, strides=self.strides)
        groups, high, wide, channels = self.windows[:4]
        return windows.reshape(groups, 1, high * wide * channels, -1)


class Block(NamedTuple):
    """Where some windows lie among all `lines` of a plan, and how they are read."""

    rows: slice
    columns: slice
    source: Strips | Im2col


class Plan(NamedTuple):
    """All windows of a batch of images, block by block; `groups` of the channels are windows of their own.

    `positions` are (P, Q); `lines` how the blocks have them: (P, Q*N), or in one row, (1, P*Q*N).
    """

    positions: Pair
    lines: Pair
    blocks: tuple[Block, ...]


def correlate(kernels: Array, x: Array, plan: Plan, b: Array | None = None) -> Array:
    """Every window of `x` (C, H, W, N) times every kernel, summed, plus the kernel's `b`: (F, P, Q, N).

    `kernels` are (G, F/G, C/G, KH, KW): each of G groups of them reads its own part of the channels.
    """
    groups, filters = kernels.shape[:2]
    out = np.empty((groups, filters, *plan.lines), x.dtype)
    matrices = kernels.transpose(0, 1, 3, 4, 2).reshape(groups, 1, filters, -1)
    for block, windows in window_blocks(x, plan):
        part = out[:, :, block.rows, block.columns].swapaxes(1, 2)
        np.matmul(matrices, windows, out=part)
        if b is not None:
            part += b.reshape(groups, 1, filters, 1)
    return out.reshape(groups * filters, *plan.positions, -1)


def window_blocks(x: Array, plan: Plan) -> Iterator[tuple[Block, Array]]:
    """The windows of `x` (C, H, W, N), block by block: the cells of each as the column of a matrix for each
    row of the plan's lines, in the order (KH, KW, C/G): (G, rows, KH*KW*C/G, columns)."""
    for block in plan.blocks:
        yield block, block.source.read(x)


def plan(slide: Slide, shape: Shape, itemsize: int, groups: int) -> Plan:
    """How to work through all windows on a batch of images of this shape, (C, H, W, N)."""
    (rows, columns), batch = slide.positions, shape[3]
    if _is_written_out(slide, shape, itemsize):
        count = rows * columns * batch
        whole = Block(slice(0, 1), slice(0, count), _im2col(slide, shape, itemsize, groups))
        return Plan(slide.positions, (1, count), (whole,))
    high, wide = _block_size(slide, shape, itemsize)
    down = [(top, min(top + high, rows)) for top in range(0, rows, high)]
    across = [(left, min(left + wide, columns)) for left in range(0, columns, wide)]
    blocks = tuple(
        Block(
            slice(top, bottom),
            slice(left * batch, right * batch),
            _strips(slide, shape, itemsize, groups, (top, bottom), (left, right)),
        )
        for (top, bottom), (left, right) in product(down, across)
    )
    return Plan(slide.positions, (rows, columns * batch), blocks)


def block_bytes(slide: Slide, shape: Shape, itemsize: int) -> int:
    """The memory of a block; where dilation leaves rows out between those of a window, each window's are
    copied once more."""
    if _is_written_out(slide, shape, itemsize):
        return _im2col_bytes(slide, shape, itemsize) + size(_extent(slide, shape)) * itemsize
    rows, columns = _block_size(slide, shape, itemsize)
    copied = _reach(slide, 0, rows) + (rows * slide.kernel[0] if slide.dilation[0] > 1 else 0)
    return copied * _row_bytes(slide, shape, itemsize, columns)


def _is_written_out(slide: Slide, shape: Shape, itemsize: int) -> bool:
    return _im2col_bytes(slide, shape, itemsize) <= FEW_BYTES


def _im2col_bytes(slide: Slide, shape: Shape, itemsize: int) -> int:
    channels, *_, batch = shape
    return size((*slide.kernel, channels, *slide.positions, batch)) * itemsize


def _extent(slide: Slide, shape: Shape) -> Shape:
    """The shape of what the windows look at, the zeros around the image included."""
    channels, *_, batch = shape
    rows, columns = slide.positions
    return channels, _reach(slide, 0, rows), _reach(slide, 1, columns), batch


def _im2col(slide: Slide, shape: Shape, itemsize: int, groups: int) -> Im2col:
    channels, *image, batch = shape
    _, *extent, _ = padded = _extent(slide, shape)
    is_inside = slide.zeros == (0, 0) and all(map(le, extent, image))
    place, seen = [slice(None)], [slice(None)]
    for zeros, length, room in zip(slide.zeros, image, extent, strict=True):
        first = max(-zeros, 0)
        last = max(first, min(length, room - zeros))
        seen.append(slice(first, last))
        place.append(slice(first + zeros, last + zeros))
    high, wide = image if is_inside else extent
    column = batch * itemsize
    row, plane = wide * column, high * wide * column
    (down, across), (gap, apart) = slide.stride, slide.dilation
    each = channels // groups
    return Im2col(
        None if is_inside else padded,
        tuple(place),
        tuple(seen),
        windows=(groups, *slide.kernel, each, *slide.positions, batch),
        strides=(each * plane, gap * row, apart * column, plane, down * row, across * column, itemsize),
    )


def _block_size(slide: Slide, shape: Shape, itemsize: int) -> Pair:
    """How many rows and columns of windows to work through at a time."""
    rows, columns = slide.positions
    parts = min(max(-(-columns * shape[3] // BLOCK_COLUMNS), 1), columns)
    wide = -(-columns // parts)
    row_bytes = max(_row_bytes(slide, shape, itemsize, wide), 1)
    fitting = (BLOCK_BYTES // row_bytes - _reach(slide, 0, 1)) // slide.stride[0] + 1
    # At least as many as a window has rows itself, so that not most of them are copied again for the next.
    return min(max(fitting, slide.kernel[0]), rows), wide


def _reach(slide: Slide, axis: int, count: int) -> int:
    """How many rows of the image so many rows of windows reach over; of axis 1, how many columns."""
    return (count - 1) * slide.stride[axis] + (slide.kernel[axis] - 1) * slide.dilation[axis] + 1


def _row_bytes(slide: Slide, shape: Shape, itemsize: int, columns: int) -> int:
    return slide.kernel[1] * shape[0] * columns * shape[3] * itemsize


def _strips(slide: Slide, shape: Shape, itemsize: int, groups: int, rows: Pair, columns: Pair) -> Strips:
    channels, height, width, batch = shape
    (high, wide), (down, across), (gap, apart) = slide.kernel, slide.stride, slide.dilation
    first, count = rows[0] * down - slide.zeros[0], _reach(slide, 0, rows[1] - rows[0])
    top, bottom = max(first, 0), min(first + count, height)
    places = columns[1] - columns[0]
    all_of = slice(None)
    copies: list[tuple[Index, Index]] = []
    zeros: list[Index] = []
    if top > first:
        zeros.append((all_of, slice(0, top - first)))
    if bottom < first + count:
        zeros.append((all_of, slice(max(bottom - first, 0), count)))
    inside = slice(top - first, bottom - first)
    for column in range(wide if top < bottom else 0):
        # Place number q sees the image's column q * across + begin.
        begin = columns[0] * across + column * apart - slide.zeros[1]
        start, end = max(0, -(begin // across)), min(places, (width - 1 - begin) // across + 1)
        if start >= end:
            zeros.append((all_of, inside, column))
            continue
        if start > 0:
            zeros.append((all_of, inside, column, all_of, slice(0, start)))
        if end < places:
            zeros.append((all_of, inside, column, all_of, slice(end, places)))
        seen = slice(start * across + begin, (end - 1) * across + begin + 1, across)
        copies.append(
            ((all_of, inside, column, all_of, slice(start, end)), (all_of, slice(top, bottom), all_of, seen))
        )
    cells = wide * (channels // groups)
    line = places * batch * itemsize
    return Strips(
        strips=(groups, count, wide, channels // groups, places, batch),
        copies=tuple(copies),
        zeros=tuple(zeros),
        windows=(groups, rows[1] - rows[0], high, cells, places * batch),
        strides=(count * cells * line, down * cells * line, gap * cells * line, line, itemsize),
    )
