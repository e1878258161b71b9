"""Render a digit in the format of a data set, as the makers of the data set did with their scans.

The digit is first scaled to one height, as a binary mask. A signed distance field of the mask gives strokes
of any width: the pixels at most `r` from the outline are the mask, dilated by `r`. The strokes get the width
that is typical of the data set, and the digit is sampled at the pixels of the format. Training examples,
drawings and photos are all rendered by these functions.

The formats are those of the 8x8 digits (NIST's bitmaps of 32x32, counted in blocks of 4x4; Alpaydin and
Kaynak, UCI 1998) and of MNIST (a box of 20x20, centred by its mass in 28x28; LeCun et al. 1998).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Array = NDArray[Any]

MASK_HEIGHT = 32
"""The height of the mask, in pixels. Distances and dilations are in pixels of the mask."""
MAX_ASPECT = 2.5
"""The largest width of a digit, relative to its height. Anything wider is scaled down to fit."""
MIN_DILATION, MAX_DILATION, DILATIONS = -0.08, 0.16, 97
"""The range of dilations, relative to the height of the mask, and the number of values that are tried."""
MAX_SHEAR = 0.6
INK_THRESHOLD, SMOOTHING, MIN_STROKE = 0.5, 0.4, 1.5
"""The ink value at the outline; the standard deviation of the filter before a reduction, and the least stroke
width that survives it, both in pixels of the mask."""

# The 8x8 digits.
BITMAP, BLOCK = 32, 4
MEAN_INK, INK_STEP = 0.305, 0.04
"""The mean fraction of ink in the bitmap, and its change for each step of thickness."""
MAX_BITMAP_WIDTH = 0.8
# MNIST.
BOX, SIDE, SHADES = 20, 28, 255
MIN_STROKE_WIDTH, MAX_STROKE_WIDTH, STROKE_STEP = 1.6, 3.2, 0.5
"""The usual stroke widths in MNIST, and the change for each step of thickness, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class SignedDistance:
    """The distance of each pixel to the outline of a digit, negative inside.

    `distance` (rows, columns) contains the digit's bounding box of `height` x `width` with a margin.
    """

    distance: Floats
    height: int
    width: int

    def dilated(self, radius: float) -> Mask:
        """The digit with its outline moved outwards by `radius` pixels; inwards if negative."""
        return self.distance <= radius


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A digit in a format: the dilation of its strokes, in pixels of the mask; the picture (H, W), 0 to 1,
    before it is stored; and the input (1, H, W) as the data set stores it."""

    dilation: float
    picture: Floats
    stored: Array


@dataclass(frozen=True, slots=True)
class Format:
    """The format of a data set of digits.

    `kind` selects the algorithm, `upright` says whether slant is removed, and a stored number times `scale`
    is 0 (paper) to 1 (ink).
    """

    kind: Literal["uci", "mnist"]
    shape: tuple[int, int, int]
    upright: bool
    scale: float


UCI_8X8 = Format("uci", (1, BITMAP // BLOCK, BITMAP // BLOCK), upright=True, scale=1.0)
MNIST_28X28 = Format("mnist", (1, SIDE, SIDE), upright=False, scale=1 / SHADES)
FORMATS: Mapping[str, Format] = {
    "digits": UCI_8X8,
    "drawn": UCI_8X8,
    "handwriting": MNIST_28X28,
    "mnist": MNIST_28X28,
}
"""The data sets that a picture of a digit can be rendered for, by name."""


def estimate_shear(ink: Floats) -> float:
    """The slant of a digit (H, W), in columns to the left per row down, at most 0.6 in size.

    It is the mixed second central moment divided by the vertical one, as in moment-based deskewing.
    """
    rows, columns = np.arange(ink.shape[0])[:, None], np.arange(ink.shape[1])
    total = ink.sum()
    down, right = rows - (ink * rows).sum() / total, columns - (ink * columns).sum() / total
    shear = (ink * down * right).sum() / max(float((ink * down * down).sum()), 1e-9)
    return float(np.clip(shear, -MAX_SHEAR, MAX_SHEAR))


def to_mask(ink: Floats, shear: float = 0.0) -> Mask:
    """Scale the ink (H, W) in its bounding box to a binary mask about 32 pixels high.

    The rows are shifted to remove a slant of `shear`. The mask is cropped to its bounding box.
    """
    height, width = ink.shape
    reduction = max(height, width / MAX_ASPECT) / MASK_HEIGHT
    if reduction > 1:
        # Strokes thinner than a pixel of the mask would be lost.
        missing = MIN_STROKE * reduction - stroke_width(ink)
        if missing > 0:
            ink = scipy.ndimage.maximum_filter(ink, 1 + round(missing))
        ink = scipy.ndimage.gaussian_filter(ink, SMOOTHING * reduction)
    matrix = reduction * np.array([[1, 0], [shear, 1]])
    sides = int(height / reduction) + 3, int((width + abs(shear) * height) / reduction) + 3
    offset = (np.array(ink.shape) - 1) / 2 - matrix @ ((np.array(sides) - 1) / 2)
    ink = scipy.ndimage.affine_transform(ink, matrix, offset, sides, order=1, mode="constant")
    mask = ink > INK_THRESHOLD
    if not mask.any():
        mask[sides[0] // 2, sides[1] // 2] = True
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    cropped: Mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cropped


def stroke_width(ink: Floats | Mask) -> float:
    """The approximate width of the strokes in pixels: twice their area divided by their perimeter.

    The perimeter is π/4 times the number of pixel edges, which is exact on average over all directions.
    """
    mask = np.pad(ink > INK_THRESHOLD, 1)
    edges = (mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum()
    return float(2 * mask.sum() / max(np.pi / 4 * float(edges), 1.0))


def signed_distance(mask: Mask) -> SignedDistance:
    """The signed distance field of a mask that is cropped to its bounding box."""
    margin = int(MAX_DILATION * MASK_HEIGHT) + 2
    inside = np.s_[margin - 1 : 1 - margin]
    padded = np.pad(mask, margin)
    distance: Floats = scipy.ndimage.distance_transform_edt(~padded)
    distance[inside, inside] -= scipy.ndimage.distance_transform_edt(padded[inside, inside])
    # The outline lies halfway between the last pixel inside, at -1, and the first outside, at 1.
    return SignedDistance(distance - np.sign(distance) / 2, *mask.shape)


def render(digit: SignedDistance, form: Format, thicker: int = 0) -> Rendering:
    """Render a digit in a format, with strokes thicker by `thicker` steps; thinner if negative."""
    return _render_uci(digit, thicker) if form.kind == "uci" else _render_mnist(digit, thicker)


def _render_uci(digit: SignedDistance, thicker: int) -> Rendering:
    """Fill the height of the 32x32 bitmap and at most 0.8 of its width, and count the ink in 4x4 blocks.

    The strokes are dilated until the fraction of ink is the mean of the data set.
    """
    dilations = MASK_HEIGHT * np.linspace(MIN_DILATION, MAX_DILATION, DILATIONS)
    heights, widths = digit.height + 2 * dilations, digit.width + 2 * dilations
    valid = (heights > 1) & (widths > 1)
    dilations, heights, widths = dilations[valid], heights[valid], widths[valid]
    areas = np.searchsorted(np.sort(digit.distance, axis=None), dilations, "right")
    fractions = areas / (heights * np.maximum(heights, widths / MAX_BITMAP_WIDTH))
    best = _closest_dilation(fractions, dilations, MEAN_INK + thicker * INK_STEP)
    dilation = float(dilations[best])
    bitmap_width = BITMAP * min(widths[best] / heights[best], MAX_BITMAP_WIDTH)
    spacing = np.array([heights[best] / BITMAP, widths[best] / bitmap_width])
    middle = (np.array(digit.distance.shape) - 1) / 2
    bitmap = _sample(digit.distance, spacing, middle, BITMAP) <= dilation
    counts = bitmap.reshape(BITMAP // BLOCK, BLOCK, -1, BLOCK).sum(axis=(1, 3))
    return Rendering(dilation, bitmap.astype(np.float64), counts[None] / BLOCK**2)


def _closest_dilation(fractions: Floats, dilations: Floats, wanted: float) -> int:
    """The index of the smallest change, up or down, that reaches the wanted fraction of ink, or else the
    index of the closest fraction in that direction."""
    unchanged = int(np.abs(dilations).argmin())
    if fractions[unchanged] < wanted:
        enough = fractions[unchanged:] >= wanted
        return unchanged + int(enough.argmax()) if enough.any() else len(fractions) - 1
    little = np.flatnonzero(fractions[: unchanged + 1] <= wanted)
    return int(little[-1]) if little.size else int(fractions[: unchanged + 1].argmin())


def _render_mnist(digit: SignedDistance, thicker: int) -> Rendering:
    """Fit the digit into a box of 20x20 with 256 shades, and move its centre of mass to pixel (14, 14)."""
    pixel = max(digit.height, digit.width) / BOX
    width = stroke_width(digit.dilated(0)) / pixel
    wanted = float(np.clip(width, MIN_STROKE_WIDTH, MAX_STROKE_WIDTH)) + thicker * STROKE_STEP
    least, most = -0.4 * width * pixel, MAX_DILATION * MASK_HEIGHT
    dilation = float(np.clip((wanted - width) / 2 * pixel, least, most))
    pixel = max(digit.height + 2 * dilation, digit.width + 2 * dilation) / BOX
    middle = (np.array(digit.distance.shape) - 1) / 2
    # The box is sampled about its middle, then moved by whole pixels and never beyond the image.
    box = np.clip(
        0.5 + (dilation - _sample(digit.distance, np.array([pixel, pixel]), middle, BOX)) / pixel, 0, 1
    )
    total = box.sum()
    centre_of_mass = np.array([box.sum(axis=1), box.sum(axis=0)]) @ np.arange(BOX) / total
    row, column = np.clip(np.rint(SIDE // 2 - centre_of_mass), 0, SIDE - BOX).astype(int)
    picture = np.zeros((SIDE, SIDE))
    picture[row : row + BOX, column : column + BOX] = box
    return Rendering(dilation, picture, np.rint(picture * SHADES).astype(np.uint8)[None])


def _sample(distance: Floats, spacing: Floats, middle: Floats, side: int) -> Floats:
    """Sample the distances at side x side points with this spacing around the middle, bilinearly. Points
    outside of the array are far outside of the digit."""
    field: Floats = scipy.ndimage.affine_transform(
        distance, spacing, middle - spacing * (side - 1) / 2, (side, side), order=1, cval=float(MASK_HEIGHT)
    )
    return field
