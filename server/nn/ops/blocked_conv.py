"""Convolution in blocks: the windows on a batch of images are views of strips of the images.

The forward pass copies each row of an image KW times, once for each column of the kernel: these copies are
the strips. A row of windows is a view of KH strips, and one matrix product with the kernels writes its
outputs in place. In the backward pass, one product of the kernels with KH rows of upstream gradients gives
the gradients of a strip, which are added to the cells that the strip was copied from. Large batches are split
into blocks of rows and columns, so that a block stays in the cache between its copy and its product.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array, Shape
from server.nn.ops.geometry import Index, Pair, Slide, span

BLOCK_BYTES = 2**21
"""The approximate size in bytes of the strips of a block, or of their gradients. They fit in the cache."""

ROW_BYTES, ROW_COLUMNS = 2**18, 1000
"""The largest size in bytes, and the largest number of windows, of the part of a row of windows that one
product reads, all examples together. In a larger part the cells of a window would evict each other from the
cache."""

ALL = slice(None)


class Seen(NamedTuple):
    """The image under one `column` of the kernel: windows at `places` read the image's `columns`."""

    column: int
    places: slice
    columns: slice


class Block(NamedTuple):
    """A block of windows for the forward pass, and how to copy its strips from the images.

    `rows` and `columns` are the block's slices of all windows (P, Q*N). `strips` is the shape of the strips,
    (G, count, KW, C/G, columns, N). Each of `copies` is an index of the strips and the index of the images
    (G, H, C/G, W, N) that is copied to it; `zeros` are the indices of the strips on padding. `windows`
    (G, rows, KH, KW*C/G, columns*N) and `strides` are the shape and strides of the view of the strips as
    windows.
    """

    rows: slice
    columns: slice
    strips: Shape
    copies: tuple[tuple[Index, Index], ...]
    zeros: tuple[Index, ...]
    windows: Shape
    strides: Shape

    def read(self, x: Array) -> Array:
        """The windows on `x` (C, H, W, N), as (G, rows, KH*KW*C/G, columns*N).

        Each column is one window, with its cells in the order (KH, KW, C/G).
        """
        strips = np.empty(self.strips, x.dtype)
        for place in self.zeros:
            strips[place] = 0
        image = _by_row(x, self.strips[0])
        for place, seen in self.copies:
            strips[place] = image[seen]
        return _stacked(strips, self.windows, self.strides)


class BackBlock(NamedTuple):
    """A block for the backward pass: some columns of windows, and some rows of the images.

    The slice `came` of the upstream gradients (G, P, F/G, Q*N) is copied to the index `place` of an array of
    the shape `upstream`, (G, count, F/G, columns*N), whose other rows are zeros. `windows`
    (G, rows, KH, F/G, columns*N) and `strides` are the shape and strides of its view as windows of KH rows
    and one column. Their products with the kernels are the gradients of strips; they are added to the
    columns of the images in `seen`.
    """

    came: Index
    place: Index
    upstream: Shape
    windows: Shape
    strides: Shape
    seen: tuple[Seen, ...]

    def read(self, dout: Array) -> Array:
        """The windows on the upstream gradients `dout` (G, P, F/G, Q*N), as (G, rows, KH*F/G, columns*N)."""
        upstream = np.zeros(self.upstream, dout.dtype)
        upstream[self.place] = dout[self.came]
        return _stacked(upstream, self.windows, self.strides)


class Plan(NamedTuple):
    """The blocks of a convolution of a batch of images.

    `positions` (P, Q) is the number of windows. `blocks` are those of the forward pass. `back` holds slices
    of the images' rows, each with its blocks of the backward pass.
    """

    positions: Pair
    blocks: tuple[Block, ...]
    back: tuple[tuple[slice, tuple[BackBlock, ...]], ...]


