"""The evaluation of a split in chunks equals the evaluation in one pass."""

from typing import get_args

import numpy as np
import pytest

from server.nn.evaluation import answer, evaluate
from server.recipe.batches import gather
from server.recipe.plan import plan
from server.recipe.splits import Split, examples_of
from server.recipe.worked_examples import TWO_INPUTS
from server.run.evaluation import SplitEvaluation, evaluate_split
from server.run.history import History
from tests.networks import recipe

SPLITS = get_args(Split)


@pytest.fixture(scope="module")
def trained() -> History:
    history = History(plan(recipe(0.5, batch_size=16, validation={"kind": "hold_out", "share": 0.25})))
    history.advance(40)
    return history


def whole(history: History, split: Split) -> SplitEvaluation:
    *_, last = evaluate_split(history.plan, history.state(history.computed), split)
    return last


@pytest.mark.parametrize("split", SPLITS)
def test_accuracy_loss_and_confusion_equal_those_of_one_pass_over_the_split(
    trained: History, split: Split
) -> None:
    evaluation, run, state = whole(trained, split), trained.plan, trained.state(trained.computed)
    x, targets = gather(run, split, examples_of(run.recipe, split))
    accuracy, loss = evaluate(run.network, run.recipe.loss, state, x, targets)
    assert evaluation.done == evaluation.total == x.shape[-1] > 0
    assert evaluation.accuracy == pytest.approx(accuracy)
    assert evaluation.loss == pytest.approx(loss)
    confusion = evaluation.confusion(10)
    assert confusion.sum() == evaluation.total
    assert np.trace(confusion) == round(accuracy * evaluation.total)
    assert (confusion.sum(axis=1) == targets.sum(axis=1)).all()
    at_once = answer(run.network, run.recipe.loss, state, x, targets)
    assert evaluation.certainties is not None
    np.testing.assert_allclose(evaluation.certainties, at_once.saved["probabilities"].max(axis=0), rtol=1e-5)
    assert 0.2 < accuracy < 1


def test_the_size_of_chunks_does_not_change_the_results_and_partial_evaluations_are_prefixes(
    trained: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = whole(trained, "test")
    monkeypatch.setattr("server.nn.evaluation.EVALUATION_PRODUCTS", 7 * trained.plan.network.products)
    evaluations = evaluate_split(trained.plan, trained.state(trained.computed), "test")
    first = next(evaluations)
    assert (first.done, first.accuracy, first.loss, first.total) == (0, None, None, 360)
    assert first.confusion(10).sum() == 0
    second = next(evaluations)
    third = next(evaluations)
    assert (second.done, third.done) == (7, 14)
    assert not third.answers.flags.writeable
    *_, last = evaluations
    assert (last.answers == before.answers).all()
    np.testing.assert_allclose(last.losses, before.losses, rtol=1e-4, atol=1e-6)
    assert (second.answers == last.answers[:7]).all()


def test_mistakes_are_sorted_by_loss_and_a_pair_of_classes_selects_from_all_examples(
    trained: History,
) -> None:
    evaluation = whole(trained, "train")
    mistakes = evaluation.select(None, None)
    assert len(mistakes) == (evaluation.answers != evaluation.labels).sum() > 0
    assert (evaluation.answers[mistakes] != evaluation.labels[mistakes]).all()
    assert (np.diff(evaluation.losses[mistakes]) <= 0).all()
    confusion = evaluation.confusion(10)
    for label, answered in ((3, 3), (8, 1), (1, 8)):
        chosen = evaluation.select(label, answered)
        assert len(chosen) == confusion[label, answered]
        assert (evaluation.labels[chosen] == label).all()
        assert (evaluation.answers[chosen] == answered).all()
    assert len(evaluation.select(4, None)) == confusion[4].sum()
    assert len(evaluation.select(None, 4)) == confusion[:, 4].sum()


def test_a_worked_example_has_a_loss_and_no_test_split() -> None:
    history = History(plan(TWO_INPUTS.recipe))
    assert whole(history, "train").loss == pytest.approx(0.298371109, abs=1e-9)
    assert whole(history, "train").certainties is None
    assert whole(history, "test").total == 0
