import numpy as np
import pytest

from server.nn.optimizers import SGD


@pytest.mark.parametrize("rate", [0.0, -0.1, 1000.5, float("nan"), float("inf")])
def test_impossible_learning_rates_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="must be above 0 and at most 1000, not"):
        SGD(rate)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_change_is_minus_learning_rate_times_gradient_in_its_dtype(dtype: str) -> None:
    gradient = np.array([1.0, -2.5, 0.0], dtype)
    delta = SGD(9).delta(gradient, 0.1)
    assert delta.dtype == dtype
    assert delta.tolist() == (gradient * np.array(-0.1, dtype)).tolist()
