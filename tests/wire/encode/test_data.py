"""Data sets as messages."""

from typing import get_args

import numpy as np
import pytest

from server.data import load
from server.data.sets.sources import SOURCES, SourceName
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.wire import encode
from server.wire.encode.data import CHOICES
from tests.web.helpers import numbers


@pytest.mark.parametrize("part", ["train", "test"])
def test_examples_of_a_split_are_in_order(part: str) -> None:
    dataset = load("shapes")
    x, targets = getattr(dataset, f"{part}_x"), getattr(dataset, f"{part}_targets")
    examples = encode.data.examples(Recipe(dataset="shapes"), part, 5, 3, None)
    assert examples.numbers == (5, 6, 7)
    shown = numbers(examples.images.model_dump())
    assert shown == pytest.approx(np.moveaxis(x[..., 5:8], -1, 0) / 255, abs=1e-7)
    assert examples.labels == tuple(targets[:, 5:8].argmax(axis=0).tolist())
    assert examples.total == targets.shape[1]


def test_examples_of_one_class_have_their_numbers_in_the_data_set() -> None:
    dataset = load("digits")
    of_class = np.flatnonzero(dataset.train_targets.argmax(axis=0) == 4)
    examples = encode.data.examples(Recipe(dataset="digits"), "train", 2, 10, 4)
    assert examples.numbers == tuple(of_class[2:12])
    assert set(examples.labels) == {4}
    assert examples.total == of_class.size
    assert encode.data.examples(Recipe(dataset="digits"), "train", 0, 10, 99).total == 0
    assert encode.data.examples(Recipe(dataset="two_inputs"), "train", 0, 10, 0).total == 0
    assert encode.data.examples(Recipe(dataset="two_inputs"), "train", 0, 10, None).labels == (None,)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CHOICES if name not in SOURCES])
def test_class_counts_add_up_and_the_suggested_recipe_can_be_run(name: encode.data.Choice) -> None:
    detail = encode.data.detail(name, None)
    assert detail.info.ready
    assert sum(detail.train_counts) == detail.info.train_examples
    assert sum(detail.test_counts) == detail.info.test_examples
    assert numbers(detail.means.model_dump()).shape == (len(detail.info.classes), *detail.info.shape)
    assert plan(detail.recipe).dataset is load(name)


def test_the_data_sets_that_can_be_downloaded_are_the_sources() -> None:
    assert set(get_args(SourceName)) == set(SOURCES) < set(CHOICES)
    for name in SOURCES:
        info = encode.data.info(name, None)
        assert not info.ready
        assert info.download_bytes == SOURCES[name].size
