"""Routes of evaluations: they run in the background."""

from typing import Annotated

from fastapi import Body, Depends, Query, Request

from server.recipe.splits import Split
from server.run.history import NotComputed
from server.web.evaluation_store import EvaluationStore, LiveEvaluation
from server.web.routes.dependencies import READING, Live, resource
from server.web.routes.dependencies import Store as Runs
from server.wire import encode
from server.wire.messages.evaluations import Answers, EvaluationCommand, Survey

router = resource("/api/runs/{run}/evaluation")


async def evaluation_store(request: Request) -> EvaluationStore:
    """The evaluations of this server."""
    store: EvaluationStore = request.app.state.evaluations
    return store


Store = Annotated[EvaluationStore, Depends(evaluation_store)]
After = Annotated[
    int | None,
    Query(
        ge=0,
        description="The number of iterations before the evaluation; by default the latest evaluation.",
    ),
]
_NEWEST = EvaluationCommand()


async def chosen_evaluation(run: str, store: Store, iteration: After = None) -> LiveEvaluation:
    """The evaluation of a run after `iteration` iterations; by default its latest evaluation.

    It is async so that the event loop, which changes the store, also reads it.
    """
    return store.get(run, iteration)


Chosen = Annotated[LiveEvaluation, Depends(chosen_evaluation)]


@router.post("", status_code=202)
async def begin_evaluation(
    live: Live, store: Store, runs: Runs, command: Annotated[EvaluationCommand, Body()] = _NEWEST
) -> Survey:
    """Evaluate one state of the run on all of its data. Evaluations of its other states continue."""
    return _report(store.begin(live, runs, command.iteration))


@router.get("")
async def read_evaluation(evaluation: Chosen) -> Survey:
    """An evaluation of a run, with its results so far."""
    return _report(evaluation)


@router.delete("")
async def cancel_evaluation(evaluation: Chosen) -> Survey:
    """Stop an evaluation. Results so far stay."""
    evaluation.cancel()
    return _report(evaluation)


@router.get("/{part}", dependencies=[READING])
def read_answers(
    chosen: Chosen,
    part: Split,
    label: Annotated[int | None, Query(ge=0, description="The true class; any when left out.")] = None,
    answer: Annotated[int | None, Query(ge=0, description="The answered class; any when left out.")] = None,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=0, le=200)] = 60,
) -> Answers:
    """Examples with their answers, the largest loss first. Without a class, only wrong answers."""
    evaluation = chosen.splits.get(part)
    if evaluation is None:
        raise NotComputed(f"No {part} example is answered yet. Ask again soon.", "part")
    return encode.evaluations.answers(chosen.plan, evaluation, label, answer, start, count)


def _report(live: LiveEvaluation) -> Survey:
    return encode.evaluations.evaluation(live.plan, live.iteration, live.status, tuple(live.splits.values()))
