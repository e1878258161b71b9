from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.nn.ops import AvgPool2d, GlobalAvgPool, MaxPool2d, Op, ShapeError
from server.nn.ops.pool import Pool2d
from tests import oracles
from tests.cases import Case, poolings


@given(poolings(), st.booleans())
def test_any_pooling_equals_the_loops_of_its_definition(case: Case, ties: bool) -> None:
    x, dout = case.x(), case.dout()
    x = np.round(x) if ties else x
    if isinstance(case.op, AvgPool2d):
        out, dx = oracles.average(case.op, x, dout)
        np.testing.assert_allclose(case.op.forward(x, {})[0], out, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(case.op.backward(dout, x, {}, {})[0], dx, rtol=1e-12, atol=1e-12)
        return
    assert isinstance(case.op, MaxPool2d)
    out, winner, dx = oracles.pool(case.op, x, dout)
    actual, saved = case.op.forward(x, {})
    np.testing.assert_array_equal(actual, out)
    np.testing.assert_array_equal(saved["winner"], winner)
    np.testing.assert_allclose(case.op.backward(dout, x, {}, saved)[0], dx, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pool", [MaxPool2d, AvgPool2d])
@pytest.mark.parametrize(("kernel", "stride"), [((2, 2), None), ((3, 2), (2, 1)), ((1, 1), None)])
def test_an_example_has_the_same_results_in_a_small_and_a_large_batch(
    pool: type[Pool2d], kernel: tuple[int, int], stride: tuple[int, int] | None
) -> None:
    op = pool(kernel, stride)
    x = np.random.default_rng(3).integers(-3, 3, (2, 6, 6, 64)).astype(np.float64)
    large, large_saved = op.forward(x, {})
    small, small_saved = op.forward(x[..., :1], {})
    np.testing.assert_array_equal(large[..., :1], small)
    for name, saved in small_saved.items():
        np.testing.assert_array_equal(large_saved[name][..., :1], saved)
    assert large.flags.c_contiguous


@pytest.mark.parametrize("kernel", [(11, 11), (12, 13), (64, 2), (16, 16), (17, 16)])
def test_the_winner_of_a_large_window_has_the_right_index(kernel: tuple[int, int]) -> None:
    x = np.random.default_rng(1).permutation(2 * kernel[0] * kernel[1])
    x = x.reshape(1, 2 * kernel[0], kernel[1], 1).astype(np.float64)
    out, winner, dx = oracles.pool(MaxPool2d(kernel), x, np.full((1, 2, 1, 1), 3.0))
    actual, saved = MaxPool2d(kernel).forward(x, {})
    np.testing.assert_array_equal(actual, out)
    np.testing.assert_array_equal(saved["winner"], winner)
    np.testing.assert_array_equal(MaxPool2d(kernel).backward(np.full(out.shape, 3.0), x, {}, saved)[0], dx)


@pytest.mark.parametrize("pool", [MaxPool2d, AvgPool2d])
@pytest.mark.parametrize("kernel", [(2, 1), (1, 2), (2, 2)])
def test_a_window_of_the_whole_input_leaves_the_input_unchanged(
    pool: type[Pool2d], kernel: tuple[int, int]
) -> None:
    x = np.arange(4.0)[: kernel[0] * kernel[1]].reshape(1, *kernel, 1)
    before = x.copy()
    pool(kernel).forward(x, {})
    np.testing.assert_array_equal(x, before)


def test_a_window_with_a_nan_has_a_winner() -> None:
    x = np.array([[1.0, np.nan], [2.0, 0.0]]).reshape(1, 2, 2, 1)
    out, saved = MaxPool2d().forward(x, {})
    assert np.isnan(out).all()
    assert 0 <= saved["winner"].item() < 4


def test_of_equal_cells_the_first_wins_the_whole_gradient() -> None:
    x = np.ones((1, 2, 2, 1))
    _, saved = MaxPool2d().forward(x, {})
    dx, _ = MaxPool2d().backward(np.full((1, 1, 1, 1), 5.0), x, {}, saved)
    assert saved["winner"].item() == 0
    assert dx[0, :, :, 0].tolist() == [[5, 0], [0, 0]]


def test_the_mean_of_a_channel_goes_back_in_equal_parts() -> None:
    x = np.arange(12.0).reshape(2, 2, 3, 1)
    out, _ = GlobalAvgPool().forward(x, {})
    assert out[:, 0].tolist() == [2.5, 8.5]
    dx, _ = GlobalAvgPool().backward(np.array([[6.0], [12.0]]), x, {}, {})
    assert dx[0].ravel().tolist() == [1.0] * 6
    assert dx[1].ravel().tolist() == [2.0] * 6


@pytest.mark.parametrize("op", [MaxPool2d, AvgPool2d])
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kernel": (0, 2)}, "The kernel is 0x2"),
        ({"kernel": (2, 65)}, "The kernel is 2x65"),
        ({"stride": (0, 1)}, "The stride is 0x1; both numbers must be between 1 and 64"),
    ],
)
def test_impossible_hyper_parameters_are_refused(op: type[Op], fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        op(**fields)


@pytest.mark.parametrize("op", [MaxPool2d(), AvgPool2d()])
def test_an_image_too_small_for_the_window_is_refused_with_the_largest_window_that_fits(op: Op) -> None:
    with pytest.raises(ShapeError, match=r"got 16x1x3 .* at least 2 rows and 2 columns.* at most 1x2"):
        op.out_shape((16, 1, 3))


@pytest.mark.parametrize("op", [MaxPool2d(), AvgPool2d(), GlobalAvgPool()])
def test_a_row_of_numbers_is_refused(op: Op) -> None:
    with pytest.raises(ShapeError, match="got 64, but needs images"):
        op.out_shape((64,))


@pytest.mark.parametrize(
    ("kernel", "number", "words"),
    [
        ((2, 2), 3, "bottom right"),
        ((3, 3), 4, "middle"),
        ((3, 3), 1, "top"),
        ((1, 2), 0, "left"),
        ((4, 4), 6, "row 2, column 3"),
        ((1, 5), 4, "number 5"),
    ],
)
def test_the_winner_of_a_window_is_named_by_its_place(
    kernel: tuple[int, int], number: int, words: str
) -> None:
    op, cells = MaxPool2d(kernel), np.zeros(kernel[0] * kernel[1])
    cells[number] = 0.19
    assert op.saved_words("winner", cells) == f"The {words} cell won, with 0.19."
