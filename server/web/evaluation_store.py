"""Evaluations in the background: one at a time in a thread of its own, beside the training."""

import asyncio
import logging
import threading
from collections import OrderedDict
from functools import partial
from typing import get_args

from anyio import CapacityLimiter, to_thread

from server.errors import Refusal
from server.nn.step import State
from server.recipe.plan import Plan
from server.recipe.splits import Split
from server.run.evaluation import SplitEvaluation, evaluate_split
from server.run.history import History, NotComputed
from server.run.report import Report
from server.web.live_run import LiveRun
from server.web.run_store import RunStore
from server.wire.messages.evaluations import EvaluationStatus

logger = logging.getLogger(__name__)
KEPT = 32
"""The number of kept evaluations. The oldest ended one is dropped first, or the oldest if none has ended."""


class LiveEvaluation:
    """An evaluation of one moment of a run: its results so far, and the task that computes more."""

    def __init__(self, plan: Plan, iteration: int) -> None:
        self.plan = plan
        self.iteration = iteration
        self.splits: dict[Split, SplitEvaluation] = {}
        self.status: EvaluationStatus = "running"
        self.cancelled = threading.Event()
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Stop soon. Results so far stay."""
        self.cancelled.set()
        if self.status == "running":
            self.status = "cancelled"

    def work(self, state: State) -> None:
        """Evaluate all splits, in any thread, until `cancel` is called."""
        for split in reversed(get_args(Split)):
            for evaluation in evaluate_split(self.plan, state, split):
                self.splits[split] = evaluation
                if self.cancelled.is_set():
                    return


class EvaluationStore:
    """The evaluations of one server, by run and number of iterations, in the order of their beginning."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(1)
        self.evaluations: OrderedDict[tuple[str, int], LiveEvaluation] = OrderedDict()

    def get(self, run: str, iteration: int | None) -> LiveEvaluation:
        """The evaluation of a run after `iteration` iterations; None: the latest evaluation of the run.

        Raises Refusal if there is none.
        """
        latest = next((key for key in reversed(self.evaluations) if key[0] == run), None)
        key = latest if iteration is None else (run, iteration)
        if key is None or key not in self.evaluations:
            when = "" if iteration is None else f" after {iteration} iterations"
            raise Refusal(
                f"There is no evaluation of this run{when} (any more). POST to the same address begins one.",
                "run" if iteration is None else "iteration",
                code="no_evaluation",
            )
        return self.evaluations[key]

    def begin(self, live: LiveRun, store: RunStore, iteration: int | None) -> LiveEvaluation:
        """Evaluate a run after `iteration` iterations; None: after all iterations with finite numbers.

        An evaluation of the same state that is running or done is returned instead. Raises NotComputed, and
        Refusal if the run has no such state or the state is not finite.
        """
        key = live.id, live.report.finite if iteration is None else iteration
        _check_finite(live.report, key[1])
        if (before := self.evaluations.get(key)) is not None and before.status in ("running", "done"):
            self.evaluations.move_to_end(key)
            return before
        self.evaluations.pop(key, None)
        while len(self.evaluations) >= KEPT:
            self._drop_one()
        evaluation = self.evaluations[key] = LiveEvaluation(live.plan, key[1])
        evaluation.task = asyncio.create_task(self._carry_out(evaluation, live, store))
        return evaluation

    def _drop_one(self) -> None:
        ended = (key for key, evaluation in self.evaluations.items() if evaluation.status != "running")
        self.evaluations.pop(next(ended, next(iter(self.evaluations)))).cancel()

    async def close(self) -> None:
        """Cancel all evaluations, and wait until they have stopped."""
        for evaluation in self.evaluations.values():
            evaluation.cancel()
        tasks = [evaluation.task for evaluation in self.evaluations.values() if evaluation.task]
        await asyncio.gather(*tasks)

    async def _carry_out(self, evaluation: LiveEvaluation, live: LiveRun, store: RunStore) -> None:
        try:
            state = await store.ask(live, partial(History.state, iteration=evaluation.iteration))
            await to_thread.run_sync(evaluation.work, state, limiter=self.limiter)
        except Refusal:
            # The run has been dropped.
            evaluation.status = "failed"
        except Exception:
            logger.exception("An evaluation failed.")
            evaluation.status = "failed"
        else:
            if evaluation.status == "running":
                evaluation.status = "done"


def _check_finite(report: Report, iteration: int) -> None:
    """Raise NotComputed or Refusal unless the state after `iteration` iterations is computed and finite."""
    if iteration > report.plan.iterations:
        raise Refusal(
            f"This run has {report.plan.iterations} iterations. Evaluate it after at most that many.",
            "iteration",
            code="beyond_the_end",
        )
    if iteration > report.computed:
        raise NotComputed(
            f"This run has computed {report.computed} iterations. It cannot be evaluated after {iteration} "
            "yet: seek to a later iteration first."
        )
    if iteration > report.finite:
        raise Refusal(
            f"After {iteration} iterations some numbers of this run are not finite: evaluate it after "
            f"{report.finite} or fewer.",
            "iteration",
        )
