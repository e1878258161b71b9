"""Dependencies that routes of several resources share: the run of a path, concurrency limits, errors."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from pydantic import BaseModel

from server.compute.computing import Question
from server.run.look import ExampleChoice
from server.web.live_run import LiveRun
from server.web.run_store import RunStore
from server.wire.messages.errors import ErrorReply
from server.wire.questions.moments import written

REFUSALS = (400, 403, 404, 409, 413, 415, 422, 429, 503)
REFUSED: dict[int | str, dict[str, Any]] = {status: {"model": ErrorReply} for status in REFUSALS}


async def run_store(request: Request) -> RunStore:
    """The runs of this server."""
    store: RunStore = request.app.state.runs
    return store


Store = Annotated[RunStore, Depends(run_store)]


async def live_run(run: str, store: Store) -> LiveRun:
    """The run that the path names."""
    return store.get(run)


Live = Annotated[LiveRun, Depends(live_run)]


async def reading_place(store: Store) -> AsyncIterator[None]:
    """Limit the number of concurrent requests that compute outside the compute thread."""
    async with store.reading:
        yield


READING = Depends(reading_place, scope="function")
Since = Annotated[int, Query(ge=0, description="The number of iterations whose losses the client has.")]
Slot = Annotated[int, Query(ge=0, description="The slot of the example in the batch.")]
LOOK = (
    "The number of a training example; overrides `example`. If the example is not in the batch, it has a "
    "separate pass, in which it replaces the first example of the batch. Nothing is trained on it: gradients "
    "and changes of parameters are those of the batch."
)
Look = Annotated[int | None, Query(ge=0, description=LOOK)]
IterationNumber = Annotated[int, Path(ge=0)]
Names = Annotated[
    list[str],
    Query(
        max_length=256,
        default_factory=list,
        description="The names of tensors, as conv1.dw, or patterns of names, as conv1.* or *.",
    ),
]


async def example_choice(example: Slot = 0, look: Look = None) -> ExampleChoice:
    """The example that a request asks for."""
    return ExampleChoice(example, look)


Choice = Annotated[ExampleChoice, Depends(example_choice)]


async def answered(store: RunStore, live: LiveRun, question: Question[BaseModel | bytes]) -> Response:
    """The answer to a short question about a run: a message, or JSON."""
    return Response(await store.ask(live, partial(written, question)), media_type="application/json")


async def studied(store: RunStore, live: LiveRun, question: Question[BaseModel]) -> Response:
    """The answer to a long question about a run: a message."""
    return Response(await store.study(live, partial(written, question)), media_type="application/json")
