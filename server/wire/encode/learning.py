"""What an iteration did to parameters and examples, as messages."""

import numpy as np

from server.explain.explanation import explain
from server.explain.shares import gradient_shares, parameter_of, rows_of
from server.explain.start import start_words
from server.explain.tensors import read_tensors
from server.nn.arrays import Array, finite, number_text
from server.nn.records import Trace
from server.recipe.plan import Plan
from server.run.history import History
from server.run.past_states import past_states
from server.wire.encode.arrays import typed_array
from server.wire.encode.frames import frame_tensor
from server.wire.encode.runs import check_bytes, examples_of, tensor, update_sentence
from server.wire.messages import learning as messages


def parameter_update(plan: Plan, trace: Trace, name: str) -> messages.ParameterUpdate:
    """A parameter before and after an iteration, its gradient and its change. Raises UnknownTensor."""
    record, parameter = parameter_of(trace, name)
    names = [f"{record.layer}.{prefix}{parameter}" for prefix in ("", "d", "delta_", "new_")]
    before, gradient, change, after = map(tensor, names, read_tensors(trace, names, 0))
    return messages.ParameterUpdate(
        name=name,
        before=before,
        gradient=gradient,
        change=change,
        after=after,
        held=parameter in record.frozen,
        learning_rate=trace.learning_rate,
        update=update_sentence(plan, trace.learning_rate),
    )


def shares(trace: Trace, example: int, name: str, part: int | None) -> messages.GradientShares:
    """The shares of the examples in a gradient. Raises UnknownTensor, UnknownCell, TooMuch."""
    record, parameter = parameter_of(trace, name)
    of_one = record.params[parameter] if part is None else record.params[parameter][:1]
    check_bytes([of_one] * trace.examples.size)
    found = gradient_shares(trace, name, example, part)
    return messages.GradientShares(
        name=name,
        map=part,
        shares=tensor("shares", found.shares),
        gradient=tensor("gradient", found.total),
        looked_at=None if found.own is None else tensor("looked_at", found.own),
        coupled=found.coupled,
        words=found.words,
    )


def batch(plan: Plan, trace: Trace) -> messages.Batch:
    """All examples of the batch of an iteration."""
    losses = trace.loss
    probabilities = losses.saved.get("probabilities")
    return messages.Batch(
        iteration=trace.iteration,
        examples=examples_of(plan.dataset, trace),
        inputs=frame_tensor("inputs", _by_example(trace.x), "shades"),
        scores=tensor("scores", _by_example(losses.out)),
        probabilities=None if probabilities is None else tensor("probabilities", _by_example(probabilities)),
        losses=tensor("losses", losses.losses),
        loss=finite(losses.loss),
    )


def weight_history(
    history: History, iteration: int, name: str, cell: int, points: int
) -> messages.WeightHistory:
    """One cell of a parameter over the run. Raises NotComputed, UnknownTensor, UnknownCell."""
    trace, recipe = history.trace(iteration), history.plan.recipe
    record, parameter = parameter_of(trace, name)
    now = explain(recipe.loss, recipe.optimizer, trace, name, cell, 0, count=0, recipe=recipe)
    states = [
        (state.iteration, state.params[record.layer][parameter].ravel()[cell])
        for state in past_states(history, iteration, points)
    ]
    values = np.array([value for _, value in states])
    start = start_words(recipe, record, parameter)
    return messages.WeightHistory(
        name=name,
        cell=cell,
        index=now.index,
        iterations=typed_array(np.array([at for at, _ in states])),
        values=typed_array(values),
        start=finite(float(values[0])),
        value=now.value,
        gradient=finite(float(record.dparams[parameter].ravel()[cell])),
        after=finite(float(record.updated[parameter].ravel()[cell])),
        meaning=now.meaning,
        words=_course(float(values[0]), float(values[-1]), iteration) if iteration else start,
    )


def _course(start: float, value: float, steps: int) -> str:
    taken = "step" if steps == 1 else "steps"
    if start == value:
        return f"It started at {number_text(start)} and has this value after {steps:,} {taken}."
    return (
        f"It started at {number_text(start)} and came to {number_text(value)} in {steps:,} {taken}: a way of "
        f"{number_text(value - start)}."
    )


def filmstrip(
    history: History, iteration: int, name: str, part: int | None, count: int
) -> messages.Filmstrip:
    """A parameter at several steps of the run. Raises NotComputed, UnknownTensor, UnknownCell, TooMuch."""
    record, parameter = parameter_of(history.trace(iteration), name)
    rows = rows_of(record.params[parameter], name, part)
    check_bytes([record.params[parameter][rows]] * count)
    states = list(past_states(history, iteration, count))
    frames = np.stack([state.params[record.layer][parameter][rows] for state in states])
    return messages.Filmstrip(
        name=name,
        map=part,
        iterations=tuple(state.iteration for state in states),
        frames=tensor("frames", frames),
    )


def _by_example(array: Array) -> Array:
    """The array with its last axis, the batch, first."""
    return np.moveaxis(array, -1, 0)
