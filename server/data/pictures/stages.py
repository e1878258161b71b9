"""The stages from a picture to an input: for each one a title, a sentence, and the picture after it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.data.pictures.components import Component
from server.data.pictures.formats import (
    BLOCK,
    BOX,
    SHADES,
    Format,
    Mask,
    Rendering,
    SignedDistance,
    stroke_width,
)
from server.data.pictures.ink import subsample

Floats = NDArray[np.float64]
StageKey = Literal["grey", "even", "ink", "lines", "clean", "crop", "scale", "stroke", "centre", "input"]

PAPER = 0.9
"""Pixels of at least this brightness, under even light, are paper."""
EVEN_RANGE = 0.04
"""Light is even if the brightness of the paper varies by less."""
SMALLEST_CHANGE = 0.25
"""A smaller dilation, in pixels of the mask, is not worth a word."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage of the processing of a picture.

    `words` is a sentence about this very picture. `picture` (H, W) is 0 (black) to 1 (white) or, if
    `is_ink`, 0 (paper) to 1 (ink).
    """

    key: StageKey
    title: str
    words: str
    picture: Floats
    is_ink: bool


def grey_stage(image: Image.Image, brightness: Floats) -> Stage:
    """The picture as brightness, at its working size."""
    (width, height), (rows, columns) = image.size, brightness.shape
    size = "" if (width, height) == (columns, rows) else f", brought to {columns}x{rows}"
    low, high = brightness.min(), brightness.max()
    words = f"The brightness of {width}x{height} pixels{size}: from {low:.2f} to {high:.2f}."
    return Stage("grey", "Grey", words, brightness, is_ink=False)


def even_stage(brightness: Floats, even: Floats, light_on_dark: bool) -> Stage:
    """The picture under even light, with dark ink."""
    dark_on_light = 1 - brightness if light_on_dark else brightness
    paper = subsample(dark_on_light)[subsample(even) > PAPER]
    # The extremes are noise and reflections.
    low, high = np.quantile(paper, (0.02, 0.98)) if paper.size else (0.0, 0.0)
    words = "Light on dark, so it is inverted. " if light_on_dark else ""
    if high - low < EVEN_RANGE:
        words += f"The light is even: the paper's brightness is {(low + high) / 2:.2f} everywhere."
    else:
        words += f"The paper's brightness went from {low:.2f} to {high:.2f}, and is the same everywhere now."
    return Stage("even", "Light evened out", words, even, is_ink=False)


def ink_stage(dark: Floats, contrast: float, light_on_dark: bool) -> Stage:
    """The darkness of the ink, relative to its contrast with the paper."""
    than = "lighter" if light_on_dark else "darker"
    words = f"The ink is {than} than the paper, by {contrast:.0%} where it is strongest."
    return Stage("ink", "Ink found", words, np.clip(dark / contrast, 0, 1), is_ink=True)


def lines_stage(shades: Floats, lines: int, kept: bool) -> Stage:
    """The ink without the lines of the paper."""
    if kept:
        words = "The paper's lines, if there are any, were kept."
    elif lines:
        words = f"{_count(lines, 'line')} of the paper went, except where a stroke crosses."
    else:
        words = "There are no lines from border to border."
    return Stage("lines", "Lines removed", words, shades, is_ink=True)


def clean_stage(alone: Floats, dropped: int, digits: int, chosen: int) -> Stage:
    """The ink of one digit alone."""
    words = f"{_count(dropped, 'speck')} went." if dropped else "There are no specks."
    if digits > 1:
        words += f" Of {digits} digits, number {chosen + 1} from the left was taken."
    return Stage("clean", "Specks removed", words, alone, is_ink=True)


def crop_stage(cropped: Floats, digit: Component, size: tuple[int, ...]) -> Stage:
    """The ink in the bounding box of the digit, in a picture of this size (H, W)."""
    left, top, right, bottom = digit.box
    words = (
        f"The digit is {right - left} pixels wide and {bottom - top} high, in a picture of "
        f"{size[1]}x{size[0]}."
    )
    return Stage("crop", "Digit cropped", words, cropped, is_ink=True)


def scale_stage(cropped: Floats, mask: Mask, form: Format, shear: float) -> Stage:
    """The digit as a mask of the height that all digits get."""
    (rows, columns), (height, width) = cropped.shape, mask.shape
    degrees = f"{np.degrees(np.arctan(shear)):+.0f} degrees"
    upright = f", and its slant of {degrees} taken out" if form.upright else ""
    words = f"From {columns}x{rows} pixels to {width}x{height}{upright}."
    return Stage("scale", "Scaled", words, mask.astype(np.float64), is_ink=True)


def stroke_stage(mask: Mask, digit: SignedDistance, dilation: float) -> Stage:
    """The mask with strokes of the usual width."""
    dilated = digit.dilated(dilation)
    words = f"The strokes are about {stroke_width(mask):.1f} pixels wide, and "
    if abs(dilation) < SMALLEST_CHANGE:
        words += "left as they are."
    else:
        words += f"{'thickened' if dilation > 0 else 'thinned'}, to about {stroke_width(dilated):.1f}."
    return Stage("stroke", "Strokes evened", words, dilated.astype(np.float64), is_ink=True)


def centre_stage(rendering: Rendering, form: Format) -> Stage:
    """The digit in its place in the format."""
    side = rendering.picture.shape[0]
    words = (
        f"It fills the height of {side}x{side} pixels, and stands in their middle."
        if form.kind == "uci"
        else f"In a box of {BOX}x{BOX} its centre of mass is put on the middle of {side}x{side} pixels."
    )
    return Stage("centre", "Centred", words, rendering.picture, is_ink=True)


def input_stage(rendering: Rendering, form: Format) -> Stage:
    """The input, as the data set stores it."""
    _, height, width = form.shape
    words = (
        f"Of each block of {BLOCK}x{BLOCK} pixels the inked ones are counted: "
        f"{height}x{width} numbers of 0 to {BLOCK**2}."
        if form.kind == "uci"
        else f"{height}x{width} numbers, each one of {SHADES + 1} shades."
    )
    return Stage("input", "The input", words, rendering.stored[0] * form.scale, is_ink=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
