"""Stratified splits: every class keeps its share in both parts.

`train_test_split` cuts off the test part of a data set, the same in every run. `hold_out` and
`hold_out_fold` cut off the validation part of the training examples, as a recipe asks for. scikit-learn
computes the latter two. It is imported on the first call, because the import takes about half a second.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Labels, Stored

Indices = NDArray[np.intp]
SplitIndices = tuple[Indices, Indices]

TEST_SPLIT_KEY = 1797
TEST_EVERY = 5


def train_test_split(inputs: Stored, labels: Labels) -> tuple[tuple[Stored, Labels], tuple[Stored, Labels]]:
    """The inputs (examples, *shape) and labels (examples,) of the training part and of the test part."""
    train, test = train_test_indices(labels)
    return (inputs[train], labels[train]), (inputs[test], labels[test])


def train_test_indices(labels: Labels) -> SplitIndices:
    """The indices of the training and of the test examples, in ascending order; the same on every call.

    The examples are shuffled and sorted by class. Every fifth of them is a test example.
    """
    shuffled = np.random.Generator(np.random.Philox(key=TEST_SPLIT_KEY)).permutation(labels.size)
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return np.sort(np.delete(by_class, np.s_[::TEST_EVERY])), np.sort(by_class[::TEST_EVERY])


def hold_out(labels: Indices, share: float, seed: int) -> SplitIndices:
    """The indices of the training and of the validation examples, from the labels (examples,) of both.

    `share` is the fraction of the examples that validates. Raises ValueError if one of the parts would have
    no example of some class.
    """
    classes = np.unique(labels).size
    held = int(np.ceil(share * labels.size))
    if _smallest_class(labels) < 2 or held < classes or labels.size - held < classes:
        raise ValueError(
            f"A share of {share:g} of {labels.size:,} training examples does not give each of {classes} "
            "classes an example on both sides: use a larger share, or other data."
        )
    from sklearn.model_selection import StratifiedShuffleSplit

    return _take_split(StratifiedShuffleSplit(1, test_size=share, random_state=seed), labels, 0)


def hold_out_fold(labels: Indices, folds: int, number: int, seed: int) -> SplitIndices:
    """The indices of the training and of the validation examples, where fold `number` of `folds` validates.

    Each example is in exactly one fold. Raises ValueError if a class has fewer examples than folds.
    """
    if (fewest := _smallest_class(labels)) < folds:
        raise ValueError(
            f"{folds} folds need {folds} training examples of each class, and one class has {fewest}: use "
            "fewer folds."
        )
    from sklearn.model_selection import StratifiedKFold

    return _take_split(StratifiedKFold(folds, shuffle=True, random_state=seed), labels, number)


def _smallest_class(labels: Indices) -> int:
    """The number of examples of the smallest class that is present."""
    return int(np.unique(labels, return_counts=True)[1].min())


def _take_split(splitter: Any, labels: Indices, number: int) -> SplitIndices:
    """Split `number` of a scikit-learn splitter, both sides in ascending order."""
    train, validation = list(splitter.split(np.zeros(labels.size), labels))[number]
    return np.sort(train), np.sort(validation)
