"""From a picture to an input, stage by stage, each of them a picture with a sentence on what was done."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from server.data.pictures import ink
from server.data.pictures.components import Piece, inked, pieces
from server.data.pictures.decode import PictureError
from server.data.pictures.formats import (
    BLOCK,
    BOX,
    FORMATS,
    SHADES,
    Format,
    Placed,
    outline,
    placed,
    scaled,
    slant,
    stroke_width,
)
from server.data.pictures.ruled_paper import without_lines

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Place = tuple[float, float, float, float]
"""A box in parts of the picture, each from 0 to 1: left, top, right, bottom."""
StageKey = Literal["grey", "even", "ink", "lines", "clean", "crop", "scale", "stroke", "centre", "input"]
DoubtKey = Literal["several", "at_border", "faint"]

LOW, HIGH = 0.4, 0.65
"""Ink is what is at least this part as dark as the darkest, and somewhere at least that."""
LINE = 0.15
"""Lines of the paper may be this much fainter than the ink."""
LEAST_CONTRAST, LEAST_OVER_NOISE = 0.06, 6.0
FAINT_CONTRAST = 0.15
NOTHING = 0.01
PAPER = 0.9
MOST_INKED = 0.6
GRAIN, LEAST_SHARE = 16, 0.45
"""Beside this many specks, digits that have less than this part of all ink are specks of the grain too."""
MOST_THICKER = 4
LEAST_CROP = 0.02


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a person sets right by hand.

    `crop` is a box in which the digit is, as parts of the picture; `inverted` takes the ink for light where
    it would be taken for dark, and the other way round; `thicker` makes the strokes thicker by so many steps,
    or thinner; `keep_lines` leaves the paper's lines in; `chosen` is the number of the digit to take where
    there are several, from left to right, from 0. PictureError where a number is out of its range.
    """

    crop: Place | None = None
    inverted: bool = False
    thicker: int = 0
    keep_lines: bool = False
    chosen: int | None = None

    def __post_init__(self) -> None:
        if self.crop is not None:
            left, top, right, bottom = self.crop
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise PictureError(
                    "The crop must lie in the picture: its numbers are parts of it, from 0 to 1."
                )
            if min(right - left, bottom - top) < LEAST_CROP:
                raise PictureError(
                    f"The crop must be at least {LEAST_CROP:.0%} of the picture wide and high."
                )
        if abs(self.thicker) > MOST_THICKER:
            raise PictureError(f"Strokes can be made thicker or thinner by up to {MOST_THICKER} steps.")


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One step on the way: its name, what it did in this very picture, and the picture after it.

    `picture` (H, W) runs from 0 to 1: from black to white, or, where `is_ink`, from paper to ink, the way the
    data set has it.
    """

    key: StageKey
    title: str
    words: str
    picture: Floats
    is_ink: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may have gone wrong, and what a person can do about it."""

    key: DoubtKey
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A picture as an input, and how it became one.

    `stored` has the shape and the numbers in which the data set stores an example. `boxes` are the digits
    found, from left to right, `chosen` the one that was taken.
    """

    stages: tuple[Stage, ...]
    stored: NDArray[Any]
    boxes: tuple[Place, ...]
    chosen: int
    doubts: tuple[Doubt, ...]


ENOUGH = 2 * ink.LARGEST
"""A picture need not have more pixels on a side than this; what is decoded larger only takes longer."""
NOTHING_CORRECTED = Corrections()


def read(image: Image.Image, dataset: str, corrections: Corrections = NOTHING_CORRECTED) -> Reading:
    """The digit in a picture as an input of the data set of this name. Pure: the picture stays as it is.

    PictureError, in a sentence, where there is no digit to be found, or the data set is not one of digits.
    """
    form = FORMATS.get(dataset)
    if form is None:
        raise PictureError(
            f"A digit can become an input of these data sets alone: {', '.join(FORMATS)}. Choose one of them."
        )
    brightness = ink.grey(image)
    light = ink.is_light_on_dark(brightness) != corrections.inverted
    even = ink.evened(brightness, light)
    everywhere = ink.darkness(even)
    noise = ink.noise(everywhere)
    found_ink = _within(everywhere, corrections.crop)
    strength = _strength(found_ink, noise)
    unruled, lines = (found_ink, 0) if corrections.keep_lines else _unruled(found_ink, strength, noise)
    cleaned = _strength(unruled, noise)
    shades = np.clip(unruled / cleaned, 0, 1)
    low = max(LOW, LEAST_OVER_NOISE / 2 * noise / cleaned)
    mask = inked(shades, low, max(HIGH, low))
    digits, dropped = pieces(mask, border_too=corrections.crop is not None)
    _check_found(digits, dropped, int(mask.sum()))
    chosen = _chosen(digits, corrections.chosen)
    digit = digits[chosen]
    # A pixel that is just ink is half inked from here on, whatever it took to be ink.
    shades = np.clip(shades / (2 * low), 0, 1)
    alone = _only(shades, digit.mask)
    left, top, right, bottom = digit.box
    cut = alone[top:bottom, left:right]
    stages = (
        Stage("grey", "Grey", _grey_words(image, brightness), brightness, is_ink=False),
        Stage("even", "Light evened out", _even_words(brightness, even, light), even, is_ink=False),
        Stage(
            "ink", "Ink found", _ink_words(strength, light), np.clip(found_ink / strength, 0, 1), is_ink=True
        ),
        Stage("lines", "Lines removed", _line_words(lines, corrections.keep_lines), shades, is_ink=True),
        Stage(
            "clean",
            "Specks removed",
            _clean_words(dropped, len(digits), chosen),
            alone,
            is_ink=True,
        ),
        Stage("crop", "Digit cropped", _crop_words(digit, alone), cut, is_ink=True),
    )
    last, stored = _formed(cut, form, corrections.thicker)
    height, width = brightness.shape
    boxes = tuple(
        (box[0] / width, box[1] / height, box[2] / width, box[3] / height) for box in (d.box for d in digits)
    )
    return Reading((*stages, *last), stored, boxes, chosen, _doubts(digits, corrections, cleaned))


def _formed(cut: Floats, form: Format, thicker: int) -> tuple[tuple[Stage, ...], NDArray[Any]]:
    """The last stages, from the cropped ink to the input, and the input as the data set stores it."""
    lean = slant(cut) if form.upright else 0.0
    mask = scaled(cut, lean)
    digit = outline(mask)
    end: Placed = placed(digit, form, thicker)
    rows, columns = cut.shape
    upright = (
        f", and its slant of {np.degrees(np.arctan(lean)):+.0f} degrees taken out" if form.upright else ""
    )
    grown = digit.grown(end.growth)
    before, after = stroke_width(mask), stroke_width(grown)
    change = "left as they are" if abs(end.growth) < 0.25 else "thickened" if end.growth > 0 else "thinned"
    side = end.picture.shape[0]
    return (
        Stage(
            "scale",
            "Scaled",
            f"From {columns}x{rows} pixels to {digit.width}x{digit.height}{upright}.",
            mask.astype(np.float64),
            is_ink=True,
        ),
        Stage(
            "stroke",
            "Strokes evened",
            f"The strokes are about {before:.1f} pixels wide, and {change}"
            + ("." if change == "left as they are" else f", to about {after:.1f}."),
            grown.astype(np.float64),
            is_ink=True,
        ),
        Stage("centre", "Centred", _centre_words(form, side), end.picture, is_ink=True),
        Stage("input", "The input", _input_words(form), _shades(end.stored, form), is_ink=True),
    ), end.stored


def _within(dark: Floats, crop: Place | None) -> Floats:
    """The darkness inside of the crop; outside of it there is paper."""
    if crop is None:
        return dark
    height, width = dark.shape
    left, top, right, bottom = crop
    rows = slice(int(top * height), max(int(top * height) + 2, round(bottom * height)))
    columns = slice(int(left * width), max(int(left * width) + 2, round(right * width)))
    inside = np.zeros_like(dark)
    inside[rows, columns] = dark[rows, columns]
    return inside


def _strength(dark: Floats, noise: float) -> float:
    """How dark the ink is. PictureError where nothing stands out from the paper."""
    strength = ink.strength(dark)
    if strength < NOTHING:
        raise PictureError(
            "There is nothing on it: it is the same everywhere. Draw a digit, or take a picture of one."
        )
    if strength < LEAST_CONTRAST or strength < LEAST_OVER_NOISE * noise:
        raise PictureError(
            f"Nothing on it stands out from the paper: the darkest is {strength:.0%} darker. Take the "
            "picture closer, with more light, or write with a darker pen."
        )
    return strength


def _unruled(dark: Floats, strength: float, noise: float) -> tuple[Floats, int]:
    """The darkness without the paper's lines, and how many they were; all stays where only lines are seen."""
    least = max(LINE * strength, LEAST_OVER_NOISE / 2 * noise)
    unruled, lines = without_lines(dark, least)
    left = ink.strength(unruled)
    if left < LEAST_CONTRAST or left < LEAST_OVER_NOISE * noise:
        return dark, 0
    return unruled, lines


