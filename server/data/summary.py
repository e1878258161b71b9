"""A data set at a glance: the number of examples of each class, and the mean of each class."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset

CHUNK = 4096
"""The number of examples that are converted to float64 at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """The number of examples of each class in both parts, and the mean (classes, *shape) of the training
    examples of each class."""

    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    means: NDArray[np.float64]


@lru_cache(maxsize=32)
def summarise(dataset: Dataset) -> Summary:
    """The summary of a data set with classes. Repeated calls return the same object."""
    train, test = (
        np.rint(targets.sum(axis=1)).astype(int) for targets in (dataset.train_targets, dataset.test_targets)
    )
    sums = np.zeros((len(dataset.classes), int(np.prod(dataset.shape))))
    for start in range(0, dataset.train_examples, CHUNK):
        chunk = slice(start, start + CHUNK)
        rows: NDArray[Any] = np.moveaxis(dataset.train_x[..., chunk], -1, 0)
        sums += dataset.train_targets[:, chunk] @ rows.reshape(len(rows), -1)
    means = sums * dataset.scale / np.maximum(train, 1)[:, None]
    return Summary(tuple(train.tolist()), tuple(test.tolist()), means.reshape(-1, *dataset.shape))
