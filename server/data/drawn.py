"""The data set "drawn": digits 8x8 that came the way of a drawing, so that drawings are like its examples.

They are those of "digits" and of "handwriting", each a little turned, leaning and wider or narrower than it
was, and made 8x8 by the last step that pictures take (`server.data.formats`).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset, Labels, Stored, classified, divided
from server.data.digits import BRIGHTEST
from server.data.formats import BLOCKS, outline, placed, scaled, slant
from server.data.handwriting import handwriting

Floats = NDArray[np.float64]

WRITTEN_TRAIN, WRITTEN_TEST = 2600, 640
TRAIN_SEED, TEST_SEED = 3, 4
KEY = 1801
LEAN, TURN, WIDEN, MOST = 0.12, 0.1, 0.12, 2.0
"""How far examples are varied, as standard deviations, and at most so many times as far."""


def drawn() -> Dataset:
    """4,037 digits to train with and 1,000 to test with, in sixteenths; the same ones every time."""
    from sklearn.datasets import load_digits

    source = load_digits()
    real_train, real_test = divided(source.images / BRIGHTEST, source.target)
    return classified(
        "drawn",
        "drawn digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink), made the way a drawing or a photo is.",
        tuple("0123456789"),
        _part(real_train, WRITTEN_TRAIN, TRAIN_SEED),
        _part(real_test, WRITTEN_TEST, TEST_SEED),
    )


def _part(real: tuple[Stored, Labels], count: int, seed: int) -> tuple[Stored, Labels]:
    images, labels = handwriting(count, seed)
    random = np.random.Generator(np.random.Philox(key=np.array([KEY, seed], np.uint64)))
    both = [_varied(real[0], random), _varied(np.moveaxis(images[0], -1, 0), random)]
    return np.concatenate(both), np.concatenate([real[1], labels])


def _varied(images: Iterable[Floats], random: np.random.Generator) -> Floats:
    """Images (examples, H, W) of one digit each, as inputs (examples, 1, 8, 8), each varied at random."""
    return np.stack([_one(image, np.clip(random.standard_normal(3), -MOST, MOST)) for image in images])


def _one(image: Floats, vary: Floats) -> Stored:
    """An image (H, W) as an input (1, 8, 8), varied by three numbers of mean 0 and deviation 1."""
    lean, turn, widen = vary * (LEAN, TURN, WIDEN)
    ink = _cut(image)
    return placed(outline(scaled(ink, slant(ink) + lean, turn, 1 + widen)), BLOCKS).stored


def _cut(image: Floats) -> Floats:
    """The image's box of what is at least half as dark as the darkest, with the soft edge around it."""
    ink = image / image.max()
    rows, columns = np.flatnonzero(ink.max(axis=1) >= 0.5), np.flatnonzero(ink.max(axis=0) >= 0.5)
    return np.pad(ink, 1)[rows[0] : rows[-1] + 3, columns[0] : columns[-1] + 3]
