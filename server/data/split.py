"""Training examples divided once more, into those that are trained on and those that validate: stratified, so
that every class keeps its share. scikit-learn does it, and is loaded when somebody asks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.intp]
Divided = tuple[Cells, Cells]


def held_out(labels: Cells, share: float, seed: int) -> Divided:
    """The examples to train on and those held out, about the share `share` of them, from their class numbers.
    ValueError, in a sentence, where some class cannot have examples in both."""
    classes = np.unique(labels).size
    held = int(np.ceil(share * labels.size))
    if _smallest(labels) < 2 or held < classes or labels.size - held < classes:
        raise ValueError(
            f"A share of {share:g} of {labels.size:,} training examples does not give each of {classes} "
            "classes an example on both sides: use a larger share, or other data."
        )
    from sklearn.model_selection import StratifiedShuffleSplit

    return _only(StratifiedShuffleSplit(1, test_size=share, random_state=seed), labels, 0)


def fold_of(labels: Cells, folds: int, fold: int, seed: int) -> Divided:
    """The examples to train on, and those of fold number `fold` of `folds`, from their class numbers: each
    example is in exactly one fold. ValueError, in a sentence, where a class has fewer examples than folds."""
    if (fewest := _smallest(labels)) < folds:
        raise ValueError(
            f"{folds} folds need {folds} training examples of each class, and one class has {fewest}: use "
            "fewer folds."
        )
    from sklearn.model_selection import StratifiedKFold

    return _only(StratifiedKFold(folds, shuffle=True, random_state=seed), labels, fold)


def _smallest(labels: Cells) -> int:
    """The examples of the smallest class that has any."""
    return int(np.unique(labels, return_counts=True)[1].min())


def _only(splitter: Any, labels: Cells, number: int) -> Divided:
    """One of a splitter's divisions, each side in order."""
    train, validation = list(splitter.split(np.zeros(labels.size), labels))[number]
    return np.sort(train), np.sort(validation)
