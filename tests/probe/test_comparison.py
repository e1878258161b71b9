"""Two moments side by side: all numbers are those of the engine."""

from dataclasses import replace

import numpy as np
import pytest

from server.nn.evaluation import answer, evaluate
from server.probe.comparison import Incomparable, compare, train_on, with_picture
from server.recipe.batches import gather
from server.recipe.errors import RecipeError
from server.recipe.picture import checked, encoded
from server.recipe.plan import plan
from server.recipe.worked_examples import TWO_INPUTS
from server.run.history import History
from tests.networks import recipe


@pytest.fixture(scope="module")
def trained() -> History:
    history = History(plan(recipe(0.2, batch_size=4)))
    history.advance(60)
    return history


def drawn() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 17, (1, 8, 8)) / 16


def test_training_on_a_picture_equals_the_run_with_its_edits(trained: History) -> None:
    text, state = encoded(drawn()), trained.state(50)
    edited, after = train_on(trained.plan, state, text, 4, 1, 3)
    assert edited.recipe == with_picture(trained.plan.recipe, 50, text, 4, 1, 3)
    assert [edit.iteration for edit in edited.recipe.edits] == [50, 51, 52]
    run = History(plan(edited.recipe))
    run.advance(53)
    wanted = run.state(53)
    assert after.iteration == 53
    assert (after.params["dense"]["w"] == wanted.params["dense"]["w"]).all()
    assert (run.trace(52).x[..., 1] == drawn().astype(np.float32)).all()
    assert trained.state(50).params["dense"]["w"] is not after.params["dense"]["w"]


def test_both_sides_have_the_engines_numbers(trained: History) -> None:
    of, before = trained.plan, trained.state(50)
    picture = checked(of.dataset, drawn())
    edited, after = train_on(of, before, encoded(picture), 4, 0, 1)
    found = compare((of, before), (edited, after), picture, 4, 5)
    x, targets = drawn().astype(np.float32)[..., None], np.eye(10, dtype=np.float32)[:, [4]]
    for side, state in ((found.before, before), (found.after, after)):
        record = answer(of.network, of.recipe.loss, state, x, targets)
        assert side.answers == tuple(record.saved["probabilities"][:, 0].tolist())
        assert side.loss == record.loss
        assert side.test is not None
        accuracy, loss = evaluate(of.network, of.recipe.loss, state, *gather(of, "test", of.evaluated))
        assert (side.test.accuracy, side.test.loss) == (accuracy, loss)
    assert (found.before.run, found.before.iteration) == (of.recipe.id, 50)
    assert (found.after.run, found.after.iteration) == (edited.recipe.id, 51)
    assert found.after.loss is not None
    assert found.before.loss is not None
    assert found.after.loss < found.before.loss
    assert "The loss of this picture goes from" in found.words


def test_the_weights_that_moved_most_come_first(trained: History) -> None:
    of, before, after = trained.plan, trained.state(50), trained.state(60)
    found = compare((of, before), (of, after), drawn(), None, 7)
    changes = {}
    for name in ("w", "b"):
        old, new = (np.asarray(state.params["dense"][name], np.float64) for state in (before, after))
        for index in np.ndindex(old.shape):
            changes[f"dense.{name}", index] = new[index] - old[index]
    largest = sorted(changes.values(), key=abs, reverse=True)[:7]
    assert [cell.change for cell in found.moved] == pytest.approx(largest)
    for cell in found.moved:
        assert cell.change == pytest.approx(changes[cell.name, cell.index])
        old = before.params["dense"][cell.name.removeprefix("dense.")]
        assert cell.before == old[cell.index] == old.ravel()[cell.cell]
    assert found.parameters == len(changes)
    assert found.changed == sum(change != 0 for change in changes.values())
    assert found.distance == pytest.approx(np.sqrt(sum(change**2 for change in changes.values())))
    assert (found.before.loss, found.after.loss) == (None, None)


def test_a_moment_compared_with_itself_has_no_changes(trained: History) -> None:
    moment = trained.plan, trained.state(50)
    found = compare(moment, moment, drawn(), None, 7)
    assert (found.moved, found.changed, found.distance) == ((), 0, 0)
    assert "No parameter differs." in found.words


def test_networks_with_other_parameters_or_other_data_cannot_be_compared(trained: History) -> None:
    network = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
    larger, lines = plan(recipe(network=network)), plan(TWO_INPUTS.recipe)
    with pytest.raises(Incomparable, match="different networks"):
        compare((trained.plan, trained.state(0)), (larger, larger.initial()), drawn(), None, 7)
    with pytest.raises(Incomparable, match="different data"):
        compare((trained.plan, trained.state(0)), (lines, lines.initial()), drawn(), None, 7)


def test_frozen_parameters_do_not_move() -> None:
    frozen = plan(recipe(frozen=["dense.w", "dense.b"]))
    edited, after = train_on(frozen, frozen.initial(), encoded(drawn()), 4, 0, 1)
    assert compare((frozen, frozen.initial()), (edited, after), drawn(), 4, 7).changed == 0


@pytest.mark.parametrize(
    ("label", "slot", "iterations", "field", "sentence"),
    [
        (10, 0, 1, "label", "There is no class number 10; the last one is 9."),
        (4, 9, 1, "slot", "Iteration 50's batch has no slot 9; the last one is 3."),
        (4, 0, 33, "iterations", "A picture is trained on for 1 to 32 iterations here, not 33."),
    ],
)
def test_what_cannot_be_trained_on_is_refused(
    trained: History, label: int, slot: int, iterations: int, field: str, sentence: str
) -> None:
    with pytest.raises(RecipeError) as refusal:
        train_on(trained.plan, trained.state(50), encoded(drawn()), label, slot, iterations)
    assert (str(refusal.value), refusal.value.field) == (sentence, field)


def test_after_the_last_iteration_there_is_no_training(trained: History) -> None:
    end = replace(trained.state(50), iteration=trained.plan.iterations)
    with pytest.raises(RecipeError, match="comes after the run's last, 359") as refusal:
        train_on(trained.plan, end, encoded(drawn()), 4, 0, 1)
    assert refusal.value.field == "iteration"


def test_a_label_is_a_class(trained: History) -> None:
    moment = trained.plan, trained.state(50)
    with pytest.raises(RecipeError, match="no class number 10") as refusal:
        compare(moment, moment, drawn(), 10, 1)
    assert refusal.value.field == "label"
