"""Scaling, whitening, class balance, label noise and augmentation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from server.data import load
from server.data.augment import augment
from server.data.dataset import Dataset
from server.data.preprocess import add_label_noise, fit_preprocessing, rebalance

NOTHING = {"shift": 0.0, "rotation": 0.0, "scale": 0.0, "noise": 0.0}


@pytest.fixture(params=["digits", "signals", "shapes"])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return load(request.param)


def rows(dataset: Dataset) -> np.ndarray:
    return np.moveaxis(dataset.train_x, -1, 0)


def everything(dataset: Dataset) -> np.ndarray:
    return np.arange(dataset.train_examples)


def test_standardised_inputs_have_mean_0_and_deviation_1_in_each_channel(dataset: Dataset) -> None:
    x = fit_preprocessing(dataset, "standardised", False, everything(dataset))(rows(dataset), "float64")
    by_channel = x.reshape(x.shape[0], -1)
    assert by_channel.mean(axis=1) == pytest.approx(0, abs=1e-9)
    assert by_channel.std(axis=1) == pytest.approx(1, abs=1e-9)


def test_a_transform_is_fitted_to_the_training_examples_only() -> None:
    dataset, some = load("digits"), np.arange(0, 100)
    x = fit_preprocessing(dataset, "standardised", False, some)(rows(dataset)[some], "float64")
    assert (x.mean(), x.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1, abs=1e-9))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_centred_subtracts_a_half_and_unit_changes_nothing(dtype: str) -> None:
    for name in ("digits", "shapes"):
        dataset = load(name)
        unit, centred = (
            fit_preprocessing(dataset, scaling, False, everything(dataset)) for scaling in ("unit", "centred")
        )
        x = unit(rows(dataset), dtype)
        assert_allclose(x, dataset.train_x * dataset.scale, rtol=0, atol=1e-6)
        assert x.dtype == dtype
        assert_allclose(centred(rows(dataset), dtype), x - 0.5, rtol=0, atol=1e-6)
        assert unit.colours() == (0, 1)
        assert centred.colours() == (-0.5, 0.5)


def test_whitening_equalises_the_large_variances_and_removes_correlation() -> None:
    dataset = load("signals")
    x = fit_preprocessing(dataset, "unit", True, everything(dataset))(rows(dataset), "float64")
    x = x.reshape(-1, x.shape[-1])
    assert x.mean(axis=1) == pytest.approx(0, abs=1e-9)
    plain = (dataset.train_x * dataset.scale).reshape(x.shape)
    spread = [np.linalg.eigvalsh(np.cov(numbers)) for numbers in (plain, x)]
    ratios = [variances[-20] / variances[-1] for variances in spread]
    assert ratios[0] < 0.1
    assert ratios[1] > 0.3
    assert spread[1].max() <= 1.01


@pytest.mark.parametrize(
    ("name", "scaling", "whitening", "words"),
    [("signals", "centred", False, "both sides of 0"), ("shapes", "unit", True, "at most 1,024 numbers")],
)
def test_impossible_preprocessing_is_refused(name: str, scaling: str, whitening: bool, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_preprocessing(load(name), scaling, whitening, np.arange(10))  # type: ignore[arg-type]


@given(counts=st.lists(st.integers(1, 60), min_size=2, max_size=8), seed=st.integers(0, 99))
def test_balance_gives_the_promised_class_counts(counts: list[int], seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))

    def kept(balance: str) -> np.ndarray:
        chosen = rebalance(labels, len(counts), balance, np.random.default_rng(seed))  # type: ignore[arg-type]
        assert (np.diff(chosen) > 0).all()
        return np.bincount(labels[chosen], minlength=len(counts))

    assert kept("as_is").tolist() == counts
    assert set(kept("equal")) == {min(counts)}
    uneven = kept("uneven")
    assert uneven[0] == counts[0]
    assert uneven[-1] == np.ceil(counts[-1] / 10)
    assert (uneven >= 1).all()


@given(classes=st.integers(2, 10), share=st.floats(0, 1), seed=st.integers(0, 99))
def test_label_noise_changes_the_noisyshare_of_labels(classes: int, share: float, seed: int) -> None:
    labels = np.arange(2000) % classes
    noisy = add_label_noise(labels, classes, share, np.random.default_rng(seed))
    assert noisy.min() >= 0
    assert noisy.max() < classes
    assert abs((noisy != labels).mean() - share) < 0.06


def test_no_augmentation_changes_nothing_and_noise_has_the_noisydeviation() -> None:
    images = np.random.default_rng(1).random((6, 3, 9, 9))
    assert (augment(images, np.random.default_rng(2), **NOTHING) == images).all()
    noisy = augment(images, np.random.default_rng(2), **{**NOTHING, "noise": 0.2})
    assert (noisy - images).std() == pytest.approx(0.2, rel=0.1)
    flat = np.zeros((50, 40))
    assert augment(flat, np.random.default_rng(2), **{**NOTHING, "noise": 1.0}).shape == flat.shape


def test_a_shift_stays_in_its_range_and_preserves_the_sum() -> None:
    images = np.zeros((200, 1, 15, 15))
    images[:, 0, 7, 7] = 1
    moved = augment(images, np.random.default_rng(2), **{**NOTHING, "shift": 3.0})[:, 0]
    assert moved.sum(axis=(1, 2)) == pytest.approx(1)
    row, column = np.mgrid[:15, :15]
    places = np.stack([(moved * axis).sum(axis=(1, 2)) - 7 for axis in (row, column)])
    assert np.abs(places).max() <= 3
    assert places.max() > 2.5
    assert places.min() < -2.5


def test_a_rotation_keeps_a_circle_and_turns_a_line() -> None:
    row, column = np.mgrid[:31, :31] - 15
    ring = np.clip(8 - np.hypot(row, column), 0, 1)
    line = np.clip(2 - np.abs(row), 0, 1) * (np.abs(column) < 10)
    images = np.repeat(np.stack([ring, line])[:, None], 40, axis=0)
    turned = augment(images, np.random.default_rng(3), **{**NOTHING, "rotation": 90.0})
    assert np.abs(turned - images)[:40].mean() < 0.02
    assert np.abs(turned - images)[40:].mean() > 0.05
    assert turned[40:].sum(axis=(1, 2, 3)) == pytest.approx(line.sum(), rel=0.05)


def test_scaling_changes_the_area_by_the_square() -> None:
    row, column = np.mgrid[:41, :41] - 20
    disc = np.clip(8.5 - np.hypot(row, column), 0, 1)
    images = np.repeat(disc[None, None], 100, axis=0)
    sizes = augment(images, np.random.default_rng(3), **{**NOTHING, "scale": 0.5}).sum(axis=(1, 2, 3))
    assert sizes.min() / disc.sum() == pytest.approx(0.25, abs=0.06)
    assert sizes.max() / disc.sum() == pytest.approx(2.25, abs=0.15)


def test_signals_are_shifted_along_their_row_only() -> None:
    signals = np.random.default_rng(1).random((30, 1, 1, 40))
    moved = augment(signals, np.random.default_rng(2), **{**NOTHING, "shift": 5.0, "scale": 0.2})
    assert moved.shape == signals.shape
    assert (moved != signals).any(axis=(1, 2, 3)).all()
    assert moved.min() >= signals.min()
    assert moved.max() <= signals.max()
