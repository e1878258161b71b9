"""Edits that set one cell of a parameter: the iteration computes with it, and training goes on from there."""

from typing import Any

import numpy as np
import pytest

from server.explain.explanation import Explanation, explain
from server.recipe.edit_words import edit_words
from server.recipe.recipe import Recipe
from server.run.history import History
from tests.run.histories import advanced, bytes_of

SET = {"kind": "parameter", "iteration": 5, "name": "dense.w", "cell": 4, "value": 0.75}


def explained(history: History, iteration: int, name: str, cell: int) -> Explanation:
    recipe = history.plan.recipe
    trace = history.trace(iteration)
    return explain(recipe.loss, recipe.optimizer, trace, name, cell, 0, recipe=recipe)


def test_the_iteration_computes_with_the_value_and_all_before_it_without() -> None:
    edited, plain = advanced(8, edits=[SET]), advanced(8)
    for iteration in range(5):
        assert bytes_of(edited.trace(iteration)) == bytes_of(plain.trace(iteration))
    before = edited.trace(4).records[-1].updated["w"]
    record = edited.trace(5).records[-1]
    expected = before.copy()
    expected.ravel()[4] = 0.75
    assert (record.params["w"] == expected).all()
    assert (record.updated["w"] == expected + record.deltas["w"]).all()
    np.testing.assert_allclose(
        record.out, record.params["w"] @ record.x + record.params["b"][:, None], rtol=1e-5
    )
    assert (edited.state(5).params["dense"]["w"] == expected).all()


def test_the_value_stays_when_the_iteration_is_computed_again() -> None:
    edited = advanced(40, edits=[SET])
    first = [bytes_of(edited.trace(iteration)) for iteration in range(40)]
    states = [edited.state(iteration).params["dense"]["w"].tobytes() for iteration in range(41)]
    edited.forget()
    for iteration in (5, 6, 4, 39):
        assert bytes_of(edited.trace(iteration)) == first[iteration]
        assert edited.state(iteration).params["dense"]["w"].tobytes() == states[iteration]


def test_the_last_of_two_settings_of_a_cell_applies() -> None:
    edited = advanced(6, edits=[SET, {**SET, "value": 0.25}])
    assert edited.trace(5).records[-1].params["w"].ravel()[4] == 0.25


def test_the_first_iteration_can_be_edited() -> None:
    edited = advanced(1, edits=[{**SET, "iteration": 0}])
    assert edited.trace(0).records[-1].params["w"].ravel()[4] == 0.75


def test_an_explanation_says_that_a_person_set_the_weight() -> None:
    edited = advanced(8, edits=[SET])
    now, later, other = (
        explained(edited, *at) for at in ((5, "dense.w", 4), (7, "dense.w", 4), (5, "dense.w", 3))
    )
    assert (now.words, now.earlier) == ("A person set this weight to 0.75 at this step.", None)
    assert later.words.endswith("plus its change. A person set it to 0.75 at step 5.")
    assert later.earlier == "dense.new_w"
    assert "person" not in other.words
    assert "person" not in explained(edited, 4, "dense.w", 4).words


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (SET, "At step 5 dense.w[0, 4] is set to 0.75."),
        (
            {"kind": "learning_rate", "iteration": 1200, "value": 0.1},
            "From step 1,200 on the learning rate is 0.1.",
        ),
        (
            {"kind": "example", "iteration": 3, "example": 1000},
            "Step 3 learns from training example 1,000, in place 1 of its batch.",
        ),
        (
            {"kind": "picture", "iteration": 3, "picture": "ADw", "label": 7},
            "Step 3 learns from a drawn 7, in place 1 of its batch.",
        ),
    ],
)
def test_each_edit_has_a_sentence(edit: dict[str, Any], words: str) -> None:
    plan = advanced(0).plan
    (read,) = Recipe.model_validate({"edits": [edit]}).edits
    assert edit_words(read, plan.network, plan.dataset.classes) == words
