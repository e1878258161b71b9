"""The data sets of the worked examples: one example each, small enough to check every number by hand."""

from collections.abc import Sequence

import numpy as np

from server.data.dataset import Dataset


def two_inputs() -> Dataset:
    """Two numbers with two targets, from M. Mazur, "A Step by Step Backpropagation Example" (2015)."""
    return _single_example("two_inputs", "two numbers", [0.05, 0.10], [0.01, 0.99])


def small_image() -> Dataset:
    """A 4x4 image of integers. The nine targets are those of a 2x2 kernel with stride 1."""
    image = [[[1, 0, 2, 3], [4, 1, 0, 1], [2, 3, 1, 0], [0, 1, 2, 4]]]
    return _single_example("small_image", "one 4x4 image", image, [2, -1, 1, 3, 0, 1, 2, 4, -2])


def two_channels() -> Dataset:
    """A 4x4 image of integers with two channels. The nine targets are those of a 2x2 kernel with stride 2
    and padding 1."""
    first = [[1, 0, 2, 3], [4, 1, 0, 1], [2, 3, 1, 0], [0, 1, 2, 4]]
    second = [[0, 2, 1, 1], [3, 0, 1, 2], [1, 1, 4, 0], [2, 0, 3, 1]]
    return _single_example(
        "two_channels", "one 4x4 image in two channels", [first, second], [1, 2, 3, -1, 4, 0, 2, -2, 5]
    )


def bright_pixel() -> Dataset:
    """A 3x3 image with the value 80 at its centre, and one target."""
    return _single_example(
        "bright_pixel", "one 3x3 image", [[[10, 20, 10], [30, 80, 40], [0, 50, 20]]], [100]
    )


def _single_example(name: str, title: str, x: Sequence[object], targets: Sequence[float]) -> Dataset:
    """A data set for regression with one training example and no test example."""
    train_x, train_targets = (np.array(numbers, np.float64)[..., None] for numbers in (x, targets))
    arrays = (train_x, train_targets, train_x[..., :0], train_targets[:, :0])
    for array in arrays:
        array.flags.writeable = False
    shape = train_x.shape[:-1]
    about = "The image's pixels." if len(shape) == 3 else "The numbers that the network is given."
    return Dataset(name, title, about, (), shape, bool(train_x.min() < 0), *arrays)
