import numpy as np

from server.nn.ops import Flatten, ReLU


def test_relu_takes_its_slope_at_zero_as_zero() -> None:
    x = np.array([[-1.0], [0.0], [2.0]])
    assert ReLU().forward(x, {})[0].tolist() == [[0], [0], [2]]
    assert ReLU().backward(np.full((3, 1), 7.0), x, {}, {})[0].tolist() == [[0], [0], [7]]


def test_relu_of_nan_is_nan() -> None:
    assert np.isnan(ReLU().forward(np.array([[np.nan]]), {})[0]).all()


def test_flatten_is_row_major_and_copies_nothing() -> None:
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    out, _ = Flatten().forward(x, {})
    assert out[:, 0].tolist() == x[..., 0].ravel().tolist()
    assert np.shares_memory(out, x)
    assert np.shares_memory(Flatten().backward(out, x, {}, {})[0], out)
