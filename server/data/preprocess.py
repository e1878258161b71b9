"""From stored examples to the numbers that a network is given: scaling and whitening, and what stands in the
way on purpose: classes in the wrong proportion, wrong labels. Pure functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset, Stored

Scaling = Literal["unit", "centred", "standardised"]
Balance = Literal["as_is", "equal", "uneven"]
Array = NDArray[Any]
Cells = NDArray[np.intp]

LEAST_SHARE = 0.1
AT_A_TIME = 4096
MAX_WHITENED = 1024
"""The most numbers that an example may have to be whitened: its covariances are as many, squared."""
WHITENING_SAMPLE = 10_000
WHITENING_FLOOR = 1e-2
"""What is added to every variance, as a part of the largest: directions with next to none stay small."""


@dataclass(frozen=True, slots=True, eq=False)
class Transform:
    """What happens to each stored example: times `factor`, plus `shift` (numbers, or one for each channel),
    and, where there is a `whitening`, its distance from `mean` times that symmetric matrix."""

    factor: Array
    shift: Array
    mean: Array | None = None
    whitening: Array | None = None

    def __call__(self, rows: Array, dtype: str) -> Array:
        """Stored examples (n, *shape) as the network's inputs (*shape, n), contiguous, of this dtype."""
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
        """What a pixel of 0 and one of 1 become; None where it is not the same for all."""
        if self.whitening is not None or self.factor.size > 1:
            return None
        return float(self.shift.item()), float(self.shift.item() + 1)


def transform(dataset: Dataset, scaling: Scaling, whitening: bool, training: Cells) -> Transform:
    """The transform of a data set, fitted to its `training` examples alone. ValueError, in a sentence, where
    the data set does not have what it takes."""
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


def _moments(dataset: Dataset, training: Cells) -> tuple[Array, Array]:
    """Mean and standard deviation of the training examples' numbers, those of each channel for images."""
    channels = dataset.shape[0] if len(dataset.shape) == 3 else 1
    count, total, squares = 0, np.zeros(channels), np.zeros(channels)
    for rows in _chunks(dataset, training):
        by_channel = rows.reshape(len(rows), channels, -1) * dataset.scale
        count += by_channel[:, 0].size
        total += by_channel.sum(axis=(0, 2))
        squares += (by_channel**2).sum(axis=(0, 2))
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean**2, 0))
    # Numbers that never change are left where they are.
    deviation[deviation < 1e-9] = 1.0
    sides = (channels, *(1 for _ in dataset.shape[1:]))
    return mean.reshape(sides), deviation.reshape(sides)


def _whitening(dataset: Dataset, scaled: Transform, training: Cells) -> tuple[Array, Array]:
    """The mean, and the matrix that gives all principal components the same variance and turns them back into
    pixels (ZCA), so that an image stays one."""
    some = training[np.linspace(0, training.size - 1, min(training.size, WHITENING_SAMPLE)).astype(int)]
    x = scaled(_rows(dataset.train_x, some), "float64").reshape(-1, some.size).T
    mean = x.mean(axis=0)
    variances, directions = np.linalg.eigh((x - mean).T @ (x - mean) / some.size)
    floor = WHITENING_FLOOR * max(variances[-1], 1e-12)
    return mean, (directions / np.sqrt(np.maximum(variances, 0) + floor)) @ directions.T


def _rows(stored: Stored, examples: Cells) -> Array:
    return np.moveaxis(stored, -1, 0)[examples]


def _chunks(dataset: Dataset, examples: Cells) -> Iterator[Array]:
    for start in range(0, examples.size, AT_A_TIME):
        yield _rows(dataset.train_x, examples[start : start + AT_A_TIME])


def balanced(labels: Cells, classes: int, balance: Balance, random: np.random.Generator) -> Cells:
    """Which examples are trained on, in order, from their class numbers: all ("as_is"), of each class as many
    as of the smallest ("equal"), or ever fewer from the first class, all of it, to a tenth of the last
    ("uneven")."""
    if balance == "as_is":
        return np.arange(labels.size)
    counts = np.bincount(labels, minlength=classes)
    if balance == "equal":
        wanted = np.full(classes, counts.min())
    else:
        wanted = np.ceil(counts * np.linspace(1, LEAST_SHARE, classes)).astype(int)
    shuffled = random.permutation(labels.size)
    kept = [shuffled[labels[shuffled] == label][: wanted[label]] for label in range(classes)]
    return np.sort(np.concatenate(kept))


def mislabelled(labels: Cells, classes: int, share: float, random: np.random.Generator) -> Cells:
    """The class numbers with about this share of them replaced by another class each, all as likely."""
    is_wrong = random.random(labels.size) < share
    others = (labels + random.integers(1, max(2, classes), labels.size)) % classes
    return np.where(is_wrong, others, labels)
