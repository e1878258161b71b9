"""The JSON API of explanations, dependencies, gradient checks, nudges and the NumPy lens."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from server.errors import Refusal
from server.explain.convolution.view import Way, window_view
from server.explain.dependencies import dependencies
from server.explain.explanation import Explanation, Sort, explain
from server.explain.gradient_path import Chain, gradient_path
from server.explain.graph import graph, histogram
from server.explain.lens.lens import Lens, lens
from server.explain.stack import Stack, stack
from server.explain.tensors import UnknownCell
from server.explain.timeline import Phase, find, segments
from server.nn.records import Trace
from server.probe.gradient_check import GradientCheck, check_gradients
from server.probe.nudge import MOST, Nudge, nudge
from server.recipe.plan import Plan
from server.run.history import History
from server.run.look import ExampleChoice
from server.web.routes.dependencies import (
    REFUSED,
    Choice,
    IterationNumber,
    Live,
    Store,
    answered,
    check_computed,
    studied,
)
from server.wire import encode
from server.wire.messages.explanations import Cone, Graph, Histogram, Sliding

router = APIRouter(prefix="/api/runs/{run}/iterations/{iteration}", responses=REFUSED)

Name = Annotated[str, Query(max_length=256, description="A tensor, as conv1.out.")]
LayerName = Annotated[str, Query(max_length=256, description="A layer, as conv1.")]
Cell = Annotated[int, Query(ge=0, description="A cell's row-major number.")]


@router.get("/explanation", response_model=Explanation)
async def read_explanation(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    choice: Choice,
    name: Name,
    cell: Cell,
    done: Annotated[
        int | None,
        Query(ge=1, description="A gradient after this many cells of the upstream gradient."),
    ] = None,
    at: Annotated[
        str | None,
        Query(max_length=256, description="The layer of `done`; by default the last one that adds."),
    ] = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    count: Annotated[int, Query(ge=0, le=1000)] = 12,
    sort: Sort = "size",
) -> Response:
    """Explain one cell: formula, words, and a page of its terms, by size or in order."""

    def question(history: History) -> Explanation:
        plan, trace, example = _chosen(history, iteration, choice)
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

    return await answered(store, live, question)


@router.get("/cone", response_model=Cone)
async def read_cone(
    live: Live, store: Store, iteration: IterationNumber, name: Name, cell: Cell, choice: Choice
) -> Response:
    """All cells that one cell depends on, and all cells that depend on it, through all layers."""

    def question(history: History) -> Cone:
        plan, trace, example = _chosen(history, iteration, choice)
        found = dependencies(plan.recipe.loss, plan.recipe.optimizer, trace, name, cell, example)
        return encode.explanations.dependencies(found)

    return await answered(store, live, question)


@router.get("/chain", response_model=Chain)
async def read_chain(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    choice: Choice,
    layer: LayerName,
    cell: Cell,
    parameter: Annotated[str, Query(max_length=64, description="Which parameter: w or b.")] = "w",
) -> Response:
    """The strongest single path from the loss to one parameter, factor by factor."""

    def question(history: History) -> Chain:
        plan, trace, example = _chosen(history, iteration, choice)
        return gradient_path(plan.recipe.optimizer, trace, layer, parameter, cell, example)

    return await answered(store, live, question)


@router.get("/graph", response_model=Graph)
async def read_graph(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    choice: Choice,
    layer: LayerName,
    cell: Annotated[int, Query(ge=0, description="The output that the loss is a function of.")] = 0,
) -> Response:
    """The function of an activation, or of the loss, as points."""

    def question(history: History) -> Graph:
        plan, trace, example = _chosen(history, iteration, choice)
        return encode.explanations.graph(graph(plan.recipe.loss, trace, layer, cell, example))

    return await answered(store, live, question)


@router.get("/histogram", response_model=Histogram)
async def read_histogram(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    layer: LayerName,
    channel: Annotated[int, Query(ge=0, description="A channel of the layer, from 0.")],
) -> Response:
    """The numbers of a channel over the batch, before and after a normalisation."""

    def question(history: History) -> Histogram:
        _, trace = _computed(history, iteration)
        return encode.explanations.histogram(histogram(trace, layer, channel))

    return await answered(store, live, question)


@router.get("/check", response_model=GradientCheck)
async def read_check(live: Live, store: Store, iteration: IterationNumber, layer: LayerName) -> Response:
    """Compare a layer's gradients with central differences, in float64; one check at a time."""

    def question(history: History) -> GradientCheck:
        plan, trace = _computed(history, iteration)
        return check_gradients(plan.network, plan.recipe.loss, trace, layer, plan.recipe.seed)

    return await studied(store, live, question)


