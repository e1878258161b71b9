"""Dependencies that routes of several resources share: the run of a path, concurrency limits, errors."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from server.compute.computing import Question
from server.run.look import ExampleChoice
from server.web.json_bodies import JsonRoute
from server.web.live_run import LiveRun
from server.web.run_store import RunStore
from server.wire.messages.errors import ErrorReply
from server.wire.questions.moments import written

T = TypeVar("T")
REFUSALS = (400, 403, 404, 409, 413, 415, 422, 429, 503)
REFUSED: dict[int | str, dict[str, Any]] = {status: {"model": ErrorReply} for status in REFUSALS}


def resource(prefix: str) -> APIRouter:
    """The router of a resource.

    Its routes parse JSON bodies with strict types. A route with a body declares its limit, `max_body_size`.
    """
    return APIRouter(prefix=prefix, responses=REFUSED, route_class=JsonRoute)


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
        description="Names of tensors, such as conv1.dw, or patterns of names, such as conv1.* or *.",
    ),
]


async def example_choice(example: Slot = 0, look: Look = None) -> ExampleChoice:
    """The example that a request asks for."""
    return ExampleChoice(example, look)


Choice = Annotated[ExampleChoice, Depends(example_choice)]


@dataclass(frozen=True, slots=True)
class Moment:
    """The iteration of a run, and optionally the example, that a request asks about.

    A question gets them as the arguments `iteration` and `choice`, in addition to its own arguments.
    """

    store: RunStore
    live: LiveRun
    iteration: int
    choice: ExampleChoice | None = None

    async def ask(self, question: Callable[..., T], /, **asked: Any) -> T:
        """Ask a short question and return the answer as a value."""
        return await self.store.ask(self.live, self._complete(question, asked))

    async def answered(self, question: Callable[..., BaseModel | bytes], /, **asked: Any) -> Response:
        """Ask a short question and return the reply. The answer is a message or JSON."""
        asking = partial(written, self._complete(question, asked))
        return Response(await self.store.ask(self.live, asking), media_type="application/json")

    async def studied(self, question: Callable[..., BaseModel], /, **asked: Any) -> Response:
        """Ask a long question and return the reply. The answer is a message."""
        asking = partial(written, self._complete(question, asked))
        return Response(await self.store.study(self.live, asking), media_type="application/json")

    def _complete(self, question: Callable[..., T], asked: Mapping[str, Any]) -> Question[T]:
        """The question with all its arguments except the history."""
        chosen = {} if self.choice is None else {"choice": self.choice}
        return partial(question, iteration=self.iteration, **chosen, **asked)


async def iteration_of(store: Store, live: Live, iteration: IterationNumber) -> Moment:
    """The iteration that the path names."""
    return Moment(store, live, iteration)


AtIteration = Annotated[Moment, Depends(iteration_of)]


async def example_of(moment: AtIteration, choice: Choice) -> Moment:
    """The example that a request asks for, in the iteration that the path names."""
    return replace(moment, choice=choice)


AtExample = Annotated[Moment, Depends(example_of)]
