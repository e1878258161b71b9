"""What questions about an iteration have in common: whether it is computed, and the answer as JSON."""

from collections.abc import Callable

from pydantic import BaseModel

from server.errors import Refusal
from server.nn.records import Trace
from server.recipe.plan import Plan
from server.run.history import History, NotComputed
from server.run.look import ExampleChoice


def written(question: Callable[[History], BaseModel | bytes], history: History) -> bytes:
    """The answer as JSON, which is written where it is computed."""
    found = question(history)
    return found if isinstance(found, bytes) else found.model_dump_json().encode()


def check_computed(history: History, iteration: int) -> None:
    """Refuse an iteration that the run has not computed. Refusal, NotComputed."""
    if iteration >= history.plan.iterations:
        raise Refusal(
            f"The last iteration of this run is {history.plan.iterations - 1}.",
            "iteration",
            code="beyond_the_end",
        )
    if iteration >= history.computed:
        raise NotComputed(
            f"Iteration {iteration} is not computed yet: this run has computed {history.computed}. "
            f'POST {{"iteration": {iteration}}} to /api/runs/{history.plan.recipe.id}/seek to get there.'
        )


def check_state(history: History, iteration: int) -> None:
    """Raise Refusal unless the state before this iteration can be read. It can be read after the last one
    too."""
    if iteration != history.computed:
        check_computed(history, iteration)


def chosen(history: History, iteration: int, choice: ExampleChoice) -> tuple[Plan, Trace, int]:
    """The plan of a run, the trace of a computed iteration with an example, and its slot. Raises Refusal."""
    check_computed(history, iteration)
    return history.plan, *history.trace_with(iteration, choice)


def computed(history: History, iteration: int) -> tuple[Plan, Trace]:
    """The plan of a run and one of its computed iterations. Raises Refusal."""
    check_computed(history, iteration)
    return history.plan, history.trace(iteration)
