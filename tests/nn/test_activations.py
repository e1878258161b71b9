"""Activations: accurate over the whole range of their dtype, with defined slopes at kinks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.nn.ops import GELU, LAYERS, Activation, LeakyReLU, ShapeError, Softmax, Tanh
from tests.cases import CASES

ACTIVATIONS = [*{case.op: None for case in CASES if isinstance(case.op, Activation)}]
every_activation = pytest.mark.parametrize("op", ACTIVATIONS, ids=repr)


@pytest.mark.parametrize("kind", [op for op in LAYERS if issubclass(op, Activation)])
def test_an_activation_has_a_case_with_a_reference_in_pytorch(kind: type[Activation]) -> None:
    assert any(case.reference for case in CASES if type(case.op) is kind), "set `reference` of a case"


@every_activation
@given(st.floats(-20, 20).filter(bool), st.floats(-20, 20))
def test_the_scalar_form_is_the_array_form(op: Activation, x: float, dout: float) -> None:
    value, slope = op.value(np.array([x]))[0], op.slope(np.array([x]))[0]
    assert value == pytest.approx(op.scalar_forward(x), rel=1e-12, abs=1e-300)
    # 1 minus the square of a tanh near 1 has few correct digits.
    assert dout * slope == pytest.approx(op.scalar_backward(dout, x), rel=1e-9, abs=1e-12)


@every_activation
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_curve_and_its_slope_are_accurate_over_the_whole_range_of_the_dtype(
    op: Activation, dtype: str
) -> None:
    largest = np.finfo(dtype).max
    x = np.array([-largest, -1e4, -50, -1e-30, 0, 1e-30, 50, 1e4, largest], dtype)
    with np.errstate(over="raise", invalid="raise"):
        out, slope = op.value(x), op.slope(x)
    assert out.dtype == slope.dtype == dtype
    assert np.isfinite(out).all()
    assert np.isfinite(slope).all()
    assert slope[0] == slope[1]
    assert (np.diff(out[4:]) >= 0).all()


@given(st.floats(-9, 9, width=32))
def test_gelu_in_float32_is_accurate_to_its_last_digits_where_it_is_tiny(x: float) -> None:
    exact = x * math.erfc(-x / math.sqrt(2)) / 2
    out = float(GELU().value(np.array([x], np.float32))[0])
    # An exponent of x*x/2 is as far off as the rounding of x * sqrt(1/2) makes it.
    assert out == pytest.approx(exact, rel=2e-7 * (2 + x * x), abs=1e-37)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_outputs_add_up_to_1_for_inputs_far_apart(dtype: str) -> None:
    x = np.array([[1e4, 0.0], [-1e4, 0.0], [1e4, 0.0]], dtype)
    with np.errstate(over="raise", invalid="raise"):
        out, _ = Softmax().forward(x, {})
        dx, _ = Softmax().backward(np.ones_like(x), x, {}, {})
    np.testing.assert_allclose(out, [[0.5, 1 / 3], [0, 1 / 3], [0.5, 1 / 3]], rtol=1e-6)
    np.testing.assert_allclose(dx, 0, atol=1e-6)


def test_softmax_of_images_is_refused_with_a_remedy() -> None:
    with pytest.raises(ShapeError, match="got 2x3x3, but needs one row of numbers: put a flatten layer"):
        Softmax().out_shape((2, 3, 3))


def test_gelu_equals_the_published_definition() -> None:
    x = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])
    np.testing.assert_allclose(
        GELU().value(x), [-0.00404969, -0.15865525, 0, 0.84134475, 2.99595031], rtol=0, atol=5e-9
    )
    np.testing.assert_allclose(GELU().slope(np.array([0.0, 1.0])), [0.5, 1.0833154705], rtol=1e-9)


def test_the_slope_of_tanh_is_accurate_where_one_minus_its_square_is_not() -> None:
    x = np.array([8.0], np.float32)
    assert Tanh().slope(x)[0] == pytest.approx(1 / math.cosh(8) ** 2, rel=0.2)


def test_a_leaky_relu_leaks_at_zero_and_below() -> None:
    op, x = LeakyReLU(0.25), np.array([[-4.0], [0.0], [2.0]])
    assert op.forward(x, {})[0].tolist() == [[-1], [0], [2]]
    assert op.backward(np.full((3, 1), 8.0), x, {}, {})[0].tolist() == [[2], [2], [8]]


@pytest.mark.parametrize("slope", [-0.1, 1.5, math.nan])
def test_a_leaky_slope_outside_its_bounds_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1, not"):
        LeakyReLU(slope)


@every_activation
def test_a_nan_stays_nan(op: Activation) -> None:
    assert np.isnan(op.value(np.array([np.nan]))).all()
