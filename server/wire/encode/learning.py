"""What an iteration did to parameters and examples, as messages."""

import numpy as np

from server.explain.shares import gradient_shares, parameter_of
from server.explain.tensors import read_tensors
from server.nn.arrays import Array, finite
from server.nn.records import Trace
from server.recipe.plan import Plan
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


def _by_example(array: Array) -> Array:
    """The array with its last axis, the batch, first."""
    return np.moveaxis(array, -1, 0)
