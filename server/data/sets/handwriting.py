"""The data set "handwriting": generated digits, 28x28, in the format of MNIST."""

import numpy as np

from server.data.dataset import Dataset, Labels, Stored, labelled_dataset
from server.data.pen.handwriting import write_digits

TRAIN_COUNT, TEST_COUNT = 3000, 500
TRAIN_SEED, TEST_SEED = 1, 2
WHITE = 255


def handwriting() -> Dataset:
    """3,000 images for training and 500 for testing, stored as uint8; the same on every call."""
    return labelled_dataset(
        "handwriting",
        "handwriting, 28x28",
        "The image's pixels, from 0 (paper) to 1 (ink), written by a procedure.",
        tuple("0123456789"),
        _write_bytes(TRAIN_COUNT, TRAIN_SEED),
        _write_bytes(TEST_COUNT, TEST_SEED),
        scale=1 / WHITE,
    )


def _write_bytes(count: int, seed: int) -> tuple[Stored, Labels]:
    """Images (count, 1, 28, 28), uint8, and their labels (count,)."""
    images, labels = write_digits(count, seed)
    return np.ascontiguousarray(np.moveaxis(np.rint(images * WHITE).astype(np.uint8), -1, 0)), labels
