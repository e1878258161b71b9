"""Early stopping: the iteration at which a run ends depends on its recipe alone."""

from math import inf, nan
from typing import Any

import pytest

from server.recipe.early_stopping import Off, Patience, Stopping, Watch
from server.recipe.errors import RecipeError
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History, NotComputed
from server.run.past import Stop
from server.wire import encode
from tests.networks import recipe

RULE = {"kind": "patience", "patience": 3, "minimum_improvement": 0.01}


def history(parent: History | None = None, **fields: Any) -> History:
    """A run with a learning rate so high that its loss soon stops falling."""
    given = {"batch_size": 8, "epochs": 3, "early_stopping": RULE, **fields}
    return History(plan(recipe(0.5, **given)), parent)


def over(rule: Stopping, *losses: float) -> list[bool]:
    """For each of the losses: True if the rule ends the run after it."""
    watch, found = Watch(), []
    for number, loss in enumerate(losses):
        watch = watch.seen(rule, number, loss)
        found.append(watch.is_over(rule))
    return found


def test_patience_is_the_number_of_evaluations_without_improvement_that_end_a_run() -> None:
    assert over(Patience(2), 3, 2, 2, 2) == [False, False, False, True]
    assert over(Patience(2), 3, 2, 2, 1.9, 2, 1.9) == [False] * 5 + [True]
    assert over(Patience(1), 3, 4) == [False, True]
    assert over(Patience(3), 3, 4, 5) == [False] * 3
    assert over(Off(), 1, 2, 3, 4, 5, 6, 7) == [False] * 7


def test_a_loss_improves_when_it_is_lower_than_the_reference_by_more_than_the_minimum() -> None:
    """Many small decreases add up to one improvement."""
    rule = Patience(2, minimum_improvement=1.0)
    assert over(rule, 5, 4.5, 3.9, 3.4, 2.9) == [False, False, False, False, True]
    assert over(rule, 5, 4.4, 3.8, 3.3, 2.7) == [False] * 5


def test_the_lowest_loss_is_the_first_of_equal_minima_and_independent_of_the_reference() -> None:
    watch, rule = Watch(), Patience(9, 1.0)
    for number, loss in enumerate((3, 2.5, 2.4, 2.4, 2.6)):
        watch = watch.seen(rule, number * 10, loss)
    assert (watch.lowest, watch.lowest_at, watch.reference, watch.waited) == (2.4, 20, 3, 4)


@pytest.mark.parametrize("patience", [0, -1, 10_001])
def test_a_patience_out_of_range_is_refused(patience: int) -> None:
    with pytest.raises(ValueError, match=f"between 1 and 10,000 evaluations, not {patience}"):
        Patience(patience)


@pytest.mark.parametrize("least", [-0.1, inf, nan])
def test_a_minimum_improvement_that_is_negative_or_not_finite_is_refused(least: float) -> None:
    with pytest.raises(ValueError, match="a number from 0 on, not"):
        Patience(minimum_improvement=least)


def test_a_stopped_run_equals_the_whole_run_up_to_its_last_iteration() -> None:
    run = history()
    whole = history(early_stopping={"kind": "off"})
    whole.advance(10_000)
    assert run.advance(10_000) == run.computed < run.plan.iterations
    assert run.ended
    assert run.advance(1) == 0
    found = run.stopped
    assert found is not None
    assert found.iteration == run.computed == run.evaluations[-1].iteration
    lowest = min(run.evaluations, key=lambda evaluation: evaluation.loss)
    assert (found.lowest, found.lowest_at, found.waited) == (lowest.loss, lowest.iteration, 3)
    # Up to there, it equals the run without early stopping.
    assert run.losses.tobytes() == whole.losses[: run.computed].tobytes()
    assert run.evaluations == whole.evaluations[: len(run.evaluations)]
    assert run.trace(run.computed - 1).iteration == run.computed - 1
    with pytest.raises(NotComputed):
        run.trace(run.computed)


def test_the_stop_is_the_same_in_one_advance_in_many_and_after_adopting_a_past() -> None:
    at_once, stepped = history(), history()
    at_once.advance(10_000)
    while stepped.advance(7):
        pass
    assert stepped.stopped == at_once.stopped
    fresh = history()
    assert fresh.adopt(at_once.past())
    assert fresh.stopped == at_once.stopped
    assert fresh.ended


def test_an_edit_before_the_stop_gives_the_branch_a_stop_of_its_own() -> None:
    run = history()
    run.advance(10_000)
    edit = {"kind": "learning_rate", "iteration": 20, "value": 0.03}
    edited, alone = history(run, edits=[edit]), history(edits=[edit])
    assert edited.computed == 20
    assert edited.stopped is None
    for branch in (edited, alone):
        branch.advance(10_000)
    assert edited.stopped == alone.stopped != run.stopped
    assert edited.losses.tobytes() == alone.losses.tobytes()


def test_an_edit_after_the_stop_leaves_the_stop_unchanged() -> None:
    run = history()
    run.advance(10_000)
    late = {"kind": "learning_rate", "iteration": run.computed + 5, "value": 0.03}
    child = history(run, edits=[late])
    assert child.ended
    assert child.stopped == run.stopped


def test_a_run_that_reaches_its_last_iteration_is_not_stopped() -> None:
    run = history(batch_size=256, epochs=1, early_stopping={"kind": "patience", "patience": 6})
    run._watch = Watch(reference=0.0)  # no loss is an improvement
    run.advance(10_000)
    assert run.computed == run.plan.iterations == 6
    assert run.stopped is None
    assert run.ended


def test_the_message_states_the_iteration_the_reason_and_the_best_loss() -> None:
    run = history()
    run.advance(10_000)
    found = encode.runs.stopped(run)
    assert run.stopped is not None
    assert found is not None
    assert (found.iteration, found.best) == (run.stopped.iteration, run.stopped.lowest_at)
    assert found.message.startswith(f"Stopped early, after iteration {found.iteration - 1}: the loss on ")
    assert "examples has not fallen by more than 0.01 for 3 evaluations; the best was 1." in found.message
    assert found.message.endswith(f", after iteration {found.best - 1}.")
    run.stopped = Stop(9, 3, 2.5, 0)
    words = encode.runs.stopped(run)
    assert words is not None
    assert words.message.endswith("the best was 2.5, before the first iteration.")


def test_early_stopping_without_examples_to_evaluate_is_refused() -> None:
    fields: dict[str, Any] = {
        "dataset": "two_inputs",
        "network": [{"kind": "dense", "units": 2}],
        "loss": {"kind": "squared_error"},
    }
    plan(Recipe.model_validate(fields))
    with pytest.raises(RecipeError, match=r"the loss on test examples, and .* has none: turn it off\."):
        plan(Recipe.model_validate({**fields, "early_stopping": {"kind": "patience"}}))
