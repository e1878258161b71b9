"""What a data set is, and how one is split."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPLIT_KEY = 1797
TEST_EVERY = 5


Stored = NDArray[Any]
Labels = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Inputs (*shape, examples) with their targets (K, examples), in two disjoint parts; read-only arrays.

    `title` and `about` tell a reader what it is and what its numbers mean. `shape` is (C, H, W) for images,
    (D,) for rows of numbers. Inputs are stored as float64 or, many pixels being small that way, as uint8; a
    stored number times `scale` is the one that is meant. `signed` says whether one can be negative. Where
    there are `classes`, each example belongs to one: its targets are 1 for that class and 0 for the others.
    The test part may be empty.
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
        """How many targets an example has."""
        return int(self.train_targets.shape[0])

    @property
    def train_examples(self) -> int:
        return int(self.train_targets.shape[1])

    @property
    def test_examples(self) -> int:
        return int(self.test_targets.shape[1])


def classified(
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
    """A data set of examples that belong to classes, from the inputs (examples, *shape) and the class numbers
    (examples,) of its parts. The inputs stay as they lie, so that an example is found in one place."""
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


def divided(inputs: Stored, labels: Labels) -> tuple[tuple[Stored, Labels], tuple[Stored, Labels]]:
    """Inputs (examples, *shape) with their class numbers, in the two parts of `split`: train, test."""
    train, test = split(labels)
    return (inputs[train], labels[train]), (inputs[test], labels[test])


def one_hot(labels: NDArray[np.intp], classes: int) -> NDArray[np.float64]:
    """Targets (classes, examples) from class numbers (examples,): 1 for the class, else 0; read-only."""
    targets: NDArray[np.float64] = (np.arange(classes)[:, None] == labels).astype(np.float64)
    targets.flags.writeable = False
    return targets


def split(labels: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The examples (train, test), a fifth of them test, every class in proportion; the same on every call.

    In a shuffled row sorted by class, every fifth example is a test example.
    """
    shuffled = np.random.Generator(np.random.Philox(key=SPLIT_KEY)).permutation(labels.size)
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return np.sort(np.delete(by_class, np.s_[::TEST_EVERY])), np.sort(by_class[::TEST_EVERY])
