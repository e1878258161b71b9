"""Convert a picture of a digit to an input of a data set, stage by stage."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from server.data.errors import PictureError
from server.data.pictures import ink, stages
from server.data.pictures.components import Component, find_digits, hysteresis_threshold
from server.data.pictures.corrections import NO_CORRECTIONS, Corrections, RelativeBox
from server.data.pictures.doubts import Doubt, find_doubts
from server.data.pictures.formats import FORMATS, Format, estimate_shear, render, signed_distance, to_mask
from server.data.pictures.ruled_paper import remove_ruled_lines
from server.data.pictures.stages import Stage

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DECODE_SIDE = 2 * ink.MAX_SIDE
"""Pictures need no more pixels on a side. Decoding more takes longer and changes nothing."""
LOW, HIGH = 0.4, 0.65
"""The thresholds of ink, relative to its contrast: connected pixels above LOW, one of them above HIGH."""
LINE_THRESHOLD = 0.15
"""The darkness of the faintest ruled lines, relative to the contrast of the ink."""
MIN_CONTRAST, MIN_SIGNAL_TO_NOISE = 0.06, 6.0
UNIFORM = 0.01
"""A picture with less contrast is the same everywhere."""
MAX_COVERAGE = 0.6
"""The largest fraction of the picture that ink may cover."""
GRAIN_SPECKS, MIN_DIGIT_SHARE = 16, 0.45
"""With this many specks, digits with a smaller share of all ink are taken for specks as well."""


@dataclass(frozen=True, slots=True, eq=False)
class ExtractedDigit:
    """The digit in a picture as an input, and how it was found.

    Attributes
    ----------
    stages
        The stages in order.
    stored
        The input (1, H, W) as the data set stores it.
    boxes
        The bounding boxes of all digits that were found, from left to right.
    chosen
        The index of the digit that was taken.
    doubts
        What may have gone wrong.
    """

    stages: tuple[Stage, ...]
    stored: NDArray[Any]
    boxes: tuple[RelativeBox, ...]
    chosen: int
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """A picture under even light: the darkness of its pixels, and the noise of its paper."""

    brightness: Floats
    light_on_dark: bool
    even: Floats
    dark: Floats
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class _Ink:
    """The ink of a page: its darkness and contrast before the ruled lines are removed; the number of lines;
    the contrast, the mask, and the shades (0 to 1, 0.5 at the threshold) after that."""

    dark: Floats
    ruled_contrast: float
    lines: int
    contrast: float
    mask: Mask
    shades: Floats


def extract_digit(
    image: Image.Image, dataset: str, corrections: Corrections = NO_CORRECTIONS
) -> ExtractedDigit:
    """Convert the digit in a picture to an input of the data set of this name.

    Raises PictureError if no digit is found, or if the data set does not consist of digits.
    """
    form = FORMATS.get(dataset)
    if form is None:
        raise PictureError(
            f"A digit can become an input of these data sets alone: {', '.join(FORMATS)}. Choose one of them."
        )
    page = _flatten(image, corrections.inverted)
    found = _find_ink(page, corrections)
    digits, dropped = find_digits(found.mask, keep_border=corrections.crop is not None)
    _check_found(digits, dropped, int(found.mask.sum()))
    chosen = _choose(digits, corrections.chosen)
    digit = digits[chosen]
    alone = _isolate(found.shades, digit.mask)
    left, top, right, bottom = digit.box
    cropped = alone[top:bottom, left:right]
    rendered, stored = _render(cropped, form, corrections.thicker)
    return ExtractedDigit(
        stages=(
            stages.grey_stage(image, page.brightness),
            stages.even_stage(page.brightness, page.even, page.light_on_dark),
            stages.ink_stage(found.dark, found.ruled_contrast, page.light_on_dark),
            stages.lines_stage(found.shades, found.lines, corrections.keep_lines),
            stages.clean_stage(alone, dropped, len(digits), chosen),
            stages.crop_stage(cropped, digit, page.brightness.shape),
            *rendered,
        ),
        stored=stored,
        boxes=tuple(_relative_box(digit, page.brightness.shape) for digit in digits),
        chosen=chosen,
        doubts=find_doubts(digits, corrections, found.contrast),
    )


def _flatten(image: Image.Image, inverted: bool) -> _Page:
    """The picture under even light. `inverted` reverses the polarity that is detected."""
    brightness = ink.to_brightness(image)
    light_on_dark = ink.is_light_on_dark(brightness) != inverted
    even = ink.flatten_illumination(brightness, light_on_dark)
    dark = ink.darkness(even)
    return _Page(brightness, light_on_dark, even, dark, ink.paper_noise(dark))


def _find_ink(page: _Page, corrections: Corrections) -> _Ink:
    """The ink of a page inside of the crop. Raises PictureError if nothing stands out from the paper."""
    dark = _crop(page.dark, corrections.crop)
    ruled_contrast = _check_contrast(dark, page.noise)
    unruled, lines = (dark, 0) if corrections.keep_lines else _remove_lines(dark, ruled_contrast, page.noise)
    contrast = _check_contrast(unruled, page.noise)
    shades = np.clip(unruled / contrast, 0, 1)
    low = max(LOW, MIN_SIGNAL_TO_NOISE / 2 * page.noise / contrast)
    mask = hysteresis_threshold(shades, low, max(HIGH, low))
    # The later stages take 0.5 for the edge of the ink, whatever the threshold was.
    return _Ink(dark, ruled_contrast, lines, contrast, mask, np.clip(shades / (2 * low), 0, 1))


def _render(cropped: Floats, form: Format, thicker: int) -> tuple[tuple[Stage, ...], NDArray[Any]]:
    """The last stages, from the cropped ink to the input, and the input (1, H, W) as it is stored."""
    shear = estimate_shear(cropped) if form.upright else 0.0
    mask = to_mask(cropped, shear)
    digit = signed_distance(mask)
    rendering = render(digit, form, thicker)
    return (
        stages.scale_stage(cropped, mask, form, shear),
        stages.stroke_stage(mask, digit, rendering.dilation),
        stages.centre_stage(rendering, form),
        stages.input_stage(rendering, form),
    ), rendering.stored


def _crop(dark: Floats, box: RelativeBox | None) -> Floats:
    """The darkness inside of a box, and paper outside of it."""
    if box is None:
        return dark
    height, width = dark.shape
    left, top, right, bottom = box
    rows = slice(int(top * height), max(int(top * height) + 2, round(bottom * height)))
    columns = slice(int(left * width), max(int(left * width) + 2, round(right * width)))
    inside = np.zeros_like(dark)
    inside[rows, columns] = dark[rows, columns]
    return inside


def _check_contrast(dark: Floats, noise: float) -> float:
    """The contrast of the ink. Raises PictureError if nothing stands out from the paper."""
    contrast = ink.ink_contrast(dark)
    if contrast < UNIFORM:
        raise PictureError(
            "There is nothing on it: it is the same everywhere. Draw a digit, or take a picture of one."
        )
    if not _stands_out(contrast, noise):
        raise PictureError(
            f"Nothing on it stands out from the paper: the darkest is {contrast:.0%} darker. Take the "
            "picture closer, with more light, or write with a darker pen."
        )
    return contrast


def _stands_out(contrast: float, noise: float) -> bool:
    return contrast >= MIN_CONTRAST and contrast >= MIN_SIGNAL_TO_NOISE * noise


def _remove_lines(dark: Floats, contrast: float, noise: float) -> tuple[Floats, int]:
    """The darkness without ruled lines, and their number. All is kept if nothing but lines stands out."""
    threshold = max(LINE_THRESHOLD * contrast, MIN_SIGNAL_TO_NOISE / 2 * noise)
    unruled, lines = remove_ruled_lines(dark, threshold)
    return (unruled, lines) if _stands_out(ink.ink_contrast(unruled), noise) else (dark, 0)


def _isolate(shades: Floats, mask: Mask) -> Floats:
    """The shades in a mask and in the soft edge around it; 0 elsewhere."""
    return np.where(scipy.ndimage.binary_dilation(mask, np.ones((3, 3), bool)), shades, 0.0)


def _check_found(digits: tuple[Component, ...], dropped: int, ink_area: int) -> None:
    """Raise PictureError if nothing was found, if it is the grain of the picture, or nearly all of it."""
    if not digits:
        raise PictureError(
            "No digit was found on it, only specks. Take the picture closer, or write with a darker pen."
        )
    area = sum(int(digit.mask.sum()) for digit in digits)
    if dropped >= GRAIN_SPECKS and area < MIN_DIGIT_SHARE * ink_area:
        raise PictureError(
            "Nothing on it stands out from the grain: there are specks all over, and no digit. "
            "Take the picture closer, with more light, or write with a darker pen."
        )
    coverage = area / digits[0].mask.size
    if coverage > MAX_COVERAGE:
        raise PictureError(
            f"{coverage:.0%} of it would be ink. Take a picture of one digit with some paper around it."
        )


def _choose(digits: tuple[Component, ...], chosen: int | None) -> int:
    """The index of the digit to take: `chosen`, or else the one with most ink."""
    if chosen is None:
        return max(range(len(digits)), key=lambda number: digits[number].area)
    if not 0 <= chosen < len(digits):
        raise PictureError(
            f"There is no digit {chosen}: {len(digits)} {'was' if len(digits) == 1 else 'were'} found, "
            f"numbered from 0 to {len(digits) - 1}."
        )
    return chosen


def _relative_box(digit: Component, size: tuple[int, ...]) -> RelativeBox:
    """The bounding box of a digit in a picture of this size (H, W)."""
    (left, top, right, bottom), (height, width) = digit.box, size
    return left / width, top / height, right / width, bottom / height
