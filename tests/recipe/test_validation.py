"""Validation: held-out examples are not trained on, and the run is evaluated on them."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from server.nn.evaluation import evaluate
from server.recipe.batches import batch_examples, gather
from server.recipe.errors import RecipeError
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.recipe.splits import examples_of
from server.run.history import History
from tests.networks import recipe

HELD = {"kind": "hold_out", "share": 0.2}


def fold(number: int, folds: int = 5) -> dict[str, Any]:
    return {"kind": "k_fold", "folds": folds, "fold": number}


def test_validation_divides_the_training_examples_and_leaves_the_test_examples() -> None:
    divided, whole = recipe(validation=HELD), recipe()
    train, validation = examples_of(divided, "train"), examples_of(divided, "validation")
    assert sorted([*train, *validation]) == examples_of(whole, "train").tolist()
    assert validation.size == 288
    assert examples_of(whole, "validation").size == 0
    assert (examples_of(divided, "test") == examples_of(whole, "test")).all()
    other = examples_of(recipe(validation=HELD, seed=8), "validation")
    assert other.tolist() != validation.tolist()


def test_an_epoch_has_each_training_example_once_and_no_validation_example() -> None:
    run = plan(recipe(validation=fold(2), batch_size=32))
    shown = np.concatenate([batch_examples(run, t) for t in range(run.iterations_per_epoch)])
    assert sorted(shown) == examples_of(run.recipe, "train").tolist()
    assert not set(shown) & set(run.validation)


def test_the_folds_of_a_recipe_hold_out_each_example_once() -> None:
    held = [examples_of(recipe(validation=fold(number)), "validation") for number in range(5)]
    assert sorted(np.concatenate(held)) == list(range(1437))


def test_a_run_is_evaluated_on_the_validation_split_or_else_on_the_test_split() -> None:
    divided = plan(recipe(validation=HELD, batch_size=32))
    assert (divided.monitored, plan(recipe()).monitored) == ("validation", "test")
    assert (divided.evaluated == divided.validation).all()
    history = History(divided)
    history.advance(20)
    x, targets = gather(divided, "validation", divided.validation)
    last = history.evaluations[-1]
    state = history.state(last.iteration)
    expected = evaluate(divided.network, divided.recipe.loss, state, x, targets)
    assert (last.accuracy, last.loss) == pytest.approx(expected)


def test_preprocessing_is_fitted_to_the_training_split_and_leaves_validation_labels() -> None:
    made = {"label_noise": 1, "balance": "uneven", "scaling": "standardised"}
    run = plan(recipe(validation=HELD, preprocessing=made, augmentation={"noise": 0.5}))
    assert run.validation.size == 288
    assert not set(run.training) & set(run.validation)
    x, targets = gather(run, "validation", run.validation)
    stored = run.dataset.train_targets[:, run.validation]
    assert (targets == stored).all()
    # The mean and the deviation are those of the training split.
    values = run.dataset.train_x[..., run.training] * run.dataset.scale
    raw = run.dataset.train_x[..., run.validation] * run.dataset.scale
    np.testing.assert_allclose(x, (raw - values.mean()) / values.std(), rtol=1e-4, atol=1e-5)


def test_without_validation_all_training_examples_are_trained_on() -> None:
    assert Recipe().validation.kind == "none"
    run = plan(recipe(preprocessing={"balance": "uneven"}))
    assert run.validation.size == 0
    assert plan(recipe()).training.tolist() == list(range(1437))


def test_validation_of_data_without_classes_is_refused() -> None:
    fields = {"network": [{"kind": "dense", "units": 2}], "loss": {"kind": "squared_error"}}
    with pytest.raises(RecipeError, match="the examples of two_inputs have targets") as refusal:
        plan(recipe(dataset="two_inputs", validation=HELD, **fields))
    assert refusal.value.field == "validation"


def test_an_edit_with_a_held_out_example_is_refused() -> None:
    held = int(examples_of(recipe(validation=HELD), "validation")[0])
    edits = [{"kind": "example", "iteration": 0, "example": held}]
    with pytest.raises(RecipeError, match=f"Training example {held} is held out") as refusal:
        plan(recipe(validation=HELD, edits=edits))
    assert refusal.value.field == "edits.0.example"


def test_a_fold_beyond_the_last_is_refused() -> None:
    with pytest.raises(ValidationError, match="Of 5 folds the last is number 4, not 5"):
        recipe(validation=fold(5))


def test_early_stopping_monitors_the_validation_loss() -> None:
    rule = {"kind": "patience", "patience": 1}
    run = History(plan(recipe(0.5, validation=HELD, epochs=30, early_stopping=rule, batch_size=16)))
    run.advance(run.plan.iterations)
    assert run.plan.monitored == "validation"
    assert run.stopped is not None
    losses = [evaluation.loss for evaluation in run.evaluations]
    assert run.stopped.lowest == min(losses)
