"""Ink and paper: brightness, polarity, illumination and noise."""

import numpy as np
import pytest
from PIL import Image

from server.data.pictures.ink import (
    MAX_SIDE,
    MIN_SIDE,
    darkness,
    flatten_illumination,
    ink_contrast,
    is_light_on_dark,
    paper_noise,
    to_brightness,
)


def stroke(paper: float = 0.9, ink: float = 0.2) -> np.ndarray:
    """A page (200, 200) with one vertical stroke."""
    page = np.full((200, 200), paper)
    page[40:160, 95:105] = ink
    return page


@pytest.mark.parametrize("size", [(3000, 40), (512, 512), (600, 800), (200, 150), (20, 30), (1, 1)])
def test_the_longer_side_is_brought_into_its_range(size: tuple[int, int]) -> None:
    brightness = to_brightness(Image.new("L", size, 128))
    assert MIN_SIDE <= max(brightness.shape) <= MAX_SIDE
    assert brightness == pytest.approx(128 / 255)


def test_brightness_is_the_luma_of_the_colours() -> None:
    for colour, luma in (((255, 0, 0), 0.299), ((0, 255, 0), 0.587), ((0, 0, 255), 0.114)):
        assert to_brightness(Image.new("RGB", (120, 120), colour)) == pytest.approx(luma)


@pytest.mark.parametrize(("ink", "paper"), [(20, 1.0), (235, 0.0)])
def test_transparent_pixels_are_the_opposite_of_the_ink(ink: int, paper: float) -> None:
    image = Image.new("RGBA", (120, 120), (128, 128, 128, 0))
    image.paste((ink, ink, ink, 255), (50, 30, 60, 90))
    brightness = to_brightness(image)
    assert brightness[0, 0] == paper
    assert brightness[50, 55] == pytest.approx(ink / 255)


def test_polarity_is_detected() -> None:
    assert not is_light_on_dark(stroke())
    assert is_light_on_dark(1 - stroke())


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_even_light_makes_paper_white_and_keeps_the_contrast_ratio(light_on_dark: bool) -> None:
    light = np.linspace(0.5, 1.0, 200)
    page = stroke() * light
    even = flatten_illumination(1 - page if light_on_dark else page, light_on_dark)
    # The estimate of the illumination is less exact at the border.
    paper = np.concatenate([even[:, 30:85], even[:, 115:170]], axis=1)
    assert paper == pytest.approx(1, abs=0.06)
    assert even[100, 100] == pytest.approx(0.2 / 0.9, abs=0.06)


def test_contrast_is_the_darkness_of_the_ink_and_noise_that_of_the_paper() -> None:
    random = np.random.default_rng(3)
    dark = 0.02 * random.standard_normal((300, 300))
    assert paper_noise(dark) == pytest.approx(0.02, rel=0.05)
    dark[100:200, 145:155] = 0.7
    assert paper_noise(dark) == pytest.approx(0.02, rel=0.1)
    assert ink_contrast(dark) == pytest.approx(0.7)
    smoothed = darkness(1 - dark)
    assert smoothed[150, 150] == pytest.approx(0.7, abs=0.01)
    assert paper_noise(smoothed) < paper_noise(dark)
