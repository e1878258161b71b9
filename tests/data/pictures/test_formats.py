"""Rendering of digits: shear, stroke width, signed distance, and the two formats."""

import numpy as np
import pytest
from scipy import ndimage

from server.data.pictures.formats import (
    MASK_HEIGHT,
    MEAN_INK,
    MNIST_28X28,
    UCI_8X8,
    Format,
    estimate_shear,
    render,
    signed_distance,
    stroke_width,
    to_mask,
)


def bar(height: int, width: int, shear: float = 0.0) -> np.ndarray:
    """The ink of a vertical bar with soft edges that leans to the left with each row down."""
    row, column = np.mgrid[: height + 20, : width + 100]
    middle = (width + 100) / 2 + shear * (row - (height + 20) / 2)
    inside = (row >= 10) & (row < height + 10)
    return np.clip(width / 2 + 0.5 - np.abs(column - middle), 0, 1) * inside


@pytest.mark.parametrize("shear", [-0.4, -0.1, 0.0, 0.25])
def test_the_shear_of_a_bar_is_estimated_and_removed(shear: float) -> None:
    ink = bar(80, 10, shear)
    assert estimate_shear(ink) == pytest.approx(shear, abs=0.02)
    upright = to_mask(ink, estimate_shear(ink))
    assert abs(upright.shape[0] - MASK_HEIGHT) <= 1 + 20 * MASK_HEIGHT / 100
    assert abs(estimate_shear(upright.astype(float))) < 0.03


def test_the_estimated_shear_is_limited() -> None:
    assert estimate_shear(bar(40, 4, 1.2)) == 0.6
    assert estimate_shear(bar(40, 4, -1.2)) == -0.6


@pytest.mark.parametrize("width", [2, 4, 8])
def test_the_stroke_width_of_a_ring_is_measured(width: int) -> None:
    row, column = np.mgrid[:101, :101] - 50
    ring = np.abs(np.hypot(row, column) - 35) < width / 2
    assert stroke_width(ring) == pytest.approx(width, rel=0.1)


def test_the_signed_distance_grows_by_one_per_pixel_and_is_zero_at_the_outline() -> None:
    digit = signed_distance(np.ones((32, 12), bool))
    assert (digit.height, digit.width) == (32, 12)
    margin = (digit.distance.shape[0] - 32) // 2
    across = digit.distance[digit.distance.shape[0] // 2]
    outside = np.arange(margin, 0, -1) - 0.5
    inside = -(np.arange(1, 7) - 0.5)
    assert across.tolist() == [*outside, *inside, *inside[::-1], *outside[::-1]]
    assert digit.dilated(0).sum() == 32 * 12
    assert digit.dilated(1).sum() == 34 * 14
    assert digit.dilated(-1).sum() == 30 * 10


def test_8x8_counts_the_ink_of_the_bitmap_in_blocks_of_4x4() -> None:
    rendering = render(signed_distance(to_mask(bar(60, 12))), UCI_8X8)
    assert rendering.picture.shape == (32, 32)
    for row, column in np.ndindex(8, 8):
        block = rendering.picture[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        assert rendering.stored[0, row, column] == block.mean()
    assert rendering.picture.any(axis=1).all(), "the digit fills the height"


def test_8x8_strokes_get_the_same_ink_whether_they_are_thin_or_thick() -> None:
    row, column = np.mgrid[:120, :90]
    distance = np.abs(np.hypot((row - 60) / 55, (column - 45) / 40) - 0.8)
    thin, thick = (
        render(signed_distance(to_mask((distance < half).astype(float))), UCI_8X8) for half in (0.05, 0.22)
    )
    assert thin.dilation > 0 > thick.dilation
    for rendering in (thin, thick):
        assert rendering.picture.mean() == pytest.approx(MEAN_INK, rel=0.2)


def test_28x28_is_centred_by_mass_and_fits_a_box_of_20x20() -> None:
    row, column = np.mgrid[:100, :60]
    digit = ((column < 10) | (row > 85)).astype(float)
    rendering = render(signed_distance(to_mask(digit)), MNIST_28X28)
    assert rendering.stored.shape == (1, 28, 28)
    assert rendering.stored.dtype == np.uint8
    assert ndimage.center_of_mass(rendering.picture) == pytest.approx((14, 14), abs=0.6)
    rows = np.flatnonzero(rendering.picture.max(axis=1) > 0.5)
    assert rows[-1] - rows[0] + 1 in (19, 20)


@pytest.mark.parametrize("form", [UCI_8X8, MNIST_28X28])
def test_thicker_strokes_have_more_ink(form: Format) -> None:
    digit = signed_distance(to_mask(bar(60, 8)))
    inks = [render(digit, form, thicker).picture.mean() for thicker in range(-2, 3)]
    assert (np.diff(inks) >= 0).all()
    assert inks[-1] > inks[0]
