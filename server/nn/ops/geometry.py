"""The geometry of windows on an image, for convolution and pooling."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from server.nn.arrays import Cells, Shape, extent_text

Pair = tuple[int, int]
Index = tuple[slice | int, ...]


class Slide(NamedTuple):
    """Windows on an image (C, H, W), `positions` (P, Q) of them. Every pair is (rows, columns).

    `zeros` is the number of rows and columns of zeros before the image. A negative number leaves out rows or
    columns of the image. The zeros after the image follow from the rest.
    """

    kernel: Pair
    stride: Pair
    dilation: Pair
    zeros: Pair
    positions: Pair


def span(slide: Slide, axis: int, count: int) -> int:
    """The number of rows of the image under `count` rows of windows; for axis 1, of columns."""
    return (count - 1) * slide.stride[axis] + reach(slide.kernel, slide.dilation)[axis]


def extent(slide: Slide, shape: Shape) -> Shape:
    """The shape of the area under all windows on a batch of images (C, H, W, N), with its zeros."""
    channels, *_, batch = shape
    rows, columns = slide.positions
    return channels, span(slide, 0, rows), span(slide, 1, columns), batch


def check_pair(what: str, pair: Pair, lowest: int, highest: int) -> None:
    """Raise ValueError unless both numbers are within the bounds."""
    if not all(lowest <= number <= highest for number in pair):
        raise ValueError(
            f"{what} is {pair[0]}x{pair[1]}; both numbers must be between {lowest} and {highest}."
        )


def reach(kernel: Pair, dilation: Pair) -> Pair:
    """The rows and columns that a window spans when its cells are `dilation` apart."""
    return (kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1


def positions(length: int, kernel: int, stride: int) -> int:
    """The number of windows in `length` cells, padding included. Zero or less: none fits."""
    return (length - kernel) // stride + 1


def window_cells(
    rows: Cells,
    columns: Cells,
    plane: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
) -> Cells:
    """The row-major cells of a plane (H, W) under K windows: (K, KH*KW), -1 where a window lies on padding.

    `rows` and `columns` are the windows' output coordinates. `padding` are the zeros above and to the left.
    The cells of a window are `dilation` apart.
    """
    down = (rows * stride[0] - padding[0])[:, None] + np.arange(kernel[0]) * dilation[0]
    across = (columns * stride[1] - padding[1])[:, None] + np.arange(kernel[1]) * dilation[1]
    inside_down = (down >= 0) & (down < plane[0])
    inside_across = (across >= 0) & (across < plane[1])
    cells = down[:, :, None] * plane[1] + across[:, None, :]
    inside = inside_down[:, :, None] & inside_across[:, None, :]
    return np.where(inside, cells, -1).reshape(len(rows), -1)


def cell_windows(
    rows: Cells,
    columns: Cells,
    windows: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
) -> Cells:
    """The inverse of `window_cells`: the row-major windows over each of K cells, (K, most), -1 for none.

    `rows` and `columns` are the cells' coordinates. `windows` (P, Q) is the number of windows per axis.
    """
    down, inside_down = _over(rows + padding[0], windows[0], kernel[0], stride[0], dilation[0])
    across, inside_across = _over(columns + padding[1], windows[1], kernel[1], stride[1], dilation[1])
    over = down[:, :, None] * windows[1] + across[:, None, :]
    inside = inside_down[:, :, None] & inside_across[:, None, :]
    return np.where(inside, over, -1).reshape(len(rows), down.shape[1] * across.shape[1])


def _over(
    cells: Cells, windows: int, kernel: int, stride: int, dilation: int
) -> tuple[Cells, NDArray[np.bool_]]:
    """The windows over each of K `cells` along one axis, (K, kernel), and a mask of those that exist.

    Column u holds the window that reads the cell at its place u.
    """
    begins = cells[:, None] - np.arange(kernel) * dilation
    candidates = begins // stride
    inside = (begins >= 0) & (candidates * stride == begins) & (candidates < windows)
    return candidates, inside


def pair_text(pair: Pair, in_shape: Shape) -> str:
    """A number for rows and columns: "2" where both are alike or the image has one row, else "1×2"."""
    numbers = pair[1:] if in_shape[1] == 1 else pair
    return str(numbers[-1]) if len(set(numbers)) == 1 else extent_text(pair)
