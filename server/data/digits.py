"""Handwritten digits, 8x8: 1,797 real ones, shipped inside scikit-learn (UCI "Optical Recognition of
Handwritten Digits", Alpaydin and Kaynak 1998)."""

import numpy as np

from server.data.dataset import Dataset, split

BRIGHTEST = 16


def digits() -> Dataset:
    """The digits, 0 (paper) to 1 (ink), 1437 to train with and 360 to test with."""
    from sklearn.datasets import load_digits

    source = load_digits()
    images = np.moveaxis(source.images / BRIGHTEST, 0, -1)[None]
    labels = source.target.astype(np.intp)
    train, test = split(labels)
    train_x, test_x = np.take(images, train, axis=-1), np.take(images, test, axis=-1)
    train_labels, test_labels = labels[train], labels[test]
    for array in (train_x, test_x, train_labels, test_labels):
        array.flags.writeable = False
    return Dataset(
        name="digits",
        classes=tuple("0123456789"),
        shape=(1, 8, 8),
        signed=False,
        train_x=train_x,
        train_labels=train_labels,
        test_x=test_x,
        test_labels=test_labels,
    )
