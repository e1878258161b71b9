"""Preprocessing: scaling and whitening of the inputs, class balance, and label noise. Pure functions.

A `Transform` turns stored examples into a network's inputs. It is fitted to the training examples only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset, Stored

Scaling = Literal["unit", "centred", "standardised"]
Balance = Literal["as_is", "equal", "uneven"]
Array = NDArray[Any]
Indices = NDArray[np.intp]

UNEVEN_MINIMUM = 0.1
"""The fraction of its examples that the last class keeps when classes are made uneven."""
CHUNK = 4096
"""The number of examples that are converted to float64 at a time."""
MAX_WHITENED = 1024
"""The most numbers in an example that can be whitened: the covariance matrix has that number squared."""
WHITENING_SAMPLE = 10_000
"""The most examples from which the covariance matrix is estimated."""
WHITENING_EPSILON = 1e-2
"""Regularisation: this fraction of the largest variance is added to every variance, so that directions with
almost no variance are not amplified."""


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """An affine map: x * factor + shift, then (x - mean) @ whitening if there is a `whitening` matrix.

    `factor` and `shift` are scalars, or (C, 1, 1) for one value per channel. With D numbers in an example,
    `mean` is (D,), and `whitening` is (D, D) and symmetric.
    """

    factor: Array
    shift: Array
    mean: Array | None = None
    whitening: Array | None = None

    def __call__(self, rows: Array, dtype: str) -> Array:
        """The inputs (*shape, n) for stored examples (n, *shape): contiguous, in this dtype."""
        x = rows.astype(dtype, copy=False)
        if not (self.factor == 1).all():
            x = x * self.factor.astype(dtype)
        if self.shift.any():
            x = x + self.shift.astype(dtype)
        if self.whitening is not None and self.mean is not None:
            flat = (x.reshape(len(x), -1) - self.mean.astype(dtype)) @ self.whitening.astype(dtype)
            x = flat.reshape(x.shape)
        return np.ascontiguousarray(np.moveaxis(x, 0, -1))

    def colours(self) -> tuple[float, float] | None:
        """The inputs for the pixel values 0 and 1, or None if they differ between pixels."""
        if self.whitening is not None or self.factor.size > 1:
            return None
        return float(self.shift.item()), float(self.shift.item() + 1)


def fit_preprocessing(dataset: Dataset, scaling: Scaling, whitening: bool, training: Indices) -> Transform:
    """Fit a transform to the training examples with these indices.

    Parameters
    ----------
    dataset
        The data set.
    scaling
        "unit" keeps the values of the data set, "centred" subtracts 0.5, and "standardised" gives mean 0 and
        standard deviation 1 in each channel.
    whitening
        True for ZCA whitening after the scaling.
    training
        The indices of the training examples.

    Raises
    ------
    ValueError
        If the inputs can be negative and are to be centred, or are too large to be whitened. The message is
        a sentence for people.
    """
    factor, shift = np.array(dataset.scale), np.array(0.0)
    if scaling == "centred":
        if dataset.signed:
            raise ValueError(
                f"Centred takes 0.5 from numbers that lie between 0 and 1, and those of {dataset.name} are "
                "on both sides of 0 already: use unit or standardised."
            )
        shift = np.array(-0.5)
    elif scaling == "standardised":
        mean, deviation = _moments(dataset, training)
        factor, shift = factor / deviation, -mean / deviation
    scaled = Transform(factor, shift)
    if not whitening:
        return scaled
    if (numbers := int(np.prod(dataset.shape))) > MAX_WHITENED:
        raise ValueError(
            f"Whitening takes examples of at most {MAX_WHITENED:,} numbers, and those of {dataset.name} have "
            f"{numbers:,}."
        )
    return Transform(factor, shift, *_whitening(dataset, scaled, training))


def _moments(dataset: Dataset, training: Indices) -> tuple[Array, Array]:
    """The mean and the standard deviation of the training inputs: one of each per channel for images."""
    channels = dataset.shape[0] if len(dataset.shape) == 3 else 1
    count, total, squares = 0, np.zeros(channels), np.zeros(channels)
    for rows in _chunks(dataset, training):
        by_channel = rows.reshape(len(rows), channels, -1) * dataset.scale
        count += by_channel[:, 0].size
        total += by_channel.sum(axis=(0, 2))
        squares += (by_channel**2).sum(axis=(0, 2))
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    # A constant channel is not scaled.
    deviation[deviation < 1e-9] = 1.0
    sides = (channels, *(1 for _ in dataset.shape[1:]))
    return mean.reshape(sides), deviation.reshape(sides)


def _whitening(dataset: Dataset, scaled: Transform, training: Indices) -> tuple[Array, Array]:
    """The mean (D,) and the ZCA whitening matrix (D, D) of the scaled training examples.

    ZCA (Bell and Sejnowski 1997) divides each principal component by its standard deviation and rotates the
    result back, so that an image still looks like an image.
    """
    some = training[np.linspace(0, training.size - 1, min(training.size, WHITENING_SAMPLE)).astype(int)]
    x = scaled(_rows(dataset.train_x, some), "float64").reshape(-1, some.size).T
    mean = x.mean(axis=0)
    variances, directions = np.linalg.eigh((x - mean).T @ (x - mean) / some.size)
    epsilon = WHITENING_EPSILON * max(variances[-1], 1e-12)
    return mean, (directions / np.sqrt(np.maximum(variances, 0) + epsilon)) @ directions.T


def _rows(stored: Stored, examples: Indices) -> Array:
    return np.moveaxis(stored, -1, 0)[examples]


def _chunks(dataset: Dataset, examples: Indices) -> Iterator[Array]:
    for start in range(0, examples.size, CHUNK):
        yield _rows(dataset.train_x, examples[start : start + CHUNK])


def rebalance(labels: Indices, classes: int, balance: Balance, random: np.random.Generator) -> Indices:
    """The indices of the examples to train on, in ascending order, from their labels (examples,).

    "as_is" takes all examples. "equal" takes the size of the smallest class from each class. "uneven" takes
    all of the first class and linearly fewer of each next class, down to a tenth of the last.
    """
    if balance == "as_is":
        return np.arange(labels.size)
    counts = np.bincount(labels, minlength=classes)
    if balance == "equal":
        wanted = np.full(classes, counts.min())
    else:
        wanted = np.ceil(counts * np.linspace(1, UNEVEN_MINIMUM, classes)).astype(int)
    shuffled = random.permutation(labels.size)
    kept = [shuffled[labels[shuffled] == label][: wanted[label]] for label in range(classes)]
    return np.sort(np.concatenate(kept))


def add_label_noise(labels: Indices, classes: int, share: float, random: np.random.Generator) -> Indices:
    """The labels (examples,), each replaced with probability `share` by another class, all equally likely."""
    is_wrong = random.random(labels.size) < share
    others = (labels + random.integers(1, max(2, classes), labels.size)) % classes
    return np.where(is_wrong, others, labels)
