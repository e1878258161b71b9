"""How windows slide over a batch of images, without writing each of them out.

im2col copies every cell as often as there are windows over it. Here each row of the image is copied once for
each column of the window, KW times; a row of windows is then a view of KH of those rows, one matrix product
makes its numbers, and they lie at once where they belong. What is large is worked through in blocks of some
rows and columns of windows, each of which stays in the cache from being copied to being multiplied.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array, Shape
from server.nn.ops.geometry import Pair

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


class Block(NamedTuple):
    """Some `rows` of windows, and of each the windows number `columns`, in a row of all examples' (Q*N).

    Their cells are copied from the image (G, H, C/G, W, N) to `strips` (G, count, KW, C/G, columns, N):
    `copies` says what to where, and `zeros` where zeros belong. `windows` and `strides` are how the strips
    look as windows: (G, rows, KH, KW*C/G, columns*N).
    """

    rows: slice
    columns: slice
    strips: Shape
    copies: tuple[tuple[Index, Index], ...]
    zeros: tuple[Index, ...]
    windows: Shape
    strides: Shape


class Plan(NamedTuple):
    """All windows of a batch of images, block by block; `groups` of the channels are windows of their own."""

    positions: Pair
    groups: int
    blocks: tuple[Block, ...]


def correlate(kernels: Array, x: Array, plan: Plan, b: Array | None = None) -> Array:
    """Every window of `x` (C, H, W, N) times every kernel, summed, plus the kernel's `b`: (F, P, Q, N).

    `kernels` are (G, F/G, C/G, KH, KW): each of G groups of them reads its own part of the channels.
    """
    groups, filters = kernels.shape[:2]
    rows, columns = plan.positions
    out = np.empty((groups, filters, rows, columns * x.shape[3]), x.dtype)
    matrices = kernels.transpose(0, 1, 3, 4, 2).reshape(groups, 1, filters, -1)
    for block, windows in window_blocks(x, plan):
        part = out[:, :, block.rows, block.columns].swapaxes(1, 2)
        np.matmul(matrices, windows, out=part)
        if b is not None:
            part += b.reshape(groups, 1, filters, 1)
    return out.reshape(groups * filters, rows, columns, -1)


def window_blocks(x: Array, plan: Plan) -> Iterator[tuple[Block, Array]]:
    """The windows of `x` (C, H, W, N), block by block: the cells of each as the column of a matrix for each
    row of windows, in the order (KH, KW, C/G): (G, rows, KH*KW*C/G, columns*N)."""
    image = x.reshape(plan.groups, -1, *x.shape[1:]).swapaxes(1, 2)
    for block in plan.blocks:
        strips = np.empty(block.strips, x.dtype)
        for place in block.zeros:
            strips[place] = 0
        for place, seen in block.copies:
            strips[place] = image[seen]
        windows: Array = np.ndarray(block.windows, x.dtype, strips, strides=block.strides)
        # A view, as long as a window's rows lie one after the other.
        yield block, windows.reshape(*block.windows[:2], -1, block.windows[-1])


def plan(slide: Slide, shape: Shape, itemsize: int, groups: int) -> Plan:
    """How to work through all windows on a batch of images of this shape, (C, H, W, N)."""
    rows, columns = slide.positions
    high, wide = _block_size(slide, shape, itemsize)
    down = [(top, min(top + high, rows)) for top in range(0, rows, high)]
    across = [(left, min(left + wide, columns)) for left in range(0, columns, wide)]
    blocks = (_block(slide, shape, itemsize, groups, *place) for place in product(down, across))
    return Plan(slide.positions, groups, tuple(blocks))


def block_bytes(slide: Slide, shape: Shape, itemsize: int) -> int:
    """The memory of a block; where dilation leaves rows out between those of a window, each window's are
    copied once more."""
    rows, columns = _block_size(slide, shape, itemsize)
    copied = _reach(slide, rows) + (rows * slide.kernel[0] if slide.dilation[0] > 1 else 0)
    return copied * _row_bytes(slide, shape, itemsize, columns)


def _block_size(slide: Slide, shape: Shape, itemsize: int) -> Pair:
    """How many rows and columns of windows to work through at a time."""
    rows, columns = slide.positions
    parts = min(max(-(-columns * shape[3] // BLOCK_COLUMNS), 1), columns)
    wide = -(-columns // parts)
    row_bytes = max(_row_bytes(slide, shape, itemsize, wide), 1)
    fitting = (BLOCK_BYTES // row_bytes - _reach(slide, 1)) // slide.stride[0] + 1
    # At least as many as a window has rows itself, so that not most of them are copied again for the next.
    return min(max(fitting, slide.kernel[0]), rows), wide


def _reach(slide: Slide, rows: int) -> int:
    """How many rows of the image so many rows of windows reach over."""
    return (rows - 1) * slide.stride[0] + (slide.kernel[0] - 1) * slide.dilation[0] + 1


def _row_bytes(slide: Slide, shape: Shape, itemsize: int, columns: int) -> int:
    return slide.kernel[1] * shape[0] * columns * shape[3] * itemsize


def _block(slide: Slide, shape: Shape, itemsize: int, groups: int, rows: Pair, columns: Pair) -> Block:
    channels, height, width, batch = shape
    (high, wide), (down, across), (gap, apart) = slide.kernel, slide.stride, slide.dilation
    first, count = rows[0] * down - slide.zeros[0], _reach(slide, rows[1] - rows[0])
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
    return Block(
        rows=slice(*rows),
        columns=slice(columns[0] * batch, columns[1] * batch),
        strips=(groups, count, wide, channels // groups, places, batch),
        copies=tuple(copies),
        zeros=tuple(zeros),
        windows=(groups, rows[1] - rows[0], high, cells, places * batch),
        strides=(count * cells * line, down * cells * line, gap * cells * line, line, itemsize),
    )