@router.get("/nudge", response_model=Nudge)
async def read_nudge(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    choice: Choice,
    name: Name,
    cell: Cell,
    amount: Annotated[
        float, Query(ge=-MOST, le=MOST, allow_inf_nan=False, description="What to add to the number.")
    ],
    watch: Annotated[
        str | None, Query(max_length=256, description="A tensor to watch, as conv1.out or loss.loss.")
    ] = None,
    watch_cell: Annotated[
        int | None, Query(ge=0, description="The watched cell's row-major number; 0 when left out.")
    ] = None,
) -> Response:
    """The predicted and the actual effect of adding an amount to one parameter or pixel. Nothing is
    stored."""

    def question(history: History) -> Nudge:
        plan, trace, example = _chosen(history, iteration, choice)
        return nudge(
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

    return await answered(store, live, question)


@router.get("/lens", response_model=Lens)
async def read_lens(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    choice: Choice,
    phase: Phase,
    layer: LayerName,
    tensor: Annotated[str, Query(max_length=256, description="The moment's tensor, as out.")],
    cell: Annotated[int, Query(ge=0, description="The moment's cell: the last one that is done.")],
    name: Annotated[
        str | None, Query(max_length=256, description="One of the tensors made there, as conv1.dw.")
    ] = None,
    at: Annotated[int | None, Query(ge=0, description="A cell of that tensor, by its number.")] = None,
) -> Response:
    """The code that runs at a moment, line by line, and one of its numbers computed again by plain loops."""

    def question(history: History) -> Lens:
        plan, trace, example = _chosen(history, iteration, choice)
        network, optimizer = plan.network, plan.recipe.optimizer
        segment = find(segments(network, optimizer), phase, layer, tensor)
        try:
            return lens(network, optimizer, trace, segment, cell, example, name, at)
        except UnknownCell as error:
            raise Refusal(str(error), "at") from None

    return await answered(store, live, question)


@router.get("/sliding", response_model=Sliding)
async def read_sliding(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    choice: Choice,
    name: Name,
    cell: Cell,
    way: Annotated[Way, Query(description="For the gradient of a convolution's input, conv1.dx.")] = "stamps",
    done: Annotated[int | None, Query(ge=1, description="After this many windows.")] = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    count: Annotated[int, Query(ge=0, le=64, description="How many channels, filters or examples.")] = 4,
    sort: Sort = "size",
) -> Response:
    """One cell of a convolution's out, dw or dx, window by window: grids of products and partial maps."""

    def question(history: History) -> Sliding:
        _, trace, example = _chosen(history, iteration, choice)
        view = window_view(
            trace, name, cell, example, way=way, done=done, offset=offset, count=count, sort=sort
        )
        return encode.explanations.window_view(view)

    return await answered(store, live, question)


@router.get("/stack", response_model=Stack)
async def read_stack(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    position: Annotated[int, Query(ge=0, description="How many micro-steps of the iteration are done.")],
) -> Response:
    """The stack of records that the forward pass pushes and the backward pass pops, with sizes in bytes."""

    def question(history: History) -> Stack:
        plan, trace = _computed(history, iteration)
        return stack(trace, segments(plan.network, plan.recipe.optimizer), position)

    return await answered(store, live, question)


def _chosen(history: History, iteration: int, choice: ExampleChoice) -> tuple[Plan, Trace, int]:
    """The plan of a run, the trace of a computed iteration with an example, and its slot. Raises Refusal."""
    check_computed(history, iteration)
    return history.plan, *history.trace_with(iteration, choice)


def _computed(history: History, iteration: int) -> tuple[Plan, Trace]:
    """The plan of a run and one of its computed iterations. Raises Refusal."""
    check_computed(history, iteration)
    return history.plan, history.trace(iteration)
