"""Data augmentation: random shifts, rotations, changes of scale, and noise."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def augment(
    rows: Array,
    random: np.random.Generator,
    *,
    shift: float,
    rotation: float,
    scale: float,
    noise: float,
) -> Array:
    """Change each example at random.

    The random numbers of an example depend on its position in `rows` only, not on its content.

    Parameters
    ----------
    rows
        Images (n, C, H, W). Rows of numbers (n, D) are allowed if only `noise` is not 0.
    random
        The source of all random numbers.
    shift
        The largest shift in each direction, in pixels. Images of one row are shifted along the row only.
    rotation
        The largest rotation about the centre, in degrees.
    scale
        The largest change of size, as a fraction: 0.1 scales by 0.9 to 1.1.
    noise
        The standard deviation of the normal noise that is added to every number at the end.

    Returns
    -------
    Array
        The changed examples, in the shape of `rows`. Beyond the border, border pixels are repeated.
    """
    amounts = random.uniform(-1, 1, (4, len(rows)))
    if shift or rotation or scale:
        rows = _transform(rows, amounts, shift, rotation, scale)
    return rows + noise * random.standard_normal(rows.shape) if noise else rows


def _transform(rows: Array, amounts: Array, shift: float, rotation: float, scale: float) -> Array:
    """Apply the inverse map to each output pixel, and interpolate bilinearly at the point where it leads."""
    _, _, height, width = rows.shape
    down, right, turn, size = amounts[:, :, None, None]
    row, column = np.mgrid[:height, :width] - np.array([height - 1, width - 1])[:, None, None] / 2
    # Images of one row have no vertical direction to be shifted in.
    row, column = row - shift * down * (height > 1), column - shift * right
    cosine, sine = np.cos(np.radians(rotation * turn)), np.sin(np.radians(rotation * turn))
    factor = 1 + scale * size
    y = np.clip((cosine * row - sine * column) / factor + (height - 1) / 2, 0, height - 1)
    x = np.clip((sine * row + cosine * column) / factor + (width - 1) / 2, 0, width - 1)
    top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    bottom, beside = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    y_weight, x_weight = (y - top)[:, None], (x - left)[:, None]
    example = np.arange(len(rows))[:, None, None]

    def pixels(i: Array, j: Array) -> Array:
        return np.moveaxis(rows[example, :, i, j], -1, 1)

    above = pixels(top, left) * (1 - x_weight) + pixels(top, beside) * x_weight
    below = pixels(bottom, left) * (1 - x_weight) + pixels(bottom, beside) * x_weight
    result: Array = above * (1 - y_weight) + below * y_weight
    return result
