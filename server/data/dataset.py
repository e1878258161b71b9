"""What a data set is, and how one is split."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPLIT_KEY = 1797
TEST_EVERY = 5


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Images (C, H, W, examples) with the class number of each, in two disjoint parts; read-only arrays.

    Images are float64 between 0 and 1; nothing else in the program scales them. `signed` says whether a
    pixel can be negative.
    """

    name: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    signed: bool
    train_x: NDArray[np.float64]
    train_labels: NDArray[np.intp]
    test_x: NDArray[np.float64]
    test_labels: NDArray[np.intp]


def split(labels: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The examples (train, test), a fifth of them test, every class in proportion; the same on every call.

    In a shuffled row sorted by class, every fifth example is a test example.
    """
    shuffled = np.random.Generator(np.random.Philox(key=SPLIT_KEY)).permutation(labels.size)
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return np.sort(np.delete(by_class, np.s_[::TEST_EVERY])), np.sort(by_class[::TEST_EVERY])
