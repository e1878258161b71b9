"""The data of worked examples: one example each, so small that every number can be checked by hand."""

from collections.abc import Sequence

import numpy as np

from server.data.dataset import Dataset


def two_inputs() -> Dataset:
    """Two numbers with two targets: those of M. Mazur, "A Step by Step Backpropagation Example" (2015)."""
    return _single("two_inputs", "two numbers", [0.05, 0.10], [0.01, 0.99])


def small_image() -> Dataset:
    """A 4x4 image of integers, with a target for each place of a 2x2 window."""
    image = [[[1, 0, 2, 3], [4, 1, 0, 1], [2, 3, 1, 0], [0, 1, 2, 4]]]
    return _single("small_image", "one 4x4 image", image, [2, -1, 1, 3, 0, 1, 2, 4, -2])


def two_channels() -> Dataset:
    """A 4x4 image of integers in two channels, with a target for each place of a 2x2 window that goes by
    twos over it and its border."""
    first = [[1, 0, 2, 3], [4, 1, 0, 1], [2, 3, 1, 0], [0, 1, 2, 4]]
    second = [[0, 2, 1, 1], [3, 0, 1, 2], [1, 1, 4, 0], [2, 0, 3, 1]]
    return _single(
        "two_channels", "one 4x4 image in two channels", [first, second], [1, 2, 3, -1, 4, 0, 2, -2, 5]
    )


def bright_pixel() -> Dataset:
    """A 3x3 image whose centre is 80, with one target."""
    return _single("bright_pixel", "one 3x3 image", [[[10, 20, 10], [30, 80, 40], [0, 50, 20]]], [100])


def _single(name: str, title: str, x: Sequence[object], targets: Sequence[float]) -> Dataset:
    """A data set of one example to train with, and none to test with."""
    train_x, train_targets = (np.array(numbers, np.float64)[..., None] for numbers in (x, targets))
    parts = (train_x, train_targets, train_x[..., :0], train_targets[:, :0])
    for array in parts:
        array.flags.writeable = False
    shape = train_x.shape[:-1]
    about = "The image's pixels." if len(shape) == 3 else "The numbers that the network is given."
    return Dataset(name, title, about, (), shape, bool(train_x.min() < 0), *parts)
