"""Convolution by im2col: each window of a batch of images becomes a column of one matrix.

Every cell is copied once for each window over it, and one matrix product computes all outputs. This takes the
fewest calls, and is used where there is little to copy; see `blocked_conv` for the alternative.
"""

from operator import le
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array, Shape, size
from server.nn.ops.geometry import Index, Slide, extent

FEW_BYTES = 300_000
"""The largest size in bytes of all windows together for which im2col is used."""


class Im2col(NamedTuple):
    """How to copy all windows of a batch of images into a matrix.

    Without padding the windows are a view of the images. With padding they are a view of an array of zeros of
    the shape `padded` (C, H, W, N), after the slice `seen` of the images is copied to its slice `place`.
    `windows` (G, C/G, KH, KW, P, Q, N) and `strides` are the shape and the strides of the view.
    """

    padded: Shape | None
    place: Index
    seen: Index
    windows: Shape
    strides: Shape

    @property
    def nbytes(self) -> int:
        """The memory of all windows, and of the padded images where they are a copy."""
        return self.strides[-1] * (size(self.windows) + size(self.padded or (0,)))

    def read(self, x: Array) -> Array:
        """The windows on `x` (C, H, W, N): (G, C/G*KH*KW, P, Q, N)."""
        image = np.ascontiguousarray(x)
        if self.padded is not None:
            image = np.zeros(self.padded, x.dtype)
            image[self.place] = x[self.seen]
        windows: Array = np.ndarray(self.windows, x.dtype, image, strides=self.strides)
        return windows.reshape(self.windows[0], -1, *self.windows[4:])


def im2col(slide: Slide, shape: Shape, itemsize: int, groups: int) -> Im2col | None:
    """The plan for all windows on a batch of images of this `shape`, (C, H, W, N).

    None when the windows take more than `FEW_BYTES`. `itemsize` is that of the images' dtype.
    """
    channels, *image, batch = shape
    if size((*slide.kernel, channels, *slide.positions, batch)) * itemsize > FEW_BYTES:
        return None
    _, *reached, _ = padded = extent(slide, shape)
    is_inside = slide.zeros == (0, 0) and all(map(le, reached, image))
    place, seen = [slice(None)], [slice(None)]
    for zeros, length, room in zip(slide.zeros, image, reached, strict=True):
        first = max(-zeros, 0)
        last = max(first, min(length, room - zeros))
        seen.append(slice(first, last))
        place.append(slice(first + zeros, last + zeros))
    high, wide = image if is_inside else reached
    column = batch * itemsize
    row, plane = wide * column, high * wide * column
    (sh, sw), (dh, dw) = slide.stride, slide.dilation
    each = channels // groups
    return Im2col(
        None if is_inside else padded,
        tuple(place),
        tuple(seen),
        windows=(groups, each, *slide.kernel, *slide.positions, batch),
        strides=(each * plane, plane, dh * row, dw * column, sh * row, sw * column, itemsize),
    )


def correlate(kernels: Array, windows: Array, b: Array | None = None) -> Array:
    """The dot product of every window and every kernel (F, C/G, KH, KW), plus the bias `b`: (F, P, Q, N).

    Each of the G groups of kernels reads its own group of channels.
    """
    groups, cells = windows.shape[:2]
    out: Array = kernels.reshape(groups, -1, cells) @ windows.reshape(groups, cells, -1)
    if b is not None:
        out += b.reshape(groups, -1, 1)
    return out.reshape(-1, *windows.shape[2:])


def kernels_gradient(dout: Array, windows: Array) -> Array:
    """The gradient of the kernels, (G, F/G, C/G*KH*KW), from the upstream gradients `dout` (F, P, Q, N)."""
    groups, cells = windows.shape[:2]
    columns = windows.reshape(groups, cells, -1)
    dw: Array = dout.reshape(groups, -1, columns.shape[2]) @ columns.swapaxes(1, 2)
    return dw
