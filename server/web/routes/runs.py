"""Routes of runs: their numbers, commands and event streams; and the choices of a recipe."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import Body, Depends, Header, Query, Request, Response

from server.explain.timeline import Phase
from server.recipe.defaults import FIRST
from server.recipe.recipe import Recipe
from server.recipe.worked_examples import WORKED_EXAMPLES, Preset
from server.run.look import ExampleChoice
from server.web.body_limits import COMMAND, RECIPE
from server.web.event_stream import EventStream, described
from server.web.frame_encoder import FrameRequest
from server.web.live_run import LiveRun
from server.web.routes.dependencies import (
    AtExample,
    Choice,
    IterationNumber,
    Live,
    Names,
    Since,
    Store,
    resource,
)
from server.web.run_store import RunStore
from server.web.run_stream import run_events
from server.wire import encode
from server.wire.messages.choices import Options
from server.wire.messages.frames import ArrayForm, RunEvents
from server.wire.messages.runs import (
    Iteration,
    Progress,
    ReachCommand,
    Reached,
    Run,
    RunCommand,
    SeekCommand,
    StepCommand,
    Window,
)
from server.wire.options import options
from server.wire.questions import runs as questions

router = resource("/api")


_DEFAULT_RECIPE = Recipe()
_ONE_STEP = StepCommand()
_AT_FULL_SPEED = RunCommand()


@router.get("/recipe")
async def recipe() -> Recipe:
    """The recipe of the first run."""
    return FIRST


@router.post(
    "/runs",
    status_code=201,
    responses={200: {"model": Run, "description": "The run was there already."}},
    max_body_size=RECIPE,
)
async def create_run(
    store: Store, response: Response, recipe: Annotated[Recipe, Body()] = _DEFAULT_RECIPE
) -> Run:
    """Create the run of a recipe. Settings left out have their defaults. Equal recipes share a run."""
    live, new = await store.create(recipe)
    response.status_code = 201 if new else 200
    return encode.runs.run(live.plan)


@router.get("/runs/{run}")
async def read_run(live: Live) -> Run:
    """A run: its layers and the order of its micro-steps."""
    return encode.runs.run(live.plan)


@router.get("/runs/{run}/timeline")
async def read_timeline(live: Live, since: Since = 0) -> Progress:
    """The progress of a run, with its losses from iteration `since` on."""
    return live.progress(since)


@router.get("/runs/{run}/iterations/{iteration}", response_model=Iteration)
async def read_iteration(moment: AtExample, names: Names) -> Response:
    """One computed iteration, with the named tensors."""
    return await moment.answered(questions.iteration, names=names)


@router.post("/runs/{run}/iterations/{iteration}", response_model=Reached, max_body_size=COMMAND)
async def reach_iteration(
    live: Live,
    store: Store,
    iteration: IterationNumber,
    command: Annotated[ReachCommand, Body()],
    request: Request,
) -> Response:
    """Compute up to an iteration, and return it with the progress of the run.

    It is computed before all training, and replaces no other command. It stops if the client disconnects.
    """
    json = await reached(store, live, iteration, command, request.is_disconnected)
    return Response(json, media_type="application/json")


async def reached(
    store: RunStore,
    live: LiveRun,
    iteration: int,
    command: ReachCommand,
    is_given_up: Callable[[], Awaitable[bool]],
) -> bytes:
    """An iteration that is reached, with the progress of its run: the JSON of a `Reached`. Refusal."""
    choice = ExampleChoice(command.example, command.look)
    question = partial(questions.iteration, iteration=iteration, names=command.names, choice=choice)
    found = await store.reach(live, iteration, question, is_given_up)
    progress = live.progress(command.since).model_dump_json().encode()
    return encode.arrays.with_member(b'{"progress":%b}' % progress, "iteration", found)


@router.get("/runs/{run}/iterations/{iteration}/window", response_model=Window)
async def read_window(
    moment: AtExample,
    phase: Phase,
    layer: str,
    tensor: str,
    cell: Annotated[int, Query(ge=0)],
) -> Response:
    """The cells that one micro-step reads and writes, and its partial results."""
    return await moment.answered(questions.window, phase=phase, layer=layer, tensor=tensor, cell=cell)


@router.post("/runs/{run}/step")
async def step(live: Live, store: Store, command: Annotated[StepCommand, Body()] = _ONE_STEP) -> Progress:
    """Compute more iterations. The reply is sent when they are done, or a later command replaces this."""
    since = live.computed
    await store.step(live, command.count)
    return live.progress(since)


@router.post("/runs/{run}/run")
async def go(live: Live, store: Store, command: Annotated[RunCommand, Body()] = _AT_FULL_SPEED) -> Progress:
    """Train the run in the background. Its event stream reports the progress."""
    since = live.computed
    await store.run(live, command.rate, command.until, command.accuracy)
    return live.progress(since)


@router.post("/runs/{run}/pause")
async def pause(live: Live, store: Store) -> Progress:
    """Stop the commands of this run. Players continue."""
    since = live.computed
    await store.pause(live)
    return live.progress(since)


@router.post("/runs/{run}/seek")
async def seek(live: Live, store: Store, command: SeekCommand) -> Progress:
    """Compute up to an iteration. The reply is sent when it is computed, or a later command replaces this."""
    since = live.computed
    await store.seek(live, command.iteration)
    return live.progress(since)


async def stream_place(live: Live, store: Store) -> AsyncIterator[None]:
    """Count one event stream while it is open."""
    with store.stream(live):
        yield


async def frames_wanted(
    live: Live,
    names: Names,
    choice: Choice,
    arrays: Annotated[ArrayForm, Query(description="The form of the arrays of a frame.")] = "typed",
) -> FrameRequest | None:
    """The content of each frame of a stream; None for a stream without frames."""
    return live.frames.request(names, choice, arrays)


@router.get(
    "/runs/{run}/events",
    response_class=EventStream,
    responses=described(RunEvents),
    dependencies=[Depends(stream_place)],
)
async def events(
    live: Live,
    store: Store,
    since: Since = 0,
    last_event_id: Annotated[
        int | None,
        Header(ge=0, description="The id of the last event of a lost stream. Overrides `since`."),
    ] = None,
    frames: Annotated[FrameRequest | None, Depends(frames_wanted)] = None,
) -> EventStream:
    """Send a `progress` event (data: Progress, id: its `computed`) at once and after every change.

    With `names`, a `frame` event (data: Frame) follows whenever new iterations are computed: the newest one
    with these tensors. A client that reads slowly gets fewer and larger progress events, and fewer frames.
    Between changes, comments keep the connection open.
    """
    known = since if last_event_id is None else last_event_id
    return EventStream(run_events(live, known, frames, store.settings.events_per_second))


@router.get("/options")
def read_options() -> Options:
    """The choices of a recipe: optimizers, losses, schedules, initialisations, early stopping."""
    return options()


@router.get("/presets")
def read_presets() -> tuple[Preset, ...]:
    """The worked examples."""
    return WORKED_EXAMPLES