def _only(shades: Floats, mask: Mask) -> Floats:
    """The ink in a mask and the soft edge around it."""
    return np.where(ndimage.binary_dilation(mask, np.ones((3, 3), bool)), shades, 0.0)


def _check_found(digits: tuple[Piece, ...], dropped: int, inked_pixels: int) -> None:
    """PictureError where what was found is no digit: nothing, the grain of the picture, or nearly all."""
    if not digits:
        raise PictureError(
            "No digit was found on it, only specks. Take the picture closer, or write with a darker pen."
        )
    found = sum(int(digit.mask.sum()) for digit in digits)
    if dropped >= GRAIN and found < LEAST_SHARE * inked_pixels:
        raise PictureError(
            "Nothing on it stands out from the grain: there are specks all over, and no digit. "
            "Take the picture closer, with more light, or write with a darker pen."
        )
    share = found / digits[0].mask.size
    if share > MOST_INKED:
        raise PictureError(
            f"{share:.0%} of it would be ink. Take a picture of one digit with some paper around it."
        )


def _chosen(digits: tuple[Piece, ...], chosen: int | None) -> int:
    """The number of the digit to take: the one told, else the one with most ink."""
    if chosen is None:
        return max(range(len(digits)), key=lambda number: digits[number].area)
    if not 0 <= chosen < len(digits):
        raise PictureError(
            f"There is no digit {chosen}: {len(digits)} {'was' if len(digits) == 1 else 'were'} found, "
            f"numbered from 0 to {len(digits) - 1}."
        )
    return chosen


