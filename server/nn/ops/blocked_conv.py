"""Windows on a batch of images, as views of strips of it.

Each row of the image is copied once for each column of the window, KW times; a row of windows is then a view
of KH of those rows, one matrix product makes its numbers, and they lie at once where they belong. On the way
back, a row of gradients of strips is one product of KH rows of upstream gradients, and goes to the cells that
the strips were copied from. What is large is worked through in blocks of some rows and columns, each of which
stays in the cache from being copied to being multiplied.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array, Shape
from server.nn.ops.geometry import Index, Pair, Slide, span

BLOCK_BYTES = 2**21
"""About so much of an image's strips, or of their gradients, is there at a time: it is still in the cache
when it is read, and memory stays bounded."""

ROW_BYTES, ROW_COLUMNS = 2**18, 1000
"""About so much of a row of windows, those of all examples together, and so many of them, are multiplied at a
time: of more, the cells of a window would drive each other out of the cache."""

ALL = slice(None)


class Seen(NamedTuple):
    """What one column of the windows sees of an image: from windows at these `places`, these `columns`."""

    column: int
    places: slice
    columns: slice


class Block(NamedTuple):
    """Some rows and columns of windows, and how they are made of strips of the image: (G, H, C/G, W, N) is
    copied to `strips` (G, count, KW, C/G, columns, N).

    `rows` and `columns` are where the windows lie among all of them, (P, Q*N). `copies` says what to where,
    and `zeros` where zeros belong. `windows` and `strides` are how the strips look as windows:
    (G, rows, KH, KW*C/G, columns*N).
    """

    rows: slice
    columns: slice
    strips: Shape
    copies: tuple[tuple[Index, Index], ...]
    zeros: tuple[Index, ...]
    windows: Shape
    strides: Shape

    def read(self, x: Array) -> Array:
        """The windows on `x` (C, H, W, N): for each row a matrix with the cells of each window as a column,
        in the order (KH, KW, C/G): (G, rows, KH*KW*C/G, columns*N)."""
        strips = np.empty(self.strips, x.dtype)
        for place in self.zeros:
            strips[place] = 0
        image = _by_row(x, self.strips[0])
        for place, seen in self.copies:
            strips[place] = image[seen]
        return _stacked(strips, self.windows, self.strides)


class BackBlock(NamedTuple):
    """Some columns of windows, and how gradients come back from them to some rows of an image: the upstream
    ones `came`, of (G, P, F/G, Q*N), go to the rows `place` of `upstream` (G, count, F/G, columns*N), whose
    other rows are zeros.

    `windows` and `strides` are how those look as windows that reach down alone: (G, rows, KH, F/G,
    columns*N). The gradients of strips that they make go to what each column has `seen` of these rows.
    """

    came: Index
    place: Index
    upstream: Shape
    windows: Shape
    strides: Shape
    seen: tuple[Seen, ...]

    def read(self, dout: Array) -> Array:
        """The windows on `dout` (G, P, F/G, Q*N): (G, rows, KH*F/G, columns*N)."""
        upstream = np.zeros(self.upstream, dout.dtype)
        upstream[self.place] = dout[self.came]
        return _stacked(upstream, self.windows, self.strides)


class Plan(NamedTuple):
    """All windows on a batch of images, `positions` (P, Q) of them, block by block; and the way back to each
    part of the images' rows."""

    positions: Pair
    blocks: tuple[Block, ...]
    back: tuple[tuple[slice, tuple[BackBlock, ...]], ...]


def correlate(kernels: Array, x: Array, plan: Plan, b: Array) -> Array:
    """Every window on `x` (C, H, W, N) times every kernel, summed, plus the kernel's `b`: (F, P, Q, N).

    `kernels` are (G, F/G, C/G, KH, KW): each of G groups of them reads its own part of the channels.
    """
    groups, filters = kernels.shape[:2]
    (rows, columns), batch = plan.positions, x.shape[3]
    out = np.empty((groups, filters, rows, columns * batch), x.dtype)
    matrices = kernels.transpose(0, 1, 3, 4, 2).reshape(groups, 1, filters, -1)
    for block in plan.blocks:
        part = out[:, :, block.rows, block.columns].swapaxes(1, 2)
        np.matmul(matrices, block.read(x), out=part)
    out += b.reshape(groups, filters, 1, 1)
    return out.reshape(groups * filters, rows, columns, batch)


