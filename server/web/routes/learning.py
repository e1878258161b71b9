"""The JSON API of what an iteration did: updates and histories of parameters, shares, effects, the
batch."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from server.probe.step_effect import StepEffect
from server.web.routes.dependencies import (
    REFUSED,
    Choice,
    IterationNumber,
    Live,
    Store,
    answered,
    studied,
)
from server.wire.messages.learning import Batch, Filmstrip, GradientShares, ParameterUpdate, WeightHistory
from server.wire.questions import learning as questions

router = APIRouter(prefix="/api/runs/{run}/iterations/{iteration}", responses=REFUSED)

ParameterName = Annotated[str, Query(max_length=256, description="A parameter, as conv1.w.")]
Map = Annotated[
    int | None,
    Query(
        ge=0, description="One filter of a convolution or one unit's row; all of the parameter if left out."
    ),
]


@router.get("/update", response_model=ParameterUpdate)
async def read_update(live: Live, store: Store, iteration: IterationNumber, name: ParameterName) -> Response:
    """A parameter before and after the iteration, its gradient, and its change."""
    question = partial(questions.update, iteration=iteration, name=name)
    return await answered(store, live, question)


@router.get("/shares", response_model=GradientShares)
async def read_shares(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    choice: Choice,
    name: ParameterName,
    map: Map = None,
) -> Response:
    """What each example of the batch adds to the gradient of a parameter, or of one map of it."""
    question = partial(questions.shares, iteration=iteration, choice=choice, name=name, part=map)
    return await studied(store, live, question)


@router.get("/step-effect", response_model=StepEffect)
async def read_step_effect(live: Live, store: Store, iteration: IterationNumber, choice: Choice) -> Response:
    """What the update of the iteration did for one example: its answers and its loss before and after."""
    question = partial(questions.effect, iteration=iteration, choice=choice)
    return await answered(store, live, question)


@router.get("/batch", response_model=Batch)
async def read_batch(live: Live, store: Store, iteration: IterationNumber) -> Response:
    """All examples of the iteration's batch: inputs, scores, probabilities, and losses."""
    question = partial(questions.batch, iteration=iteration)
    return await answered(store, live, question)


@router.get("/weight-history", response_model=WeightHistory)
async def read_weight_history(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    name: ParameterName,
    cell: Annotated[int, Query(ge=0, description="The cell's row-major number.")],
    points: Annotated[int, Query(ge=2, le=400, description="The most iterations to read it at.")] = 100,
) -> Response:
    """One cell of a parameter from its start up to this iteration, its gradient now, and its next value."""
    question = partial(questions.weight_history, iteration=iteration, name=name, cell=cell, points=points)
    return await studied(store, live, question)


@router.get("/filmstrip", response_model=Filmstrip)
async def read_filmstrip(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    name: ParameterName,
    map: Map = None,
    count: Annotated[int, Query(ge=2, le=12, description="The most frames.")] = 10,
) -> Response:
    """A parameter, or one map of it, at evenly spaced steps from the beginning up to this iteration."""
    question = partial(questions.filmstrip, iteration=iteration, name=name, part=map, count=count)
    return await studied(store, live, question)
