"""The effect of a step on one of its examples."""

import numpy as np

from server.probe.step_effect import step_effect
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.look import ExampleChoice

NETWORK = [
    {"kind": "conv2d", "filters": 2},
    {"kind": "relu"},
    {"kind": "dropout", "rate": 0.25},
    {"kind": "flatten"},
    {"kind": "dense", "units": 10},
]


def history(**changes: object) -> History:
    made = History(plan(Recipe.model_validate({"network": NETWORK, "dtype": "float64", **changes})))
    made.advance(3)
    return made


def effect(of: History, choice: ExampleChoice, iteration: int = 1):
    trace, slot = of.trace_with(iteration, choice)
    return step_effect(of.plan.network, of.plan.recipe.loss, trace, slot, of.plan.dataset.classes), trace


def test_before_the_update_the_answers_are_those_of_the_iteration() -> None:
    found, trace = effect(history(batch_size=4), ExampleChoice(2))
    assert found.before.answers == tuple(trace.loss.saved["probabilities"][:, 2].tolist())
    assert found.before.loss == trace.loss.losses[2]
    assert found.label == trace.loss.targets[:, 2].argmax()


def test_after_the_update_the_answers_are_those_of_the_updated_parameters_with_the_same_masks() -> None:
    of = history(batch_size=4)
    found, trace = effect(of, ExampleChoice(2))
    x = trace.x
    for record in trace.records:
        given = {name: record.saved[name] for name in record.op.drawn}
        x, _ = record.op.forward(x, record.updated, given)
    losses = of.plan.recipe.loss.forward(x, trace.loss.targets)
    assert found.after.answers == tuple(losses.saved["probabilities"][:, 2].tolist())
    assert found.after.loss == losses.losses[2]


def test_the_words_tell_the_loss_and_the_chance_of_the_true_class() -> None:
    found, _ = effect(history(optimizer={"kind": "sgd", "learning_rate": 0.01}), ExampleChoice(0))
    assert found.before.loss is not None
    assert found.after.loss is not None
    assert found.after.loss < found.before.loss
    assert found.words.startswith("The step made the loss of this example fall from ")
    assert found.words.endswith(" %.")


def test_an_example_that_is_not_in_the_batch_is_changed_by_the_batchs_update() -> None:
    of = history(batch_size=4)
    trace = of.trace(1)
    other = next(n for n in range(10) if n not in trace.examples)
    found, looked = effect(of, ExampleChoice(look=other))
    assert looked.learned is trace
    assert found.before.loss == looked.loss.losses[0]
    assert found.after != found.before


def test_a_step_that_raises_the_loss_says_why() -> None:
    far = {"loss": {"kind": "squared_error"}, "optimizer": {"kind": "sgd", "learning_rate": 1.0}}
    alone, _ = effect(history(**far), ExampleChoice(0), 0)
    assert alone.words.endswith("the step went too far along the slope.")


def test_frozen_parameters_leave_the_loss_as_it_was() -> None:
    frozen = ["conv.w", "conv.b", "dense.w", "dense.b"]
    found, _ = effect(history(frozen=frozen), ExampleChoice(0))
    assert found.before == found.after
    assert found.words.startswith("The step left the loss of this example as it was, at ")


def test_a_loss_that_is_not_finite_has_no_comparison() -> None:
    of = history(batch_size=4)
    trace = of.trace(1)
    losses = np.full(4, np.inf)
    broken = type(trace.loss)(
        trace.loss.out, trace.loss.targets, trace.loss.saved, losses, np.inf, trace.loss.dout
    )
    changed = type(trace)(
        trace.iteration, trace.examples, trace.x, trace.records, broken, trace.learning_rate
    )
    found = step_effect(of.plan.network, of.plan.recipe.loss, changed, 0, of.plan.dataset.classes)
    assert found.before.loss is None
    assert found.words == "The loss is not finite: there is nothing to compare."
