"""Handwritten digits, 8x8: 1,797 real ones, shipped inside scikit-learn (UCI "Optical Recognition of
Handwritten Digits", Alpaydin and Kaynak 1998)."""

import numpy as np

from server.data.dataset import Dataset, one_hot, split

BRIGHTEST = 16


def digits() -> Dataset:
    """The digits, 0 (paper) to 1 (ink), 1437 to train with and 360 to test with."""
    from sklearn.datasets import load_digits

    source = load_digits()
    images = np.moveaxis(source.images / BRIGHTEST, 0, -1)[None]
    targets = one_hot(source.target, 10)
    train, test = split(source.target)
    parts = [np.take(array, part, axis=-1) for part in (train, test) for array in (images, targets)]
    for array in parts:
        array.flags.writeable = False
    return Dataset(
        "digits",
        "handwritten digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink).",
        tuple("0123456789"),
        (1, 8, 8),
        False,
        *parts,
    )
