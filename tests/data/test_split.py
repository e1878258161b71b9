"""Splits are stratified, disjoint, complete, and the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.data.split import TEST_EVERY, hold_out, hold_out_fold, train_test_indices

COUNTS = st.lists(st.integers(10, 60), min_size=2, max_size=6)


def shuffled(counts: list[int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))


def test_the_test_split_is_disjoint_complete_and_deterministic() -> None:
    labels = np.random.default_rng(1).integers(0, 5, 203)
    train, test = train_test_indices(labels)
    assert sorted([*train, *test]) == list(range(203))
    again = train_test_indices(labels)
    assert (again[0] == train).all()
    assert (again[1] == test).all()


def test_a_fifth_is_for_testing_independent_of_the_original_order() -> None:
    train, test = train_test_indices(np.zeros(1000, int))
    assert test.size == 1000 // TEST_EVERY
    assert np.bincount(test % TEST_EVERY, minlength=TEST_EVERY).max() < 80
    assert train.size == 800


@given(counts=COUNTS, share=st.floats(0.15, 0.5), seed=st.integers(0, 2**32 - 1))
def test_hold_out_takes_the_share_from_every_class(counts: list[int], share: float, seed: int) -> None:
    labels = shuffled(counts, seed % 99)
    train, held = hold_out(labels, share, seed)
    assert sorted([*train, *held]) == list(range(labels.size))
    assert (np.diff(train) > 0).all()
    assert (np.diff(held) > 0).all()
    assert held.size == np.ceil(share * labels.size)
    of_class = np.bincount(labels[held], minlength=len(counts))
    assert np.abs(of_class - share * np.array(counts)).max() <= 1.5
    again, _ = hold_out(labels, share, seed)
    assert (again == train).all()


@given(counts=COUNTS, folds=st.integers(2, 10), seed=st.integers(0, 2**32 - 1))
def test_folds_are_disjoint_complete_and_stratified(counts: list[int], folds: int, seed: int) -> None:
    labels = shuffled(counts, seed % 99)
    splits = [hold_out_fold(labels, folds, fold, seed) for fold in range(folds)]
    for train, held in splits:
        assert sorted([*train, *held]) == list(range(labels.size))
        of_class = np.bincount(labels[held], minlength=len(counts))
        assert np.abs(of_class - np.array(counts) / folds).max() <= 1
    assert sorted(np.concatenate([held for _, held in splits])) == list(range(labels.size))


def test_another_seed_gives_another_split() -> None:
    labels = shuffled([50, 50], 1)
    assert hold_out(labels, 0.2, 1)[1].tolist() != hold_out(labels, 0.2, 2)[1].tolist()
    assert hold_out_fold(labels, 5, 0, 1)[1].tolist() != hold_out_fold(labels, 5, 0, 2)[1].tolist()


def test_classes_that_are_too_small_to_split_are_refused() -> None:
    with pytest.raises(ValueError, match="one class has 3: use fewer folds"):
        hold_out_fold(shuffled([3, 50], 1), 4, 0, 1)
    with pytest.raises(ValueError, match="each of 2 classes an example on both sides"):
        hold_out(shuffled([1, 50], 1), 0.2, 1)
    with pytest.raises(ValueError, match="use a larger share"):
        hold_out(shuffled([50, 50, 50], 1), 0.01, 1)
