from collections.abc import Sequence

import numpy as np

from tests.nn.gradcheck import relative_error


def test_a_right_gradient_passes_and_each_wrong_component_fails() -> None:
    def function(arrays: Sequence[np.ndarray]) -> float:
        return float((arrays[0] ** 2).sum() + np.sin(arrays[1]).sum())

    point = [np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.5])]
    gradient = [2 * point[0], np.cos(point[1])]
    assert relative_error(function, point, gradient, np.random.default_rng(1)) < 1e-8
    for number, cell in ((0, 0), (0, 2), (1, 1)):
        wrong = [array.copy() for array in gradient]
        wrong[number][cell] += 0.01
        assert relative_error(function, point, wrong, np.random.default_rng(1)) > 1e-4
