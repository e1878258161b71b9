"""From a digit's ink to an input: what the makers of each data set did with their scans. Pure functions.

A digit is brought to one height, as a mask, and every pixel gets its distance to the outline: those at most
`r` pixels away are the digit with strokes that are thicker by `r` on both sides. From there the pixels of the
data set are made. Examples to train with, drawings and photos all come along this one way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Array = NDArray[Any]

HEIGHT = 32
"""How high a digit is while its strokes are thickened; all lengths below are in parts of it."""
ROOM = 2.5
"""A digit's box is at most this many times as wide as high; what is wider is no digit, and is squeezed."""
MOST_SHRUNK, MOST_GROWN, GROWTHS = -0.08, 0.16, 97
STEEPEST = 0.6
INKED, SMOOTH, THIN = 0.5, 0.4, 1.5

# The 8x8 digits (UCI): bitmaps of 32x32, each counted in blocks of 4x4.
BITMAP, BLOCK = 32, 4
MEAN_INK, INK_STEP = 0.305, 0.04
WIDEST = 0.8
# MNIST: a box of 20x20 in an image of 28x28.
BOX, SIDE, SHADES = 20, 28, 255
THINNEST, THICKEST, STROKE_STEP = 1.6, 3.2, 0.5
"""Strokes of MNIST have about these widths, in pixels of the box."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A digit as the distances (rows, columns) of its pixels to its outline, less than 0 inside, with a
    margin around its box of `height` x `width`."""

    away: Floats
    height: int
    width: int

    def grown(self, growth: float) -> Mask:
        """The digit with its outline moved outwards by this many pixels."""
        return self.away <= growth


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A digit on its way into a format: by how many pixels its outline was moved, the picture with it in its
    place, and the input that this becomes, as the data set stores it."""

    growth: float
    picture: Floats
    stored: Array


@dataclass(frozen=True, slots=True)
class Format:
    """How a data set holds a digit: `kind` says which way it is made, `upright` whether slant is taken out; a
    stored number times `scale` is from 0 (paper) to 1 (ink)."""

    kind: Literal["blocks", "box"]
    shape: tuple[int, int, int]
    upright: bool
    scale: float


BLOCKS = Format("blocks", (1, BITMAP // BLOCK, BITMAP // BLOCK), upright=True, scale=1.0)
BOXED = Format("box", (1, SIDE, SIDE), upright=False, scale=1 / SHADES)
FORMATS: Mapping[str, Format] = {"digits": BLOCKS, "drawn": BLOCKS, "handwriting": BOXED, "mnist": BOXED}
"""The data sets that a picture of a digit can become an input of, by name."""


def slant(ink: Floats) -> float:
    """How many columns the ink (H, W) leans to the left with each row down, from its moments; at most 0.6."""
    rows, columns = np.arange(ink.shape[0])[:, None], np.arange(ink.shape[1])
    total = ink.sum()
    down, right = rows - (ink * rows).sum() / total, columns - (ink * columns).sum() / total
    lean = (ink * down * right).sum() / max(float((ink * down * down).sum()), 1e-9)
    return float(np.clip(lean, -STEEPEST, STEEPEST))


def scaled(ink: Floats, shear: float = 0.0) -> Mask:
    """The ink (H, W), cut to its box, as a mask about 32 pixels high, cut to its own box again; its rows are
    moved so that a slant of `shear` is gone."""
    height, width = ink.shape
    by = max(height, width / ROOM) / HEIGHT
    if by > 1:
        # Strokes that are thinner than a pixel of the mask would be lost.
        missing = THIN * by - stroke_width(ink)
        if missing > 0:
            ink = ndimage.maximum_filter(ink, 1 + round(missing))
        ink = ndimage.gaussian_filter(ink, SMOOTH * by)
    matrix = by * np.array([[1, 0], [shear, 1]])
    sides = int(height / by) + 3, int((width + abs(shear) * height) / by) + 3
    offset = (np.array(ink.shape) - 1) / 2 - matrix @ ((np.array(sides) - 1) / 2)
    mask = ndimage.affine_transform(ink, matrix, offset, sides, order=1, mode="constant") > INKED
    if not mask.any():
        mask[sides[0] // 2, sides[1] // 2] = True
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    cut: Mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cut


def stroke_width(ink: Floats | Mask) -> float:
    """About how wide strokes are, in pixels: twice their area over the length of their edges."""
    mask = np.pad(ink > INKED, 1)
    edges = (mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum()
    return float(2 * mask.sum() / max(np.pi / 4 * float(edges), 1.0))


def outline(mask: Mask) -> Outline:
    """The outline of a mask that is cut to its box."""
    room = int(MOST_GROWN * HEIGHT) + 2
    inside = np.s_[room - 1 : 1 - room]
    padded = np.pad(mask, room)
    away: Floats = ndimage.distance_transform_edt(~padded)
    away[inside, inside] -= ndimage.distance_transform_edt(padded[inside, inside])
    # Halfway between the last pixel inside, at -1, and the first outside, at 1, lies the outline.
    return Outline(away - np.sign(away) / 2, *mask.shape)


def placed(digit: Outline, form: Format, thicker: int = 0) -> Placed:
    """The digit in its place, and as an input, its strokes thicker by so many steps, or thinner."""
    return _blocks(digit, thicker) if form.kind == "blocks" else _boxed(digit, thicker)


def _blocks(digit: Outline, thicker: int) -> Placed:
    """8x8: as high as the 32x32 bitmap, at most 0.8 of it wide, and with ink on 0.305 of it like the digits
    of that set; each block of 4x4 becomes a number of sixteenths."""
    growths = HEIGHT * np.linspace(MOST_SHRUNK, MOST_GROWN, GROWTHS)
    tall, broad = digit.height + 2 * growths, digit.width + 2 * growths
    fits = (tall > 1) & (broad > 1)
    growths, tall, broad = growths[fits], tall[fits], broad[fits]
    area = np.searchsorted(np.sort(digit.away, axis=None), growths, "right")
    shares = area / (tall * np.maximum(tall, broad / WIDEST))
    which = _nearest(shares, growths, MEAN_INK + thicker * INK_STEP)
    growth = float(growths[which])
    wide = BITMAP * min(broad[which] / tall[which], WIDEST)
    steps = np.array([tall[which] / BITMAP, broad[which] / wide])
    middle = (np.array(digit.away.shape) - 1) / 2
    bitmap = _sampled(digit.away, steps, middle, BITMAP) <= growth
    counts = bitmap.reshape(BITMAP // BLOCK, BLOCK, -1, BLOCK).sum(axis=(1, 3))
    return Placed(growth, bitmap.astype(np.float64), counts[None] / BLOCK**2)


def _nearest(shares: Floats, growths: Floats, wanted: float) -> int:
    """The number of the smallest growth or shrinkage by which the share of ink is as wanted, or nearly."""
    as_it_is = int(np.abs(growths).argmin())
    if shares[as_it_is] < wanted:
        enough = shares[as_it_is:] >= wanted
        return as_it_is + int(enough.argmax()) if enough.any() else len(shares) - 1
    little = np.flatnonzero(shares[: as_it_is + 1] <= wanted)
    return int(little[-1]) if little.size else int(shares[: as_it_is + 1].argmin())


def _boxed(digit: Outline, thicker: int) -> Placed:
    """28x28: the digit fits a box of 20x20 in 256 shades, and its centre of mass is put on pixel (14, 14)."""
    pixel = max(digit.height, digit.width) / BOX
    width = stroke_width(digit.grown(0)) / pixel
    wanted = float(np.clip(width, THINNEST, THICKEST)) + thicker * STROKE_STEP
    least, most = -0.4 * width * pixel, MOST_GROWN * HEIGHT
    growth = float(np.clip((wanted - width) / 2 * pixel, least, most))
    pixel = max(digit.height + 2 * growth, digit.width + 2 * growth) / BOX
    middle = (np.array(digit.away.shape) - 1) / 2
    # Sampled about its box first, then moved by whole pixels and never out of the image.
    canvas = np.clip(
        0.5 + (growth - _sampled(digit.away, np.array([pixel, pixel]), middle, BOX)) / pixel, 0, 1
    )
    total = canvas.sum()
    mass = np.array([canvas.sum(axis=1), canvas.sum(axis=0)]) @ np.arange(BOX) / total
    row, column = np.clip(np.rint(SIDE // 2 - mass), 0, SIDE - BOX).astype(int)
    picture = np.zeros((SIDE, SIDE))
    picture[row : row + BOX, column : column + BOX] = canvas
    return Placed(growth, picture, np.rint(picture * SHADES).astype(np.uint8)[None])


def _sampled(away: Floats, steps: Floats, middle: Floats, side: int) -> Floats:
    """The distances at side x side points, `steps` apart about the middle; beyond them it is far outside."""
    field: Floats = ndimage.affine_transform(
        away, steps, middle - steps * (side - 1) / 2, (side, side), order=1, cval=float(HEIGHT)
    )
    return field
