"""Windows on a batch of images, written out (im2col): each as the column of a matrix.

Every cell is copied as often as there are windows over it, and one matrix product makes all numbers. That
takes the fewest calls, and is done where there is little to copy: see `strips` for the other way.
"""

from operator import le
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array, Shape, size
from server.nn.ops.geometry import Index, Slide, extent

FEW_BYTES = 300_000
"""Windows that have at most so many all together are written out."""


class Im2col(NamedTuple):
    """How all windows are written out: of the image, or where that is not None, of `padded` (C, H, W, N), to
    whose `place` goes what of the image is `seen`.

    `windows` (G, C/G, KH, KW, P, Q, N) and `strides` are how they lie in it.
    """

    padded: Shape | None
    place: Index
    seen: Index
    windows: Shape
    strides: Shape

    @property
    def nbytes(self) -> int:
        """What all windows take, and the image with its padding where that is a copy."""
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
    """How to write out all windows on a batch of images of this shape, (C, H, W, N); None where they are
    many."""
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
    (down, across), (gap, apart) = slide.stride, slide.dilation
    each = channels // groups
    return Im2col(
        None if is_inside else padded,
        tuple(place),
        tuple(seen),
        windows=(groups, each, *slide.kernel, *slide.positions, batch),
        strides=(each * plane, plane, gap * row, apart * column, down * row, across * column, itemsize),
    )


def correlate(kernels: Array, windows: Array, b: Array | None = None) -> Array:
    """Every window times every kernel (F, C/G, KH, KW), summed, plus the kernel's `b`: (F, P, Q, N).

    Each of G groups of kernels reads its own part of the channels.
    """
    groups, cells = windows.shape[:2]
    out: Array = kernels.reshape(groups, -1, cells) @ windows.reshape(groups, cells, -1)
    if b is not None:
        out += b.reshape(groups, -1, 1)
    return out.reshape(-1, *windows.shape[2:])


def kernels_gradient(dout: Array, windows: Array) -> Array:
    """Every window times what comes back to it, summed: (G, F/G, C/G*KH*KW), from `dout` (F, P, Q, N)."""
    groups, cells = windows.shape[:2]
    columns = windows.reshape(groups, cells, -1)
    dw: Array = dout.reshape(groups, -1, columns.shape[2]) @ columns.swapaxes(1, 2)
    return dw
