"""A whole part of the data answered: the same numbers as everywhere else, whatever the chunks."""

from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest

from server.nn import step
from server.nn.step import answer, evaluate
from server.recipe.plan import Part, plan, taken
from server.recipe.splits import examples_of
from server.recipe.worked_examples import TWO_INPUTS
from server.run.evaluation import Survey, surveyed
from server.run.history import History
from tests.networks import recipe

PARTS = get_args(Part)


@pytest.fixture(scope="module")
def trained() -> History:
    history = History(plan(recipe(0.5, batch_size=16, validation={"kind": "hold_out", "share": 0.25})))
    history.advance(40)
    return history


def whole(history: History, part: Part) -> Survey:
    *_, last = surveyed(history.plan, history.state(history.computed), part)
    return last


@pytest.mark.parametrize("part", PARTS)
def test_accuracy_loss_and_confusion_are_those_of_the_whole_part_at_once(
    trained: History, part: Part
) -> None:
    survey, run, state = whole(trained, part), trained.plan, trained.state(trained.computed)
    x, targets = taken(run, part, examples_of(run.recipe, part))
    accuracy, loss = evaluate(run.network, run.recipe.loss, state, x, targets)
    assert survey.done == survey.total == x.shape[-1] > 0
    assert survey.accuracy == pytest.approx(accuracy)
    assert survey.loss == pytest.approx(loss)
    confusion = survey.confusion(10)
    assert confusion.sum() == survey.total
    assert np.trace(confusion) == round(accuracy * survey.total)
    assert (confusion.sum(axis=1) == targets.sum(axis=1)).all()
    at_once = answer(run.network, run.recipe.loss, state, x, targets)
    assert survey.certainties is not None
    np.testing.assert_allclose(survey.certainties, at_once.saved["probabilities"].max(axis=0), rtol=1e-5)
    assert 0.2 < accuracy < 1


def test_chunks_of_any_size_give_the_same_and_each_survey_holds_what_is_done(
    trained: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = whole(trained, "test")
    monkeypatch.setattr(step, "EVALUATION_PRODUCTS", 7 * trained.plan.network.products)
    surveys: Iterator[Survey] = surveyed(trained.plan, trained.state(trained.computed), "test")
    first = next(surveys)
    assert (first.done, first.accuracy, first.loss, first.total) == (0, None, None, 360)
    assert first.confusion(10).sum() == 0
    second = next(surveys)
    third = next(surveys)
    assert (second.done, third.done) == (7, 14)
    assert not third.answers.flags.writeable
    *_, last = surveys
    assert (last.answers == before.answers).all()
    np.testing.assert_allclose(last.losses, before.losses, rtol=1e-4, atol=1e-6)
    assert (second.answers == last.answers[:7]).all()


def test_mistakes_come_with_the_largest_loss_first_and_a_pair_of_classes_chooses_among_all(
    trained: History,
) -> None:
    survey = whole(trained, "train")
    mistakes = survey.chosen(None, None)
    assert len(mistakes) == (survey.answers != survey.labels).sum() > 0
    assert (survey.answers[mistakes] != survey.labels[mistakes]).all()
    assert (np.diff(survey.losses[mistakes]) <= 0).all()
    confusion = survey.confusion(10)
    for label, given in ((3, 3), (8, 1), (1, 8)):
        chosen = survey.chosen(label, given)
        assert len(chosen) == confusion[label, given]
        assert (survey.labels[chosen] == label).all()
        assert (survey.answers[chosen] == given).all()
    assert len(survey.chosen(4, None)) == confusion[4].sum()
    assert len(survey.chosen(None, 4)) == confusion[:, 4].sum()


def test_a_worked_example_has_a_loss_and_no_test_part() -> None:
    history = History(plan(TWO_INPUTS.recipe))
    assert whole(history, "train").loss == pytest.approx(0.298371109, abs=1e-9)
    assert whole(history, "train").certainties is None
    assert whole(history, "test").total == 0
