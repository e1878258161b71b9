"""Evaluations in the background: one at a time in a thread of its own, beside the training."""

import asyncio
import logging
import threading
from collections import OrderedDict
from typing import get_args

from anyio import CapacityLimiter, to_thread

from server.errors import Refusal
from server.recipe.plan import Plan
from server.recipe.splits import Split
from server.run.evaluation import SplitEvaluation, evaluate_split
from server.run.history import History
from server.wire.messages.evaluations import EvaluationStatus

logger = logging.getLogger(__name__)
KEPT = 16
"""The number of evaluations that are kept. The oldest makes room."""


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

    def work(self, history: History) -> None:
        """Evaluate all splits, in any thread, until `cancel` is called."""
        if self.cancelled.is_set():
            return
        state = history.state(self.iteration)
        for split in reversed(get_args(Split)):
            for evaluation in evaluate_split(self.plan, state, split):
                self.splits[split] = evaluation
                if self.cancelled.is_set():
                    return


class EvaluationStore:
    """The evaluations of one server: the latest of each run."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(1)
        self.evaluations: OrderedDict[str, LiveEvaluation] = OrderedDict()

    def get(self, run: str) -> LiveEvaluation:
        """The latest evaluation of a run. Refusal when there is none."""
        evaluation = self.evaluations.get(run)
        if evaluation is None:
            raise Refusal(
                "There is no evaluation of this run (any more). POST to the same address begins one.",
                "run",
                code="no_evaluation",
            )
        return evaluation

    def begin(self, run: str, history: History) -> LiveEvaluation:
        """Evaluate a run as it is now. Cancel the evaluation of it that is under way."""
        if (before := self.evaluations.pop(run, None)) is not None:
            before.cancel()
        while len(self.evaluations) >= KEPT:
            _, oldest = self.evaluations.popitem(last=False)
            oldest.cancel()
        # A run that has diverged is evaluated at its last moment with finite numbers.
        evaluation = self.evaluations[run] = LiveEvaluation(history.plan, history.finite)
        evaluation.task = asyncio.create_task(self._carry_out(evaluation, history))
        return evaluation

    async def close(self) -> None:
        """Cancel all evaluations, and wait until they have stopped."""
        for evaluation in self.evaluations.values():
            evaluation.cancel()
        tasks = [evaluation.task for evaluation in self.evaluations.values() if evaluation.task]
        await asyncio.gather(*tasks)

    async def _carry_out(self, evaluation: LiveEvaluation, history: History) -> None:
        try:
            await to_thread.run_sync(evaluation.work, history, limiter=self.limiter)
        except Exception:
            logger.exception("An evaluation failed.")
            evaluation.status = "failed"
        else:
            if evaluation.status == "running":
                evaluation.status = "done"
