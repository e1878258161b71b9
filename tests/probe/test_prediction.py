"""The prediction for a picture, and its verdict."""

from typing import Any

import numpy as np
import pytest

from server.nn.arrays import Array
from server.nn.evaluation import answer
from server.nn.step import State
from server.probe.prediction import predict
from server.recipe.batches import gather, picture_input
from server.recipe.picture import checked
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe
from server.recipe.worked_examples import TWO_INPUTS
from server.run.history import History
from server.run.past import Evaluation
from tests.networks import recipe

PLAN = plan(recipe())


def after(iteration: int, accuracy: float, loss: float) -> Evaluation:
    return Evaluation(iteration=iteration, accuracy=accuracy, loss=loss)


GOOD = after(50, 0.9, 0.3)


def biased(of: Plan, biases: dict[int, float], iteration: int = 60) -> State:
    """A network that answers with its biases alone, whatever it is shown."""
    b = np.zeros(10, np.float32)
    for label, bias in biases.items():
        b[label] = bias
    dense = {"w": np.zeros_like(of.initial().params["dense"]["w"]), "b": b}
    return State(iteration, {**of.initial().params, "dense": dense})


def blank(of: Plan) -> Array:
    return picture_input(of, np.zeros(of.dataset.shape))


@pytest.mark.parametrize("fields", [{}, {"preprocessing": {"scaling": "standardised", "whitening": True}}])
def test_a_test_example_given_as_a_picture_is_answered_as_in_an_evaluation(fields: dict[str, Any]) -> None:
    history = History(plan(Recipe.model_validate({"epochs": 1, **fields})))
    history.advance(30)
    of, state = history.plan, history.state(30)
    picture = checked(of.dataset, of.dataset.test_x[..., 7])
    found = predict(of, state, picture_input(of, picture), history.evaluations)
    x, targets = gather(of, "test", np.array([7]))
    record = answer(of.network, of.recipe.loss, state, x, targets)
    assert (found.answers == record.saved["probabilities"][:, 0]).all()
    assert (found.tensors["dense.out"] == record.out[:, 0]).all()
    assert found.tensors["input.out"].shape == (1, 8, 8)
    assert found.tensors["conv2.out"].shape == (16, 4, 4)
    assert found.tensors["pool1.winner"].shape == (8, 4, 4)
    assert found.winner == record.out[:, 0].argmax()


def test_dropout_is_off_in_a_prediction() -> None:
    network = [{"kind": "flatten"}, {"kind": "dropout", "rate": 0.5}, {"kind": "dense", "units": 10}]
    of = plan(recipe(network=network))
    found = predict(of, of.initial(), picture_input(of, np.full((1, 8, 8), 0.5)), ())
    assert (found.tensors["dropout.out"] == 0.5).all()


@pytest.mark.parametrize(
    ("biases", "verdict", "winner", "runner_up"),
    [
        ({3: 9.0, 5: 1.0}, "sure", 3, 5),
        ({3: 1.0, 5: 0.9}, "unsure", 3, 5),
        ({5: 1.0, 3: 1.0}, "unsure", 3, 5),
    ],
)
def test_an_answer_is_sure_from_seventy_percent_on(
    biases: dict[int, float], verdict: str, winner: int, runner_up: int
) -> None:
    found = predict(PLAN, biased(PLAN, biases), blank(PLAN), [GOOD])
    assert (found.verdict, found.winner, found.runner_up) == (verdict, winner, runner_up)
    assert found.margin == pytest.approx(float(found.answers[winner] - found.answers[runner_up]))
    assert f"{winner} with" in found.words


def test_an_answer_with_a_small_margin_is_unsure() -> None:
    of = plan(recipe(loss={"kind": "binary_cross_entropy"}))
    found = predict(of, biased(of, {3: 3.0, 5: 2.5}), blank(of), [GOOD])
    assert found.answers[3] > 0.9
    assert found.verdict == "unsure"


@pytest.mark.parametrize(
    ("iteration", "evaluations", "sentence"),
    [
        (
            0,
            [after(0, 0.1, 2.3)],
            "The network is untrained: it has its first numbers still. It says 3",
        ),
        (0, [], "The network is untrained: it has its first numbers still."),
        (
            60,
            [
                after(0, 0.9, 2.3),
                after(50, 0.144, 2.2),
                after(70, 0.9, 0.1),
            ],
            "The network is untrained: when it was last tested, after 50 iterations, it got 14.4 % right, "
            "and guessing gets 10 %.",
        ),
    ],
)
def test_a_network_that_does_little_better_than_guessing_is_untrained(
    iteration: int, evaluations: list[Evaluation], sentence: str
) -> None:
    found = predict(PLAN, biased(PLAN, {3: 9.0}, iteration), blank(PLAN), evaluations)
    assert found.verdict == "untrained"
    assert found.words.startswith(sentence)
    assert "means nothing yet" in found.words


def test_without_probabilities_there_is_a_winner_but_no_verdict() -> None:
    of = plan(recipe(loss={"kind": "squared_error"}))
    found = predict(of, biased(of, {3: 2.0, 5: 0.5}), blank(of), [GOOD])
    assert (found.winner, found.runner_up, found.margin, found.verdict) == (3, 5, 1.5, None)
    assert found.words == "The largest output is that of 3, 2; the next that of 5, 0.5."


def test_without_classes_the_words_give_the_outputs() -> None:
    of = plan(TWO_INPUTS.recipe)
    found = predict(of, of.initial(), picture_input(of, np.array([0.05, 0.1])), ())
    assert (found.winner, found.margin, found.verdict) == (None, None, None)
    assert found.words.startswith("The network answers 0.7514")


def test_a_diverged_run_has_no_answer() -> None:
    found = predict(PLAN, biased(PLAN, {3: np.inf}), blank(PLAN), [GOOD])
    assert (found.winner, found.verdict) == (None, None)
    assert "diverged" in found.words
