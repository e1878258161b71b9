"""Preprocessing and augmentation in a recipe: the inputs of the network, and their exact replay."""

from typing import Any

import numpy as np
import pytest

from server.recipe.batches import batch_examples, training_batch
from server.recipe.errors import RecipeError
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from tests.examples import all_examples

DENSE = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
CHANGES = {"shift": 1.5, "rotation": 20, "scale": 0.2, "noise": 0.1}


def planned(dataset: str = "digits", units: int = 10, **fields: Any) -> Any:
    network = [{"kind": "flatten"}, {"kind": "dense", "units": units}]
    return plan(Recipe.model_validate({"dataset": dataset, "network": network, "batch_size": 8, **fields}))


def test_augmentation_is_replayed_bit_for_bit_and_differs_between_iterations() -> None:
    run = History(planned(augmentation=CHANGES))
    run.advance(40)
    before = [run.trace(t).x.tobytes() for t in (3, 30)]
    losses = run.losses.tolist()
    run.forget()
    assert [run.trace(t).x.tobytes() for t in (3, 30)] == before
    again = History(planned(augmentation=CHANGES))
    again.advance(40)
    assert again.losses.tolist() == losses
    plain = planned()
    x, targets, examples = training_batch(plain, 3)
    assert (examples == run.trace(3).examples).all()
    assert (targets == run.trace(3).loss.targets).all()
    assert (x != run.trace(3).x).any()
    edits = [{"kind": "example", "iteration": t, "slot": 0, "example": 5} for t in (1, 2)]
    one = planned(augmentation=CHANGES, edits=edits)
    first, second = (training_batch(one, t)[0][..., 0] for t in (1, 2))
    assert (first != second).any()


def test_test_examples_are_scaled_but_not_augmented_or_mislabelled() -> None:
    made = {"scaling": "centred", "label_noise": 1}
    changed, plain = planned(augmentation=CHANGES, preprocessing=made), planned()
    (x, targets), (plain_x, plain_targets) = all_examples(changed, "test"), all_examples(plain, "test")
    assert x == pytest.approx(plain_x - 0.5, abs=1e-6)
    assert (targets == plain_targets).all()
    wrong, right = all_examples(changed, "train")[1], all_examples(plain, "train")[1]
    assert not (wrong * right).any()
    assert (wrong.sum(axis=0) == 1).all()


@pytest.mark.parametrize(
    ("fields", "signed"),
    [
        ({}, False),
        ({"preprocessing": {"scaling": "centred"}}, True),
        ({"preprocessing": {"scaling": "standardised"}}, True),
        ({"preprocessing": {"whitening": True}}, True),
        ({"augmentation": {"noise": 0.1}}, True),
        ({"augmentation": {"shift": 1}}, False),
    ],
)
def test_the_input_is_signed_exactly_where_it_can_be_negative(fields: dict[str, Any], signed: bool) -> None:
    made = planned(**fields)
    assert made.network.input_signed == signed
    smallest = min(training_batch(made, t)[0].min() for t in range(20))
    assert (smallest < 0) == signed
    assert (made.about == made.dataset.about) == (fields == {})


def test_an_epoch_of_a_balanced_run_has_every_remaining_example_once() -> None:
    made = planned(preprocessing={"balance": "uneven"})
    assert made.training.size < made.dataset.train_examples
    assert made.iterations_per_epoch == -(-made.training.size // 8)
    shown = np.concatenate([batch_examples(made, t) for t in range(made.iterations_per_epoch)])
    assert sorted(shown) == made.training.tolist()
    other = planned(preprocessing={"balance": "uneven"}, seed=8)
    assert other.training.tolist() != made.training.tolist()


def test_wrong_labels_are_the_same_in_every_epoch() -> None:
    made = planned(preprocessing={"label_noise": 0.3})
    noisy, right = all_examples(made, "train")[1], all_examples(planned(), "train")[1]
    assert 0.25 < (noisy != right).any(axis=0).mean() < 0.35
    for t in (0, made.iterations_per_epoch):
        _, targets, examples = training_batch(made, t)
        assert (targets == noisy[:, examples]).all()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        (
            {"dataset": "signals", "units": 4, "preprocessing": {"scaling": "centred"}},
            "preprocessing.scaling",
            "0",
        ),
        (
            {"dataset": "shapes", "units": 4, "preprocessing": {"whitening": True}},
            "preprocessing.whitening",
            "3,072",
        ),
        (
            {"dataset": "signals", "units": 4, "augmentation": {"rotation": 5}},
            "augmentation.rotation",
            "signals, which have no rotation",
        ),
    ],
)
def test_preprocessing_that_does_not_fit_the_data_set_is_refused_with_its_setting(
    fields: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(RecipeError, match=words) as refusal:
        planned(**fields)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "fields",
    [
        {"preprocessing": {"label_noise": 0.1}},
        {"preprocessing": {"balance": "equal"}},
        {"augmentation": {"shift": 1}},
    ],
)
def test_label_noise_balance_and_augmentation_are_refused_for_rows_of_numbers(fields: dict[str, Any]) -> None:
    recipe = {"dataset": "two_inputs", "network": [{"kind": "dense", "units": 2}], "batch_size": 1}
    with pytest.raises(RecipeError, match="two_inputs"):
        plan(Recipe.model_validate({**recipe, "loss": {"kind": "squared_error"}, **fields}))