def _doubts(digits: tuple[Piece, ...], corrections: Corrections, strength: float) -> tuple[Doubt, ...]:
    doubts = []
    if len(digits) > 1 and corrections.chosen is None:
        doubts.append(
            Doubt(
                "several",
                f"{len(digits)} digits were found, and the one with most ink was taken. "
                "Choose another if you mean another.",
            )
        )
    if any(digit.at_border for digit in digits) and corrections.crop is None:
        doubts.append(
            Doubt("at_border", "It touches the border of the picture: a part of it may be missing.")
        )
    if strength < FAINT_CONTRAST:
        doubts.append(
            Doubt("faint", f"The ink is only {strength:.0%} darker than the paper: a part of it may be lost.")
        )
    return tuple(doubts)


def _grey_words(image: Image.Image, brightness: Floats) -> str:
    (width, height), (rows, columns) = image.size, brightness.shape
    size = "" if (width, height) == (columns, rows) else f", brought to {columns}x{rows}"
    low, high = brightness.min(), brightness.max()
    return f"The brightness of {width}x{height} pixels{size}: from {low:.2f} to {high:.2f}."


def _even_words(brightness: Floats, even: Floats, light: bool) -> str:
    ground = 1 - brightness if light else brightness
    paper = ink.sample(ground)[ink.sample(even) > PAPER]
    # At its darkest and lightest, without the grain and the glints.
    low, high = np.quantile(paper, (0.02, 0.98)) if paper.size else (0.0, 0.0)
    turned = "Light on dark, so it is inverted. " if light else ""
    if high - low < 0.04:
        return f"{turned}The light is even: the paper's brightness is {(low + high) / 2:.2f} everywhere."
    return (
        f"{turned}The paper's brightness went from {low:.2f} to {high:.2f}, and is the same everywhere now."
    )


def _ink_words(strength: float, light: bool) -> str:
    than = "lighter" if light else "darker"
    return f"The ink is {than} than the paper, by {strength:.0%} where it is strongest."


def _line_words(lines: int, keep: bool) -> str:
    if keep:
        return "The paper's lines, if there are any, were kept."
    if not lines:
        return "There are no lines from border to border."
    return f"{_several(lines, 'line')} of the paper went, except where a stroke crosses."


def _clean_words(dropped: int, digits: int, chosen: int) -> str:
    specks = f"{_several(dropped, 'speck')} went." if dropped else "There are no specks."
    return (
        specks
        if digits == 1
        else f"{specks} Of {digits} digits, number {chosen + 1} from the left was taken."
    )


def _crop_words(digit: Piece, picture: Floats) -> str:
    left, top, right, bottom = digit.box
    return (
        f"The digit is {right - left} pixels wide and {bottom - top} high, in a picture of "
        f"{picture.shape[1]}x{picture.shape[0]}."
    )


def _centre_words(form: Format, side: int) -> str:
    if form.kind == "box":
        return f"In a box of {BOX}x{BOX} its centre of mass is put on the middle of {side}x{side} pixels."
    return f"It fills the height of {side}x{side} pixels, and stands in their middle."


def _input_words(form: Format) -> str:
    _, height, width = form.shape
    if form.kind == "box":
        return f"{height}x{width} numbers, each one of {SHADES + 1} shades."
    return (
        f"Of each block of {BLOCK}x{BLOCK} pixels the inked ones are counted: "
        f"{height}x{width} numbers of 0 to {BLOCK**2}."
    )


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _shades(stored: NDArray[Any], form: Format) -> Floats:
    shades: Floats = stored[0] * form.scale
    return shades
