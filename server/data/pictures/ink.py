"""From a picture to its ink: grey, light evened out, dark on light or light on dark. Pure functions.

A brightness runs from 0 (black) to 1 (white); an ink from 0 (paper) to 1 (the darkest ink of the picture).
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LARGEST, SMALLEST = 512, 112
"""The longest side of a picture that is worked on: larger ones are reduced to it, small ones enlarged."""
WHITE = 255
LUMINANCE = np.array([0.299, 0.587, 0.114])
COARSE = 128
SMOOTH = 0.7
SPARSE, DIM = 4, 0.03
WINDOW = 0.25
"""What is narrower than this part of the longest side may be a stroke; what is wider is light or shadow."""
DARKEST = 0.0005
"""The part of all pixels that is surely ink."""


def grey(image: Image.Image) -> Floats:
    """The brightness (H, W) of a picture of any mode, its longest side from 112 to 512 pixels.

    What is transparent becomes paper: white, or black where what is painted is light.
    """
    longest = max(image.size)
    if longest > LARGEST:
        image = image.reduce(max(1, longest // LARGEST)) if longest >= 2 * LARGEST else image
        by = LARGEST / max(image.size)
        if by < 1:
            size = [max(1, round(side * by)) for side in image.size]
            image = image.resize((size[0], size[1]), Image.Resampling.BOX, reducing_gap=None)
    pixels = np.asarray(image.convert("RGBA"), np.float64) / WHITE
    opaque = pixels[..., 3]
    brightness = pixels[..., :3] @ LUMINANCE
    if opaque.max() > 0 and opaque.min() < 1:
        paint = float((brightness * opaque).sum() / opaque.sum())
        brightness = brightness * opaque + (1 - opaque) * (paint < 0.5)
    elif not opaque.max():
        brightness = np.ones_like(brightness)
    if longest < SMALLEST:
        by = math.ceil(SMALLEST / longest)
        large = Image.fromarray(brightness.astype(np.float32)).resize(
            (brightness.shape[1] * by, brightness.shape[0] * by), Image.Resampling.BICUBIC
        )
        brightness = np.asarray(large, np.float64)
    clipped: Floats = np.clip(brightness, 0, 1)
    return clipped


def is_light_on_dark(brightness: Floats) -> bool:
    """Whether the ink is lighter than its ground. Ink is the smaller part of what is around it."""
    small = ndimage.gaussian_filter(_coarse(brightness), 1)
    window = _window(small)
    low, high = (ndimage.minimum_filter(small, window), ndimage.maximum_filter(small, window))
    contrast = high - low
    near_ink = contrast > contrast.max() / 2
    dark = small < (low + high) / 2
    return bool(near_ink.any() and dark[near_ink].mean() > 0.5)


def evened(brightness: Floats, light_on_dark: bool) -> Floats:
    """The brightness as if the light were the same everywhere: ink dark on a ground of 1.

    The ground is what is left when everything narrower than a quarter of the picture is filled with the
    brightest around it. Light multiplies what it falls on, so the picture is divided by its ground.
    """
    dark = 1 - brightness if light_on_dark else brightness
    small = _coarse(dark)
    window = _window(small)
    ground = ndimage.gaussian_filter(ndimage.grey_closing(small, window, mode="reflect"), window / 6)
    large = Image.fromarray(ground.astype(np.float32)).resize(dark.shape[::-1], Image.Resampling.BILINEAR)
    # A little light everywhere, so that the grain of what is black is not taken for ink.
    even = (dark + DIM) / (np.asarray(large, np.float64) + DIM)
    # The ground follows the brightest of a grainy paper; most of the picture is paper.
    level: Floats = np.clip(even / max(float(np.median(sample(even))), DIM), 0, 1)
    return level


def darkness(even: Floats) -> Floats:
    """How much darker than the paper each pixel is, a little smoothed."""
    smooth: Floats = ndimage.gaussian_filter(1 - even, SMOOTH)
    return smooth


def strength(dark: Floats) -> float:
    """How dark the ink is: the mean of the darkest pixels."""
    count = max(12, int(DARKEST * dark.size))
    flat = dark.ravel()
    if flat.size <= count:
        return float(flat.mean())
    return float(np.partition(flat, -count)[-count:].mean())


def noise(dark: Floats) -> float:
    """The standard deviation of the paper, estimated from its median deviation, which ink does not reach."""
    some = sample(dark)
    return float(1.4826 * np.median(np.abs(some - np.median(some))))


def sample(picture: Floats) -> Floats:
    """Some of the pixels (n,), spread evenly: enough for a median."""
    return picture[::SPARSE, ::SPARSE].ravel()


def _coarse(brightness: Floats) -> Floats:
    by = COARSE / max(brightness.shape)
    if by >= 1:
        return brightness
    rows, columns = (max(1, round(side * by)) for side in brightness.shape)
    small = Image.fromarray(brightness.astype(np.float32)).resize((columns, rows), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def _window(picture: Floats) -> int:
    return max(3, int(WINDOW * max(picture.shape)))
