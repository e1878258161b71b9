"""The embedded data sets: properties that all of them share, and what makes them learnable."""

from typing import get_args

import numpy as np
import pytest

from server import data
from server.data import LOADERS, BuiltIn, load
from server.data.dataset import Dataset
from server.data.sets.sources import SOURCES
from server.data.summary import summarise
from server.recipe.dataset_names import DatasetName
from server.recipe.defaults import suggested
from server.recipe.plan import plan
from server.run.history import History

EMBEDDED = ("digits", "drawn", "lines", "signals", "shapes", "handwriting")


@pytest.fixture(params=EMBEDDED)
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return load(request.param)


def test_every_built_in_name_has_a_loader() -> None:
    assert set(get_args(BuiltIn)) == set(LOADERS)


def test_arrays_agree_with_the_description(dataset: Dataset) -> None:
    for x, targets in (
        (dataset.train_x, dataset.train_targets),
        (dataset.test_x, dataset.test_targets),
    ):
        assert x.shape == (*dataset.shape, targets.shape[1])
        assert targets.shape[0] == len(dataset.classes) == dataset.targets
        assert (targets.sum(axis=0) == 1).all()
        assert not x.flags.writeable
        assert not targets.flags.writeable
        numbers = x * dataset.scale
        assert (numbers.min() < 0) == dataset.signed
        assert np.abs(numbers).max() <= (1.3 if dataset.signed else 1)


def test_class_counts_are_balanced_and_complete(dataset: Dataset) -> None:
    whole = summarise(dataset)
    if dataset.name in ("lines", "signals", "shapes"):
        assert len(set(whole.train_counts)) == len(set(whole.test_counts)) == 1
    assert sum(whole.train_counts) == dataset.train_examples
    assert sum(whole.test_counts) == dataset.test_examples


def test_no_example_occurs_twice(dataset: Dataset) -> None:
    rows = np.concatenate([np.moveaxis(x, -1, 0) for x in (dataset.train_x, dataset.test_x)])
    assert len(np.unique(rows.reshape(len(rows), -1), axis=0)) == len(rows)


def test_loading_is_deterministic(dataset: Dataset) -> None:
    again = LOADERS[dataset.name]()
    assert again.train_x.tobytes() == dataset.train_x.tobytes()
    assert again.test_targets.tobytes() == dataset.test_targets.tobytes()


def test_the_mean_of_a_class_is_the_mean_of_its_training_examples(dataset: Dataset) -> None:
    means = summarise(dataset).means
    for label in range(len(dataset.classes)):
        of_class = dataset.train_x[..., dataset.train_targets[label] == 1] * dataset.scale
        assert means[label] == pytest.approx(of_class.mean(axis=-1), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "least"),
    [("drawn", 0.9), ("lines", 0.95), ("signals", 0.95), ("shapes", 0.7), ("handwriting", 0.8)],
)
def test_the_suggested_recipe_reaches_a_good_accuracy(name: DatasetName, least: float) -> None:
    run = History(plan(suggested(name, load(name))))
    run.advance(min(4 * run.plan.iterations_per_epoch, 3000), accuracy=least)
    assert run.evaluations[-1].accuracy >= least


@pytest.mark.parametrize("name", ["lines", "signals", "shapes"])
def test_no_single_input_separates_the_classes(name: str) -> None:
    """The best decision stump, over all inputs, is right for less than 60 % of the examples."""
    dataset = load(name)
    x = (dataset.train_x * dataset.scale).reshape(-1, dataset.train_examples)
    high = x > np.median(x, axis=1, keepdims=True)
    right = [
        sum(np.bincount(labels[side], minlength=4).max(initial=0) for side in (cell, ~cell))
        for labels in [dataset.train_targets.argmax(axis=0)]
        for cell in high
    ]
    assert max(right) / dataset.train_examples < 0.6


def test_lines_correlate_most_along_their_own_direction() -> None:
    dataset = load("lines")
    for label, direction in enumerate([(0, 1), (1, 0), (-1, 1), (1, 1)]):
        image = dataset.train_x[0, ..., dataset.train_targets[label] == 1].astype(float)
        rolled = {
            step: (image * np.roll(image, step, axis=(1, 2)))[:, 1:-1, 1:-1].sum()
            for step in [(0, 1), (1, 0), (-1, 1), (1, 1)]
        }
        assert max(rolled, key=lambda step: rolled[step]) == direction, dataset.classes[label]


def test_published_data_sets_have_loaders() -> None:
    assert set(SOURCES) < set(data.LOADERS)
