"""Questions about one number, one layer or one moment of an iteration."""

from server.errors import Refusal
from server.explain import graph as graphs
from server.explain import stack as stacks
from server.explain.convolution.view import Way, window_view
from server.explain.dependencies import dependencies
from server.explain.explanation import Explanation, Sort, explain
from server.explain.gradient_path import Chain, gradient_path
from server.explain.lens import lens as lenses
from server.explain.lens.lens import Lens
from server.explain.stack import Stack
from server.explain.tensors import UnknownCell
from server.explain.timeline import Phase, find, segments
from server.probe import nudge as nudges
from server.probe.gradient_check import GradientCheck, check_gradients
from server.probe.nudge import Nudge
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import encode
from server.wire.messages.explanations import Cone, Graph, Histogram, Sliding
from server.wire.questions.moments import chosen, computed


def explanation(
    history: History,
    iteration: int,
    choice: ExampleChoice,
    name: str,
    cell: int,
    done: int | None,
    at: str | None,
    offset: int,
    count: int,
    sort: Sort,
) -> Explanation:
    """One cell: formula, words, and a page of its terms. Refusal."""
    plan, trace, example = chosen(history, iteration, choice)
    return explain(
        plan.recipe.loss,
        plan.recipe.optimizer,
        trace,
        name,
        cell,
        example,
        done=done,
        at=at,
        offset=offset,
        count=count,
        sort=sort,
        recipe=plan.recipe,
    )


def cone(history: History, iteration: int, choice: ExampleChoice, name: str, cell: int) -> Cone:
    """All cells that one cell depends on, and all that depend on it. Refusal."""
    plan, trace, example = chosen(history, iteration, choice)
    found = dependencies(plan.recipe.loss, plan.recipe.optimizer, trace, name, cell, example)
    return encode.explanations.dependencies(found)


def chain(
    history: History, iteration: int, choice: ExampleChoice, layer: str, cell: int, parameter: str
) -> Chain:
    """The strongest single path from the loss to one parameter. Refusal."""
    plan, trace, example = chosen(history, iteration, choice)
    return gradient_path(plan.recipe.optimizer, trace, layer, parameter, cell, example)


def check(history: History, iteration: int, layer: str) -> GradientCheck:
    """A layer's gradients beside central differences. Refusal."""
    plan, trace = computed(history, iteration)
    return check_gradients(plan.network, plan.recipe.loss, trace, layer, plan.recipe.seed)


def nudge(
    history: History,
    iteration: int,
    choice: ExampleChoice,
    name: str,
    cell: int,
    amount: float,
    watch: str | None,
    watch_cell: int | None,
) -> Nudge:
    """The effect of adding an amount to one parameter or pixel. Refusal."""
    plan, trace, example = chosen(history, iteration, choice)
    return nudges.nudge(
        plan.network,
        plan.recipe.loss,
        trace,
        name,
        cell,
        amount,
        example,
        watch=watch,
        watch_cell=watch_cell,
    )


def lens(
    history: History,
    iteration: int,
    choice: ExampleChoice,
    phase: Phase,
    layer: str,
    tensor: str,
    cell: int,
    name: str | None,
    at: int | None,
) -> Lens:
    """The code that runs at a moment, line by line. Refusal."""
    plan, trace, example = chosen(history, iteration, choice)
    network, optimizer = plan.network, plan.recipe.optimizer
    segment = find(segments(network, optimizer), phase, layer, tensor)
    try:
        return lenses.lens(network, optimizer, trace, segment, cell, example, name, at)
    except UnknownCell as error:
        raise Refusal(str(error), "at") from None


def sliding(
    history: History,
    iteration: int,
    choice: ExampleChoice,
    name: str,
    cell: int,
    way: Way,
    done: int | None,
    offset: int,
    count: int,
    sort: Sort,
) -> Sliding:
    """One cell of a convolution, window by window. Refusal."""
    _, trace, example = chosen(history, iteration, choice)
    view = window_view(trace, name, cell, example, way=way, done=done, offset=offset, count=count, sort=sort)
    return encode.explanations.window_view(view)


def stack(history: History, iteration: int, position: int) -> Stack:
    """The stack of records at a micro-step. Refusal."""
    plan, trace = computed(history, iteration)
    return stacks.stack(trace, segments(plan.network, plan.recipe.optimizer), position)


def graph(history: History, iteration: int, choice: ExampleChoice, layer: str, cell: int) -> Graph:
    """The function of an activation, or of the loss, as points. Refusal."""
    plan, trace, example = chosen(history, iteration, choice)
    return encode.explanations.graph(graphs.graph(plan.recipe.loss, trace, layer, cell, example))


def histogram(history: History, iteration: int, layer: str, channel: int) -> Histogram:
    """The numbers of a channel over the batch, before and after a normalisation. Refusal."""
    _, trace = computed(history, iteration)
    return encode.explanations.histogram(graphs.histogram(trace, layer, channel))
