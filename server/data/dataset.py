"""The type of a data set: inputs with their targets, in a training part and a test part."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stored = NDArray[Any]
"""Inputs in the dtype in which the data set stores them: float64 or uint8."""
Labels = NDArray[Any]
"""Class numbers (examples,), from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Inputs (*shape, examples) with their targets (K, examples), in two disjoint parts; read-only arrays.

    Attributes
    ----------
    name
        The name in a recipe.
    title, about
        For people: what the data set is, and what its numbers mean.
    classes
        The names of the classes, or none for a regression. With classes, targets are one-hot.
    shape
        The shape of one input: (C, H, W) for images, (D,) for rows of numbers.
    signed
        True if an input can be negative.
    train_x, train_targets, test_x, test_targets
        The examples. The test part may be empty.
    scale
        The factor from a stored number to its value: 1/255 for images stored as uint8, which take an eighth
        of the memory of float64.
    """

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    signed: bool
    train_x: Stored
    train_targets: NDArray[np.float64]
    test_x: Stored
    test_targets: NDArray[np.float64]
    scale: float = 1.0

    @property
    def targets(self) -> int:
        """The number of targets of one example, K."""
        return int(self.train_targets.shape[0])

    @property
    def train_examples(self) -> int:
        """The number of training examples."""
        return int(self.train_targets.shape[1])

    @property
    def test_examples(self) -> int:
        """The number of test examples."""
        return int(self.test_targets.shape[1])


def labelled_dataset(
    name: str,
    title: str,
    about: str,
    classes: tuple[str, ...],
    train: tuple[Stored, Labels],
    test: tuple[Stored, Labels],
    *,
    signed: bool = False,
    scale: float = 1.0,
) -> Dataset:
    """A data set for classification, from the inputs (examples, *shape) and the labels of both parts.

    The inputs are not copied. Their memory stays ordered by example, so that a batch is gathered quickly.
    """
    (train_x, train_labels), (test_x, test_labels) = train, test
    dataset = Dataset(
        name,
        title,
        about,
        classes,
        train_x.shape[1:],
        signed,
        np.moveaxis(train_x, 0, -1),
        one_hot(train_labels, len(classes)),
        np.moveaxis(test_x, 0, -1),
        one_hot(test_labels, len(classes)),
        scale,
    )
    for array in (dataset.train_x, dataset.test_x):
        array.flags.writeable = False
    return dataset


def one_hot(labels: NDArray[np.intp], classes: int) -> NDArray[np.float64]:
    """Targets (classes, examples) from labels (examples,): 1 for the class, 0 elsewhere; read-only."""
    targets: NDArray[np.float64] = (np.arange(classes)[:, None] == labels).astype(np.float64)
    targets.flags.writeable = False
    return targets
