"""The JSON API of what an iteration did: updates and histories of parameters, shares, effects, the
batch."""

from typing import Annotated

from fastapi import Query, Response

from server.probe.step_effect import StepEffect
from server.web.routes.dependencies import AtExample, AtIteration, resource
from server.wire.messages.learning import Batch, Filmstrip, GradientShares, ParameterUpdate, WeightHistory
from server.wire.questions import learning as questions

router = resource("/api/runs/{run}/iterations/{iteration}")

ParameterName = Annotated[str, Query(max_length=256, description="A parameter, as conv1.w.")]
Map = Annotated[
    int | None,
    Query(
        ge=0, description="One filter of a convolution or one unit's row; all of the parameter if left out."
    ),
]


@router.get("/update", response_model=ParameterUpdate)
async def read_update(moment: AtIteration, name: ParameterName) -> Response:
    """A parameter before and after the iteration, its gradient, and its change."""
    return await moment.answered(questions.update, name=name)


@router.get("/shares", response_model=GradientShares)
async def read_shares(moment: AtExample, name: ParameterName, map: Map = None) -> Response:
    """What each example of the batch adds to the gradient of a parameter, or of one map of it."""
    return await moment.studied(questions.shares, name=name, part=map)


@router.get("/step-effect", response_model=StepEffect)
async def read_step_effect(moment: AtExample) -> Response:
    """What the update of the iteration did for one example: its answers and its loss before and after."""
    return await moment.answered(questions.effect)


@router.get("/batch", response_model=Batch)
async def read_batch(moment: AtIteration) -> Response:
    """All examples of the iteration's batch: inputs, scores, probabilities, and losses."""
    return await moment.answered(questions.batch)


@router.get("/weight-history", response_model=WeightHistory)
async def read_weight_history(
    moment: AtIteration,
    name: ParameterName,
    cell: Annotated[int, Query(ge=0, description="The cell's row-major number.")],
    points: Annotated[int, Query(ge=2, le=400, description="The most iterations to read it at.")] = 100,
) -> Response:
    """One cell of a parameter from its start up to this iteration, its gradient now, and its next value."""
    return await moment.studied(questions.weight_history, name=name, cell=cell, points=points)


@router.get("/filmstrip", response_model=Filmstrip)
async def read_filmstrip(
    moment: AtIteration,
    name: ParameterName,
    map: Map = None,
    count: Annotated[int, Query(ge=2, le=12, description="The most frames.")] = 10,
) -> Response:
    """A parameter, or one map of it, at evenly spaced steps from the beginning up to this iteration."""
    return await moment.studied(questions.filmstrip, name=name, part=map, count=count)
