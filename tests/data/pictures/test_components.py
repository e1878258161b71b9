"""Connected components: thresholding, merging into digits, and what is dropped."""

import numpy as np
import pytest

from server.data.pictures.components import SPECK_AREA, find_digits, hysteresis_threshold

Span = tuple[int, int, int, int]


def page(*boxes: Span, size: tuple[int, int] = (100, 200)) -> np.ndarray:
    """A mask (H, W) with filled boxes: left, top, right, bottom."""
    mask = np.zeros(size, bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return mask


def found(mask: np.ndarray, keep_border: bool = False) -> tuple[list[Span], int]:
    digits, dropped = find_digits(mask, keep_border)
    return [digit.box for digit in digits], dropped


def test_hysteresis_keeps_faint_ink_that_is_connected_to_dark_ink() -> None:
    ink = np.array([[0.0, 0.5, 0.5, 0.7, 0.0, 0.5, 0.5], [0.3, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0]])
    kept = hysteresis_threshold(ink, 0.4, 0.65)
    # The pixel at the bottom and those at the right are connected diagonally.
    assert kept.tolist() == [[False, True, True, True, False, True, True], [False] * 4 + [True] + [False] * 2]
    assert not hysteresis_threshold(np.minimum(ink, 0.6), 0.4, 0.65).any()


def test_an_empty_mask_has_no_digits() -> None:
    assert found(page()) == ([], 0)


def test_two_boxes_of_the_same_height_are_two_digits_from_left_to_right() -> None:
    boxes = [(120, 30, 140, 70), (60, 30, 80, 72)]
    assert found(page(*boxes)) == (boxes[::-1], 0)
    # They stay two digits when they almost touch.
    assert found(page((60, 30, 80, 70), (81, 30, 100, 70)))[0] == [(60, 30, 80, 70), (81, 30, 100, 70)]


def test_the_strokes_of_a_digit_are_merged() -> None:
    bar, bowl = (60, 20, 90, 24), (60, 26, 90, 70)
    assert found(page(bar, bowl)) == ([(60, 20, 90, 70)], 0)


def test_the_gap_of_a_digit_is_relative_to_its_size() -> None:
    body = (60, 30, 80, 80)
    assert found(page(body, (60, 21, 80, 24))) == ([(60, 21, 80, 80)], 0)
    assert found(page(body, (60, 16, 80, 19))) == ([body], 1)


def test_specks_are_dropped_and_counted() -> None:
    digit = (60, 30, 80, 70)
    specks = [(10, 10, 12, 10 + SPECK_AREA // 2 - 1), (150, 80, 152, 82)]
    assert found(page(digit, *specks)) == ([digit], 2)
    assert found(page(*specks)) == ([], 2)


@pytest.mark.parametrize(
    "border", [(0, 30, 20, 70), (180, 30, 200, 70), (140, 0, 160, 40), (140, 60, 160, 100)]
)
def test_components_at_the_border_are_dropped_beside_a_whole_digit(border: Span) -> None:
    digit = (90, 30, 110, 70)
    assert found(page(digit, border)) == ([digit], 1)
    assert len(found(page(digit, border), keep_border=True)[0]) == 2
    (alone,), dropped = find_digits(page(border))
    assert (alone.box, alone.at_border, dropped) == (border, True, 0)
