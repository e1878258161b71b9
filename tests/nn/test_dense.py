import numpy as np
import pytest

from server.nn.ops import Dense, ShapeError


def test_an_image_is_refused_with_the_advice_to_flatten_it() -> None:
    with pytest.raises(ShapeError, match=r"got 16x2x2, .* put a flatten layer before it"):
        Dense(10).out_shape((16, 2, 2))


@pytest.mark.parametrize("units", [0, -1, 4097])
def test_impossible_numbers_of_units_are_refused(units: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and 4096 units, not {units}"):
        Dense(units)


def test_a_hand_made_example() -> None:
    x, w, b = np.array([[1.0], [2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.5, -0.5])
    assert Dense(2).forward(x, {"w": w, "b": b})[0].tolist() == [[11.5], [16.5]]
    dx, dparams = Dense(2).backward(np.array([[1.0], [10.0]]), x, {"w": w, "b": b}, {})
    assert dx.tolist() == [[53.0], [64.0]]
    assert dparams["w"].tolist() == [[1, 2], [10, 20]]
    assert dparams["b"].tolist() == [1, 10]
