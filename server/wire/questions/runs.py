"""Questions about the iterations of a run, and about their micro-steps."""

from collections.abc import Sequence

from server.explain.micro_step import micro_step
from server.explain.timeline import Phase, find, segments
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import encode
from server.wire.messages.runs import Window
from server.wire.questions.moments import check_computed


def iteration(history: History, iteration: int, names: Sequence[str], choice: ExampleChoice) -> bytes:
    """A computed iteration with tensors: see `encode.runs.iteration`. Refusal."""
    check_computed(history, iteration)
    return encode.runs.iteration(history, iteration, names, choice)


def window(
    history: History, iteration: int, choice: ExampleChoice, phase: Phase, layer: str, tensor: str, cell: int
) -> Window:
    """The cells that one micro-step reads and writes, and its partial results. Refusal."""
    check_computed(history, iteration)
    recipe = history.plan.recipe
    trace, example = history.trace_with(iteration, choice)
    segment = find(segments(history.plan.network, recipe.optimizer), phase, layer, tensor)
    found = micro_step(recipe.loss, recipe.optimizer, trace, segment, cell, example)
    return encode.runs.micro_step(found)
