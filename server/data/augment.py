"""Augmentation: each time an example is taken it is another one, moved, turned, resized and noisy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def augmented(
    rows: Array,
    random: np.random.Generator,
    *,
    shift: float,
    rotation: float,
    scale: float,
    noise: float,
) -> Array:
    """Images (n, C, H, W), or rows of numbers (n, D) where there is only noise, each changed at random.

    It is moved by up to `shift` pixels both ways, turned by up to `rotation` degrees, and enlarged or
    reduced by up to the part `scale`, about its centre; beyond its edge it goes on as the edge is. Then every
    number gets normal noise of standard deviation `noise`. How an example changes depends on its place in the
    rows alone, not on the example.
    """
    amounts = random.uniform(-1, 1, (4, len(rows)))
    if shift or rotation or scale:
        rows = _moved(rows, amounts, shift, rotation, scale)
    return rows + noise * random.standard_normal(rows.shape) if noise else rows


def _moved(rows: Array, amounts: Array, shift: float, rotation: float, scale: float) -> Array:
    """Where each pixel comes from, by the inverse of the movement; between pixels, in proportion."""
    _, _, height, width = rows.shape
    down, right, turn, size = amounts[:, :, None, None]
    row, column = np.mgrid[:height, :width] - np.array([height - 1, width - 1])[:, None, None] / 2
    # An image of one row moves along it only.
    row, column = row - shift * down * (height > 1), column - shift * right
    cosine, sine = np.cos(np.radians(rotation * turn)), np.sin(np.radians(rotation * turn))
    by = 1 + scale * size
    y = np.clip((cosine * row - sine * column) / by + (height - 1) / 2, 0, height - 1)
    x = np.clip((sine * row + cosine * column) / by + (width - 1) / 2, 0, width - 1)
    top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    bottom, beside = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    fall, run = (y - top)[:, None], (x - left)[:, None]
    example = np.arange(len(rows))[:, None, None]

    def at(i: Array, j: Array) -> Array:
        return np.moveaxis(rows[example, :, i, j], -1, 1)

    above = at(top, left) * (1 - run) + at(top, beside) * run
    below = at(bottom, left) * (1 - run) + at(bottom, beside) * run
    moved: Array = above * (1 - fall) + below * fall
    return moved
