"""Prepare what a page shows first: the first run, and its iteration 0."""

from functools import partial

from server.recipe.defaults import FIRST
from server.recipe.worked_examples import WORKED_EXAMPLES
from server.run.look import ExampleChoice
from server.web.run_store import RunStore
from server.wire import encode
from server.wire.messages.first_sight import FirstSight
from server.wire.messages.runs import Iteration, Reached
from server.wire.questions import runs as questions


async def first_sight(store: RunStore) -> FirstSight:
    """Create the first run, compute its iteration 0, and answer what a page asks about it. Refusal."""
    live, _ = await store.create(FIRST)
    whole = partial(questions.iteration, iteration=0, names=("*",), choice=ExampleChoice())
    iteration = Iteration.model_validate_json(await store.reach(live, 0, whole, _never))
    reached = Reached(progress=live.progress(0), iteration=iteration)
    return FirstSight(recipe=FIRST, presets=WORKED_EXAMPLES, run=encode.runs.run(live.plan), reached=reached)


async def _never() -> bool:
    return False
