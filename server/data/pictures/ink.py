"""Separate ink from paper: brightness, even illumination, and the darkness of the ink. Pure functions.

Brightness is 0 (black) to 1 (white). Darkness is 0 (paper) to 1 (black).
"""

import math

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

MAX_SIDE, MIN_SIDE = 512, 112
"""The range of the longer side, in pixels. Larger pictures are reduced, smaller ones enlarged."""
WHITE = 255
LUMA = np.array([0.299, 0.587, 0.114])
"""The weights of red, green and blue in the luma of ITU-R BT.601."""
COARSE_SIDE = 128
"""The longer side of the reduced picture from which the illumination is estimated."""
SMOOTHING = 0.7
"""The standard deviation of the Gaussian filter against noise, in pixels."""
SUBSAMPLING = 4
BLACK_LEVEL = 0.03
"""Added before the division by the illumination, so that noise in black areas is not amplified."""
WINDOW = 0.25
"""The window of the morphological filters, relative to the longer side. Strokes are narrower, and shadows
are wider."""
DARKEST = 0.0005
"""The fraction of pixels that is certainly ink."""


def to_brightness(image: Image.Image) -> Floats:
    """The brightness (H, W) of a picture in any mode, with a longer side of 112 to 512 pixels.

    Transparent pixels become white; or black, if the opaque pixels are light on average.
    """
    longest = max(image.size)
    if longest > MAX_SIDE:
        image = _reduce(image, longest)
    pixels = np.asarray(image.convert("RGBA"), np.float64) / WHITE
    alpha = pixels[..., 3]
    brightness = pixels[..., :3] @ LUMA
    if alpha.max() > 0 and alpha.min() < 1:
        mean = float((brightness * alpha).sum() / alpha.sum())
        brightness = brightness * alpha + (1 - alpha) * (mean < 0.5)
    elif not alpha.max():
        brightness = np.ones_like(brightness)
    if longest < MIN_SIDE:
        factor = math.ceil(MIN_SIDE / longest)
        large = Image.fromarray(brightness.astype(np.float32)).resize(
            (brightness.shape[1] * factor, brightness.shape[0] * factor), Image.Resampling.BICUBIC
        )
        brightness = np.asarray(large, np.float64)
    clipped: Floats = np.clip(brightness, 0, 1)
    return clipped


def _reduce(image: Image.Image, longest: int) -> Image.Image:
    """Reduce the longer side of a picture to 512 pixels."""
    if longest >= 2 * MAX_SIDE:
        image = image.reduce(max(1, longest // MAX_SIDE))
    factor = MAX_SIDE / max(image.size)
    if factor < 1:
        size = [max(1, round(side * factor)) for side in image.size]
        image = image.resize((size[0], size[1]), Image.Resampling.BOX, reducing_gap=None)
    return image


def is_light_on_dark(brightness: Floats) -> bool:
    """True if the ink is lighter than the paper.

    In a window with high contrast, ink covers less area than paper.
    """
    small = scipy.ndimage.gaussian_filter(_to_coarse(brightness), 1)
    window = _window(small)
    low, high = (scipy.ndimage.minimum_filter(small, window), scipy.ndimage.maximum_filter(small, window))
    contrast = high - low
    near_ink = contrast > contrast.max() / 2
    dark = small < (low + high) / 2
    return bool(near_ink.any() and dark[near_ink].mean() > 0.5)


def flatten_illumination(brightness: Floats, light_on_dark: bool) -> Floats:
    """The brightness (H, W) under even light, with dark ink on paper of about 1.

    This is flat-field correction. A grey-scale morphological closing removes dark structures narrower than a
    quarter of the picture, which leaves the paper. The picture is divided by it, because illumination is a
    factor of the brightness.
    """
    dark_on_light = 1 - brightness if light_on_dark else brightness
    small = _to_coarse(dark_on_light)
    window = _window(small)
    closed = scipy.ndimage.grey_closing(small, window, mode="reflect")
    paper = scipy.ndimage.gaussian_filter(closed, window / 6)
    large = Image.fromarray(paper.astype(np.float32)).resize(
        dark_on_light.shape[::-1], Image.Resampling.BILINEAR
    )
    even = (dark_on_light + BLACK_LEVEL) / (np.asarray(large, np.float64) + BLACK_LEVEL)
    # The closing follows the brightest grain of the paper. Most pixels are paper, so their median is 1.
    level: Floats = np.clip(even / max(float(np.median(subsample(even))), BLACK_LEVEL), 0, 1)
    return level


def darkness(even: Floats) -> Floats:
    """How much darker than paper each pixel is, smoothed by a Gaussian filter."""
    smooth: Floats = scipy.ndimage.gaussian_filter(1 - even, SMOOTHING)
    return smooth


def ink_contrast(dark: Floats) -> float:
    """The darkness of the ink: the mean of the darkest pixels."""
    count = max(12, int(DARKEST * dark.size))
    flat = dark.ravel()
    if flat.size <= count:
        return float(flat.mean())
    return float(np.partition(flat, -count)[-count:].mean())


def paper_noise(dark: Floats) -> float:
    """The standard deviation of the paper, estimated by 1.4826 times the median absolute deviation, which
    ink hardly changes."""
    some = subsample(dark)
    return float(1.4826 * np.median(np.abs(some - np.median(some))))


def subsample(picture: Floats) -> Floats:
    """Every fourth pixel of every fourth row, as (n,): enough for a median."""
    return picture[::SUBSAMPLING, ::SUBSAMPLING].ravel()


def _to_coarse(brightness: Floats) -> Floats:
    """The brightness, reduced to a longer side of 128 pixels."""
    factor = COARSE_SIDE / max(brightness.shape)
    if factor >= 1:
        return brightness
    rows, columns = (max(1, round(side * factor)) for side in brightness.shape)
    small = Image.fromarray(brightness.astype(np.float32)).resize((columns, rows), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def _window(picture: Floats) -> int:
    return max(3, int(WINDOW * max(picture.shape)))
