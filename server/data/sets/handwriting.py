"""The data set "handwriting": digits of our own pen, 28x28, in the format of MNIST."""

import numpy as np

from server.data.dataset import Dataset, Labels, Stored, classified
from server.data.pen.handwriting import handwriting

TRAIN, TEST = 3000, 500
TRAIN_SEED, TEST_SEED = 1, 2
WHITE = 255


def written() -> Dataset:
    """3,000 images to train with and 500 to test with, stored as bytes, the same ones every time."""
    return classified(
        "handwriting",
        "handwriting, 28x28",
        "The image's pixels, from 0 (paper) to 1 (ink), written by a procedure.",
        tuple("0123456789"),
        _part(TRAIN, TRAIN_SEED),
        _part(TEST, TEST_SEED),
        scale=1 / WHITE,
    )


def _part(count: int, seed: int) -> tuple[Stored, Labels]:
    images, labels = handwriting(count, seed)
    return np.ascontiguousarray(np.moveaxis(np.rint(images * WHITE).astype(np.uint8), -1, 0)), labels
