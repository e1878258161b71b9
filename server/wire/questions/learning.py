"""Questions about what an iteration did: updates, shares of examples, effects, the batch."""

from server.explain.tensors import check_example
from server.probe.step_effect import StepEffect, step_effect
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import encode
from server.wire.messages.learning import Batch, Filmstrip, GradientShares, ParameterUpdate, WeightHistory
from server.wire.questions.moments import check_computed, chosen, computed


def update(history: History, iteration: int, name: str) -> ParameterUpdate:
    """A parameter before and after the iteration, its gradient, and its change. Refusal."""
    return encode.learning.parameter_update(*computed(history, iteration), name)


def shares(
    history: History, iteration: int, choice: ExampleChoice, name: str, part: int | None
) -> GradientShares:
    """What each example of the batch adds to the gradient of a parameter, or of a part of it. Refusal."""
    _, trace, example = chosen(history, iteration, choice)
    return encode.learning.shares(trace, example, name, part)


def effect(history: History, iteration: int, choice: ExampleChoice) -> StepEffect:
    """What the update of the iteration did for one example. Refusal."""
    plan, trace, example = chosen(history, iteration, choice)
    check_example(trace, example)
    return step_effect(plan.network, plan.recipe.loss, trace, example, plan.dataset.classes)


def batch(history: History, iteration: int) -> Batch:
    """All examples of the iteration's batch. Refusal."""
    return encode.learning.batch(*computed(history, iteration))


def weight_history(history: History, iteration: int, name: str, cell: int, points: int) -> WeightHistory:
    """One cell of a parameter from its start up to an iteration. Refusal."""
    check_computed(history, iteration)
    return encode.learning.weight_history(history, iteration, name, cell, points)


def filmstrip(history: History, iteration: int, name: str, part: int | None, count: int) -> Filmstrip:
    """A parameter, or a part of it, at evenly spaced steps up to an iteration. Refusal."""
    check_computed(history, iteration)
    return encode.learning.filmstrip(history, iteration, name, part, count)
