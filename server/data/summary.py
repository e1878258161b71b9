"""What a data set looks like as a whole: how many examples of each class, and the mean of each class."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset

AT_A_TIME = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Of a data set with classes: examples of each class in both parts, and the mean (classes, *shape) of the
    training examples of each."""

    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    means: NDArray[np.float64]


@lru_cache(maxsize=32)
def summary(dataset: Dataset) -> Summary:
    """The summary of a data set that has classes, made once while it is in use."""
    train, test = (
        np.rint(part.sum(axis=1)).astype(int) for part in (dataset.train_targets, dataset.test_targets)
    )
    sums = np.zeros((len(dataset.classes), int(np.prod(dataset.shape))))
    for start in range(0, dataset.train_examples, AT_A_TIME):
        part = slice(start, start + AT_A_TIME)
        rows: NDArray[Any] = np.moveaxis(dataset.train_x[..., part], -1, 0)
        sums += dataset.train_targets[:, part] @ rows.reshape(len(rows), -1)
    means = sums * dataset.scale / np.maximum(train, 1)[:, None]
    return Summary(tuple(train.tolist()), tuple(test.tolist()), means.reshape(-1, *dataset.shape))
