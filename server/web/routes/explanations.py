"""The JSON API of explanations, dependencies, gradient checks, nudges and the NumPy lens."""

from typing import Annotated

from fastapi import Query, Response

from server.explain.convolution.view import Way
from server.explain.explanation import Explanation, Sort
from server.explain.gradient_path import Chain
from server.explain.lens.lens import Lens
from server.explain.stack import Stack
from server.explain.timeline import Phase
from server.probe.gradient_check import GradientCheck
from server.probe.nudge import MOST, Nudge
from server.web.routes.dependencies import AtExample, AtIteration, resource
from server.wire.messages.explanations import Cone, Graph, Histogram, Sliding
from server.wire.questions import explanations as questions

router = resource("/api/runs/{run}/iterations/{iteration}")

Name = Annotated[str, Query(max_length=256, description="A tensor, as conv1.out.")]
LayerName = Annotated[str, Query(max_length=256, description="A layer, as conv1.")]
Cell = Annotated[int, Query(ge=0, description="A cell's row-major number.")]


@router.get("/explanation", response_model=Explanation)
async def read_explanation(
    moment: AtExample,
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
    return await moment.answered(
        questions.explanation, name=name, cell=cell, done=done, at=at, offset=offset, count=count, sort=sort
    )


@router.get("/cone", response_model=Cone)
async def read_cone(moment: AtExample, name: Name, cell: Cell) -> Response:
    """All cells that one cell depends on, and all cells that depend on it, through all layers."""
    return await moment.answered(questions.cone, name=name, cell=cell)


@router.get("/chain", response_model=Chain)
async def read_chain(
    moment: AtExample,
    layer: LayerName,
    cell: Cell,
    parameter: Annotated[str, Query(max_length=64, description="Which parameter: w or b.")] = "w",
) -> Response:
    """The strongest single path from the loss to one parameter, factor by factor."""
    return await moment.answered(questions.chain, layer=layer, cell=cell, parameter=parameter)


@router.get("/graph", response_model=Graph)
async def read_graph(
    moment: AtExample,
    layer: LayerName,
    cell: Annotated[int, Query(ge=0, description="The output that the loss is a function of.")] = 0,
) -> Response:
    """The function of an activation, or of the loss, as points."""
    return await moment.answered(questions.graph, layer=layer, cell=cell)


@router.get("/histogram", response_model=Histogram)
async def read_histogram(
    moment: AtIteration,
    layer: LayerName,
    channel: Annotated[int, Query(ge=0, description="A channel of the layer, from 0.")],
) -> Response:
    """The numbers of a channel over the batch, before and after a normalisation."""
    return await moment.answered(questions.histogram, layer=layer, channel=channel)


@router.get("/check", response_model=GradientCheck)
async def read_check(moment: AtIteration, layer: LayerName) -> Response:
    """Compare a layer's gradients with central differences, in float64; one check at a time."""
    return await moment.studied(questions.check, layer=layer)


@router.get("/nudge", response_model=Nudge)
async def read_nudge(
    moment: AtExample,
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
    return await moment.answered(
        questions.nudge, name=name, cell=cell, amount=amount, watch=watch, watch_cell=watch_cell
    )


@router.get("/lens", response_model=Lens)
async def read_lens(
    moment: AtExample,
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
    return await moment.answered(
        questions.lens, phase=phase, layer=layer, tensor=tensor, cell=cell, name=name, at=at
    )


@router.get("/sliding", response_model=Sliding)
async def read_sliding(
    moment: AtExample,
    name: Name,
    cell: Cell,
    way: Annotated[Way, Query(description="For the gradient of a convolution's input, conv1.dx.")] = "stamps",
    done: Annotated[int | None, Query(ge=1, description="After this many windows.")] = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    count: Annotated[int, Query(ge=0, le=64, description="How many channels, filters or examples.")] = 4,
    sort: Sort = "size",
) -> Response:
    """One cell of a convolution's out, dw or dx, window by window: grids of products and partial maps."""
    return await moment.answered(
        questions.sliding, name=name, cell=cell, way=way, done=done, offset=offset, count=count, sort=sort
    )


@router.get("/stack", response_model=Stack)
async def read_stack(
    moment: AtIteration,
    position: Annotated[int, Query(ge=0, description="How many micro-steps of the iteration are done.")],
) -> Response:
    """The stack of records that the forward pass pushes and the backward pass pops, with sizes in bytes."""
    return await moment.answered(questions.stack, position=position)
