"""Evaluations in the background: one at a time in a thread of its own, beside the training."""

import asyncio
import logging
import threading
from collections import OrderedDict
from typing import get_args

from anyio import CapacityLimiter, to_thread

from server.errors import Refusal
from server.recipe.plan import Part, Plan
from server.run.evaluation import Survey, surveyed
from server.run.history import History
from server.wire.messages.evaluations import SurveyStatus

logger = logging.getLogger(__name__)
KEPT = 16
"""How many evaluations are kept; the one that was asked for longest ago makes room."""


class LiveSurvey:
    """An evaluation of one moment of a run: as far as it has come, and the task that takes it on."""

    def __init__(self, plan: Plan, iteration: int) -> None:
        self.plan = plan
        self.iteration = iteration
        self.surveys: dict[Part, Survey] = {}
        self.status: SurveyStatus = "running"
        self.cancelled = threading.Event()
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Stop soon; what is answered stays."""
        self.cancelled.set()
        if self.status == "running":
            self.status = "cancelled"

    def work(self, history: History) -> None:
        """Answer all examples, in any thread, until somebody cancels."""
        if self.cancelled.is_set():
            return
        state = history.state(self.iteration)
        for part in reversed(get_args(Part)):
            for survey in surveyed(self.plan, state, part):
                self.surveys[part] = survey
                if self.cancelled.is_set():
                    return


class SurveyStore:
    """The evaluations of one server, by run: the latest of each."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(1)
        self.surveys: OrderedDict[str, LiveSurvey] = OrderedDict()

    def get(self, run: str) -> LiveSurvey:
        """The latest evaluation of a run. Refusal when there is none."""
        survey = self.surveys.get(run)
        if survey is None:
            raise Refusal(
                "There is no evaluation of this run (any more). POST to the same address begins one.",
                "run",
                code="no_evaluation",
            )
        return survey

    def begin(self, run: str, history: History) -> LiveSurvey:
        """Evaluate a run as it is now. An evaluation of it that is under way ends."""
        if (before := self.surveys.pop(run, None)) is not None:
            before.cancel()
        while len(self.surveys) >= KEPT:
            _, oldest = self.surveys.popitem(last=False)
            oldest.cancel()
        # Of a run that has left the finite numbers, the last moment that had them.
        survey = self.surveys[run] = LiveSurvey(history.plan, history.finite)
        survey.task = asyncio.create_task(self._carry_out(survey, history))
        return survey

    async def close(self) -> None:
        """End all evaluations."""
        for survey in self.surveys.values():
            survey.cancel()
        await asyncio.gather(*(survey.task for survey in self.surveys.values() if survey.task))

    async def _carry_out(self, survey: LiveSurvey, history: History) -> None:
        try:
            await to_thread.run_sync(survey.work, history, limiter=self.limiter)
        except Exception:
            logger.exception("An evaluation failed.")
            survey.status = "failed"
        else:
            if survey.status == "running":
                survey.status = "done"
