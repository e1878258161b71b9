import numpy as np
import pytest

from server.data import load
from server.data.split import TEST_EVERY, train_test_indices

DIGITS = load("digits")
TRAIN_LABELS, TEST_LABELS = (part.argmax(axis=0) for part in (DIGITS.train_targets, DIGITS.test_targets))


def test_shapes_classes_and_counts() -> None:
    assert DIGITS.classes == tuple("0123456789")
    assert DIGITS.shape == (1, 8, 8)
    assert DIGITS.train_x.shape == (1, 8, 8, 1437)
    assert DIGITS.test_x.shape == (1, 8, 8, 360)
    assert (DIGITS.train_examples, DIGITS.test_examples) == (1437, 360)


def test_pixels_are_scaled_from_zero_to_one_and_nothing_can_be_written() -> None:
    for x in (DIGITS.train_x, DIGITS.test_x):
        assert x.dtype == np.float64
        assert (x.min(), x.max()) == (0, 1)
        assert (x * 16 == np.round(x * 16)).all()
    for array in (DIGITS.train_x, DIGITS.train_targets, DIGITS.test_x, DIGITS.test_targets):
        assert not array.flags.writeable


def test_every_image_keeps_its_orientation_and_its_label() -> None:
    from sklearn.datasets import load_digits

    source = load_digits()
    train, test = train_test_indices(source.target)
    for number, index in ((0, train[0]), (700, train[700])):
        assert (DIGITS.train_x[0, :, :, number] * 16 == source.images[index]).all()
        assert TRAIN_LABELS[number] == source.target[index]
    assert (np.moveaxis(DIGITS.test_x[0], -1, 0) * 16 == source.images[test]).all()
    assert (source.target[test] == TEST_LABELS).all()


def test_the_split_is_disjoint_complete_and_the_same_every_time() -> None:
    labels = np.random.default_rng(1).integers(0, 5, 203)
    train, test = train_test_indices(labels)
    assert sorted([*train, *test]) == list(range(203))
    again = train_test_indices(labels)
    assert (again[0] == train).all()
    assert (again[1] == test).all()


@pytest.mark.parametrize("labels", [TRAIN_LABELS, TEST_LABELS])
def test_every_class_has_its_share_of_both_parts(labels: np.ndarray) -> None:
    whole = np.bincount(TRAIN_LABELS) + np.bincount(TEST_LABELS)
    share = labels.size / whole.sum()
    assert np.abs(np.bincount(labels) - whole * share).max() <= 1


def test_a_fifth_is_for_testing_and_the_order_of_the_source_does_not_leak_into_it() -> None:
    train, test = train_test_indices(np.zeros(1000, int))
    assert test.size == 1000 // TEST_EVERY
    assert np.bincount(test % TEST_EVERY, minlength=TEST_EVERY).max() < 80
    assert train.size == 800


def test_loading_twice_gives_the_same_object_and_an_unknown_name_is_an_error() -> None:
    assert load("digits") is DIGITS
    with pytest.raises(KeyError):
        load("letters")