def correlate(kernels: Array, x: Array, plan: Plan, b: Array) -> Array:
    """The dot product of every window on `x` (C, H, W, N) and every kernel, plus the bias `b`: (F, P, Q, N).

    `kernels` is (G, F/G, C/G, KH, KW). Each of the G groups of kernels reads its own group of channels.
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
    """The gradient of the kernels, in their `shape` (G, F/G, C/G, KH, KW).

    It is the sum over all windows on `x` (C, H, W, N) of the window times its upstream gradient in `dout`
    (F, P, Q, N).
    """
    groups, filters, channels, kh, kw = shape
    # The rows are in the order of a window's cells.
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
    """The gradient of the images, in their `shape` (C, H, W, N).

    It is the sum over all windows on a cell of the kernel's weight times the upstream gradient in `dout`
    (F, P, Q, N). `kernels` has the shape that `correlate` takes.
    """
    groups, filters, channels, _, kw = kernels.shape
    dx = np.empty(shape, dout.dtype)
    image = _by_row(dx, groups)
    upstream = dout.reshape(groups, filters, len(dout[0]), -1).swapaxes(1, 2)
    # The first window that reads a row of the image reads it with the last row of the kernel.
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
    """Windows of rows, as matrices. A view when the rows of a window are adjacent in memory, else a copy."""
    view: Array = np.ndarray(windows, rows.dtype, rows, strides=strides)
    return view.reshape(*windows[:2], -1, windows[-1])


def plan(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> Plan:
    """The plan for a batch of images of this `shape`, (C, H, W, N). `itemsize` is that of their dtype."""
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
    """The bounds of the parts of `whole` rows or columns, at most `most` in each."""
    return ((first, min(first + most, whole)) for first in range(0, whole, most))


def block_bytes(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> int:
    """The memory in bytes of a block of the forward pass and of the kernels' gradients from its rows.

    Under dilation the rows of a window are not adjacent, so each window is copied once more.
    """
    rows, columns = _block_size(slide, shape, itemsize, groups)
    copied = span(slide, 0, rows) + (rows * slide.kernel[0] if slide.dilation[0] > 1 else 0)
    strips = copied * slide.kernel[1] * shape[0] * columns * shape[3] * itemsize
    kernels = slide.kernel[0] * slide.kernel[1] * shape[0] // groups * filters * itemsize
    return strips + kernels + min(rows * kernels, max(BLOCK_BYTES, kernels))


def back_block_bytes(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> int:
    """The memory in bytes of a block of the backward pass: upstream gradients, and those of the strips."""
    rows, columns = _back_block_size(slide, shape, itemsize, groups, filters)
    copied = rows + span(slide, 0, 1) - 1 + (rows * slide.kernel[0] if slide.dilation[0] > 1 else 0)
    return (copied * filters + rows * slide.kernel[1] * shape[0]) * columns * shape[3] * itemsize


def _block_size(slide: Slide, shape: Shape, itemsize: int, groups: int) -> Pair:
    """The number of rows and columns of windows in a block of the forward pass."""
    channels, *_, batch = shape
    cells = slide.kernel[0] * slide.kernel[1] * channels // groups
    wide = _fitting_columns(slide, cells * itemsize, batch)
    fitting = BLOCK_BYTES // (slide.kernel[1] * channels * wide * batch * itemsize)
    high = (fitting - span(slide, 0, 1)) // slide.stride[0] + 1
    # Neighbouring blocks copy the same rows. With KH rows or more in a block, these are the smaller part.
    return min(max(high, slide.kernel[0]), slide.positions[0]), wide


def _back_block_size(slide: Slide, shape: Shape, itemsize: int, groups: int, filters: int) -> Pair:
    """The number of rows of the image and columns of windows in a block of the backward pass."""
    channels, height, _, batch = shape
    strips = slide.kernel[1] * channels
    wide = _fitting_columns(slide, (slide.kernel[0] * filters + strips) // groups * itemsize, batch)
    high = BLOCK_BYTES // (strips * wide * batch * itemsize)
    return min(max(high, slide.kernel[0]), height), wide


def _fitting_columns(slide: Slide, window_bytes: int, batch: int) -> int:
    """The number of columns of windows in a block. All blocks have about the same number."""
    columns = slide.positions[1]
    most = max(min(ROW_BYTES // window_bytes, ROW_COLUMNS) // batch, 1)
    return -(-columns // -(-columns // most))


def _seen(slide: Slide, width: int, columns: Pair) -> Iterator[Seen]:
    """The image under each column of the kernel. Places are counted from the first of `columns`."""
    sw, dw = slide.stride[1], slide.dilation[1]
    for column in range(slide.kernel[1]):
        # The window at place q reads the image's column q * sw + begin.
        begin = columns[0] * sw + column * dw - slide.zeros[1]
        start = max(0, -(begin // sw))
        end = min(columns[1] - columns[0], (width - 1 - begin) // sw + 1)
        if start >= end:
            yield Seen(column, slice(0, 0), slice(0, 0))
            continue
        seen = slice(start * sw + begin, (end - 1) * sw + begin + 1, sw)
        yield Seen(column, slice(start, end), seen)


def _outside(inside: slice, count: int) -> Iterator[slice]:
    """The slices of `count` rows or columns before and after `inside`, without empty ones."""
    return (part for part in (slice(0, inside.start), slice(inside.stop, count)) if part.start < part.stop)


def _block(slide: Slide, shape: Shape, itemsize: int, groups: int, rows: Pair, columns: Pair) -> Block:
    """The block of the forward pass with these rows and columns of windows, each from first to last + 1."""
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
    """The block of the backward pass for these `rows` of the images; None when no window reads them.

    `filters` is (G, F/G).
    """
    _, _, width, batch = shape
    (kh, _), (sh, _), (dh, _) = slide.kernel, slide.stride, slide.dilation
    groups, each = filters
    # Row p of the windows begins at row p * sh - zeros of the image.
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
