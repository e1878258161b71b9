"""The data set "digits": its arrays, its labels, and its test part."""

import numpy as np
import pytest

from server.data import load
from server.data.split import train_test_indices

DIGITS = load("digits")
TRAIN_LABELS, TEST_LABELS = (
    targets.argmax(axis=0) for targets in (DIGITS.train_targets, DIGITS.test_targets)
)


def test_shapes_classes_and_counts() -> None:
    assert DIGITS.classes == tuple("0123456789")
    assert DIGITS.shape == (1, 8, 8)
    assert DIGITS.train_x.shape == (1, 8, 8, 1437)
    assert DIGITS.test_x.shape == (1, 8, 8, 360)
    assert (DIGITS.train_examples, DIGITS.test_examples) == (1437, 360)


def test_pixels_are_0_to_1_and_arrays_are_read_only() -> None:
    for x in (DIGITS.train_x, DIGITS.test_x):
        assert x.dtype == np.float64
        assert (x.min(), x.max()) == (0, 1)
        assert (x * 16 == np.round(x * 16)).all()
    for array in (DIGITS.train_x, DIGITS.train_targets, DIGITS.test_x, DIGITS.test_targets):
        assert not array.flags.writeable


def test_images_and_labels_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    source = load_digits()
    parts = ((DIGITS.train_x, TRAIN_LABELS), (DIGITS.test_x, TEST_LABELS))
    for (x, labels), indices in zip(parts, train_test_indices(source.target), strict=True):
        assert (np.moveaxis(x[0], -1, 0) * 16 == source.images[indices]).all()
        assert (labels == source.target[indices]).all()


@pytest.mark.parametrize("labels", [TRAIN_LABELS, TEST_LABELS])
def test_every_class_has_its_share_of_both_parts(labels: np.ndarray) -> None:
    whole = np.bincount(TRAIN_LABELS) + np.bincount(TEST_LABELS)
    share = labels.size / whole.sum()
    assert np.abs(np.bincount(labels) - whole * share).max() <= 1


def test_loading_twice_gives_the_same_object_and_an_unknown_name_is_an_error() -> None:
    assert load("digits") is DIGITS
    with pytest.raises(KeyError):
        load("letters")