def kernels_gradient(dout: Array, x: Array, plan: Plan, shape: Shape) -> Array:
    """Every window on `x` (C, H, W, N) times what comes back to it, summed: in the `shape` of the kernels,
    (G, F/G, C/G, KH, KW), from `dout` (F, P, Q, N)."""
    groups, filters, channels, kh, kw = shape
    # In the order of a window's cells, the filter last.
    total = np.zeros((groups, kh * kw * channels, filters), dout.dtype)
    most = max(BLOCK_BYTES // total.nbytes, 1)
    upstream = dout.reshape(groups, filters, len(dout[0]), -1).transpose(0, 2, 3, 1)
    for block in plan.blocks:
        windows, came = block.read(x), upstream[:, block.rows, block.columns]
        for first in range(0, windows.shape[1], most):
            rows = slice(first, first + most)
            total += (windows[:, rows] @ came[:, rows]).sum(axis=1)
    dw = total.reshape(groups, kh, kw, channels, filters).transpose(0, 4, 3, 1, 2)
    return np.ascontiguousarray(dw)


def input_gradient(dout: Array, kernels: Array, plan: Plan, shape: Shape) -> Array:
    """What comes back to each cell from all windows over it, each times the kernel, summed: in the `shape` of
    the images (C, H, W, N), from `dout` (F, P, Q, N). `kernels` are as in `correlate`."""
    groups, filters, channels, _, kw = kernels.shape
    dx = np.empty(shape, dout.dtype)
    image = _by_row(dx, groups)
    upstream = dout.reshape(groups, filters, len(dout[0]), -1).swapaxes(1, 2)
    # A row of the image is the last row of the first window over it.
    matrices = kernels[:, :, :, ::-1].transpose(0, 4, 2, 3, 1).reshape(groups, 1, kw * channels, -1)
    for rows, blocks in plan.back:
        image[:, rows] = 0
        for block in blocks:
            strips = np.matmul(matrices, block.read(upstream))
            strips = strips.reshape(*strips.shape[:2], kw, channels, -1, shape[3])
            for column, places, columns in block.seen:
                image[:, rows, :, columns] += strips[:, :, column, :, places]
    return dx


def _by_row(images: Array, groups: int) -> Array:
    """Images (C, H, W, N) as (G, H, C/G, W, N)."""
    return images.reshape(groups, -1, *images.shape[1:]).swapaxes(1, 2)


def _stacked(rows: Array, windows: Shape, strides: Shape) -> Array:
    """Windows of rows, as matrices: a view, as long as a window's rows lie one after the other."""
    view: Array = np.ndarray(windows, rows.dtype, rows, strides=strides)
    return view.reshape(*windows[:2], -1, windows[-1])


def plan(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> Plan:
    """How to work through all windows on a batch of images of this shape, (C, H, W, N), and back."""
    rows, columns = slide.positions
    high, wide = _block_size(slide, shape, itemsize, groups)
    blocks = tuple(
        _block(slide, shape, itemsize, groups, down, across)
        for down, across in product(_parts(rows, high), _parts(columns, wide))
    )
    high, wide = _back_block_size(slide, shape, itemsize, groups, filters)
    back = tuple(
        (
            slice(*down),
            tuple(
                block
                for across in _parts(columns, wide)
                if (block := _back_block(slide, shape, itemsize, (groups, filters // groups), down, across))
            ),
        )
        for down in _parts(shape[1], high)
    )
    return Plan(slide.positions, blocks, back)


def _parts(whole: int, most: int) -> Iterator[Pair]:
    return ((first, min(first + most, whole)) for first in range(0, whole, most))


def block_bytes(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> int:
    """The memory of a block, and of the kernels' gradients from its rows; where dilation leaves rows out
    between those of a window, each window's are copied once more."""
    rows, columns = _block_size(slide, shape, itemsize, groups)
    copied = span(slide, 0, rows) + (rows * slide.kernel[0] if slide.dilation[0] > 1 else 0)
    strips = copied * slide.kernel[1] * shape[0] * columns * shape[3] * itemsize
    kernels = slide.kernel[0] * slide.kernel[1] * shape[0] // groups * filters * itemsize
    return strips + kernels + min(rows * kernels, max(BLOCK_BYTES, kernels))


def back_block_bytes(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> int:
    """The same of a block on the way back: upstream gradients, and those of the strips."""
    rows, columns = _back_block_size(slide, shape, itemsize, groups, filters)
    copied = rows + span(slide, 0, 1) - 1 + (rows * slide.kernel[0] if slide.dilation[0] > 1 else 0)
    return (copied * filters + rows * slide.kernel[1] * shape[0]) * columns * shape[3] * itemsize


def _block_size(slide: Slide, shape: Shape, itemsize: int, groups: int) -> Pair:
    """How many rows and columns of windows to work through at a time."""
    channels, *_, batch = shape
    cells = slide.kernel[0] * slide.kernel[1] * channels // groups
    wide = _fitting_columns(slide, cells * itemsize, batch)
    fitting = BLOCK_BYTES // (slide.kernel[1] * channels * wide * batch * itemsize)
    high = (fitting - span(slide, 0, 1)) // slide.stride[0] + 1
    # At least as many as a window has rows itself, so that not most of them are copied again for the next.
    return min(max(high, slide.kernel[0]), slide.positions[0]), wide


def _back_block_size(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> Pair:
    """How many rows of the image and columns of windows to work through at a time on the way back."""
    channels, height, _, batch = shape
    strips = slide.kernel[1] * channels
    wide = _fitting_columns(slide, (slide.kernel[0] * filters + strips) // groups * itemsize, batch)
    high = BLOCK_BYTES // (strips * wide * batch * itemsize)
    return min(max(high, slide.kernel[0]), height), wide


def _fitting_columns(slide: Slide, window_bytes: int, batch: int) -> int:
    """How many columns of windows to multiply at a time, all parts about alike."""
    columns = slide.positions[1]
    most = max(min(ROW_BYTES // window_bytes, ROW_COLUMNS) // batch, 1)
    return -(-columns // -(-columns // most))


def _seen(slide: Slide, width: int, columns: Pair) -> Iterator[Seen]:
    """What each column of the windows sees of an image; places are counted from the first of `columns`."""
    sw, dw = slide.stride[1], slide.dilation[1]
    for column in range(slide.kernel[1]):
        # Place number q sees the image's column q * sw + begin.
        begin = columns[0] * sw + column * dw - slide.zeros[1]
        start = max(0, -(begin // sw))
        end = min(columns[1] - columns[0], (width - 1 - begin) // sw + 1)
        if start >= end:
            yield Seen(column, slice(0, 0), slice(0, 0))
            continue
        seen = slice(start * sw + begin, (end - 1) * sw + begin + 1, sw)
        yield Seen(column, slice(start, end), seen)


def _outside(inside: slice, count: int) -> Iterator[slice]:
    """What comes before and after some of `count` rows or columns, if anything does."""
    return (part for part in (slice(0, inside.start), slice(inside.stop, count)) if part.start < part.stop)


def _block(slide: Slide, shape: Shape, itemsize: int, groups: int, rows: Pair, columns: Pair) -> Block:
    channels, height, width, batch = shape
    (kh, kw), (sh, _), (dh, _) = slide.kernel, slide.stride, slide.dilation
    first, count = rows[0] * sh - slide.zeros[0], span(slide, 0, rows[1] - rows[0])
    start = min(max(-first, 0), count)
    inside = slice(start, max(start, min(height - first, count)))
    image = slice(first + inside.start, first + inside.stop)
    places = columns[1] - columns[0]
    seen = tuple(_seen(slide, width, columns))
    zeros: list[Index] = [(ALL, outside) for outside in _outside(inside, count)]
    for one in seen:
        zeros += [(ALL, inside, one.column, ALL, outside) for outside in _outside(one.places, places)]
    cells = kw * (channels // groups)
    line = places * batch * itemsize
    return Block(
        slice(*rows),
        slice(columns[0] * batch, columns[1] * batch),
        strips=(groups, count, kw, channels // groups, places, batch),
        copies=tuple(
            ((ALL, inside, one.column, ALL, one.places), (ALL, image, ALL, one.columns)) for one in seen
        ),
        zeros=tuple(zeros),
        windows=(groups, rows[1] - rows[0], kh, cells, places * batch),
        strides=(count * cells * line, sh * cells * line, dh * cells * line, line, itemsize),
    )


def _back_block(
    slide: Slide, shape: Shape, itemsize: int, filters: Pair, rows: Pair, columns: Pair
) -> BackBlock | None:
    """None where nothing comes back to these rows."""
    _, _, width, batch = shape
    (kh, _), (sh, _), (dh, _) = slide.kernel, slide.stride, slide.dilation
    groups, each = filters
    # With its stride, row number p of windows begins at the image's row p * sh - zeros.
    first, count = rows[0] + slide.zeros[0] - (kh - 1) * dh, rows[1] - rows[0] + (kh - 1) * dh
    top, bottom = max(-(-first // sh), 0), min((first + count - 1) // sh + 1, slide.positions[0])
    if top >= bottom:
        return None
    line = (columns[1] - columns[0]) * batch * itemsize
    return BackBlock(
        came=(ALL, slice(top, bottom), ALL, slice(columns[0] * batch, columns[1] * batch)),
        place=(ALL, slice(top * sh - first, (bottom - 1) * sh - first + 1, sh)),
        upstream=(groups, count, each, line // itemsize),
        windows=(groups, rows[1] - rows[0], kh, each, line // itemsize),
        strides=(count * each * line, each * line, dh * each * line, line, itemsize),
        seen=tuple(_seen(slide, width, columns)),
    )
