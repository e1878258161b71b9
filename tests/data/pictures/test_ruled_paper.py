"""Ruled paper: which lines are found, and what is left of the picture."""

import numpy as np
import pytest

from server.data.pictures.ruled_paper import remove_ruled_lines


def ruled(
    count: int, slope: float = 0.0, thickness: int = 2, size: tuple[int, int] = (240, 300)
) -> np.ndarray:
    """The darkness (H, W) of horizontal lines at equal distances."""
    row, column = np.mgrid[: size[0], : size[1]]
    dark = np.zeros(size)
    for number in range(count):
        middle = (number + 1) * size[0] / (count + 1) + slope * (column - size[1] / 2)
        dark[np.abs(row - middle) < thickness / 2] = 0.5
    return dark


@pytest.mark.parametrize("slope", [0.0, 0.05, -0.12])
@pytest.mark.parametrize("count", [1, 4, 7])
def test_lines_from_border_to_border_are_counted_and_removed(count: int, slope: float) -> None:
    cleared, lines = remove_ruled_lines(ruled(count, slope), 0.2)
    assert lines == count
    assert (cleared > 0.2).mean() < 0.001


def test_vertical_lines_are_removed_too() -> None:
    dark = np.maximum(ruled(3, size=(300, 300)), ruled(4, size=(300, 300)).T)
    cleared, lines = remove_ruled_lines(dark, 0.2)
    assert lines == 7
    assert (cleared > 0.2).mean() < 0.002


def test_a_stroke_that_crosses_a_line_stays() -> None:
    dark = ruled(3)
    dark[60:180, 140:150] = 0.9
    cleared, lines = remove_ruled_lines(dark, 0.2)
    assert lines == 3
    assert (cleared[60:180, 142:148] > 0.4).all()
    assert (cleared[:, :130] < 0.2).all()


def test_a_line_that_ends_in_the_picture_is_kept() -> None:
    dark = ruled(1)
    dark[:, 150:] = 0
    cleared, lines = remove_ruled_lines(dark, 0.2)
    assert lines == 0
    assert (cleared == dark).all()


def test_thick_bars_and_faint_lines_are_kept() -> None:
    for dark, threshold in ((ruled(1, thickness=30), 0.2), (ruled(2), 0.6)):
        cleared, lines = remove_ruled_lines(dark, threshold)
        assert lines == 0
        assert (cleared == dark).all()


def test_the_argument_is_not_changed() -> None:
    dark = ruled(3)
    before = dark.copy()
    remove_ruled_lines(dark, 0.2)
    assert (dark == before).all()
