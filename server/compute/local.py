"""Computing in this process: one thread owns all histories."""

import asyncio
import sys
import time
from collections import OrderedDict
from functools import partial
from math import inf
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from server.compute.computing import Listener, Question, Wish
from server.compute.thread import ComputeThread
from server.recipe.plan import Plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.report import Report, report

REPORT_SECONDS = 1 / 30
"""The minimum time between two reports of a run that trains."""
STUDIES = 2
"""The number of long questions that are answered at the same time."""
MOST_PAUSE_SECONDS = 1.0
"""The maximum time between two turns, at any rate. A run that is dropped then leaves the thread soon."""
OPENINGS = 2
"""The number of runs that are opened at the same time. Opening a run can load its data."""

T = TypeVar("T")


class LocalComputing:
    """`Computing` in one thread of this process. Long questions have a few threads of their own."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._thread = ComputeThread()
        self._trainings: OrderedDict[str, _Training] = OrderedDict()
        self._studies = CapacityLimiter(STUDIES)
        self._openings = CapacityLimiter(OPENINGS)

    async def open(self, plan: Plan) -> Report:
        run = plan.recipe.id
        if run not in self._trainings:
            parent = self._relative(plan.recipe)
            history = await to_thread.run_sync(History, plan, parent, limiter=self._openings)
            loop = asyncio.get_running_loop()

            def tell(news: Report) -> None:
                loop.call_soon_threadsafe(self._listener, news)

            # Another caller may have opened the run in the meantime.
            self._trainings.setdefault(run, _Training(history, tell))
        return report(self._trainings[run].history)

    async def ask(self, run: str, question: Question[T]) -> T:
        training = self._trainings[run]
        self._trainings.move_to_end(run)
        return await self._thread.ask(partial(training.answer, question))

    async def take_turn(self, run: str, question: Question[T]) -> T:
        training = self._trainings[run]
        return await self._thread.take_turn(partial(training.answer, question))

    async def draw(self, run: str, question: Question[T]) -> T:
        training = self._trainings[run]
        return await self._thread.draw(partial(training.answer, question))

    async def study(self, run: str, question: Question[T]) -> T:
        history = self._trainings[run].history
        return await to_thread.run_sync(question, history, limiter=self._studies)

    def wish(self, run: str, wishes: frozenset[Wish]) -> None:
        training = self._trainings[run]
        training.wishes = wishes
        if wishes:
            self._thread.train(training)

    def forget(self, run: str) -> None:
        self._thread.submit(partial(self._trainings[run].answer, History.forget))

    def drop(self, run: str) -> None:
        if (training := self._trainings.pop(run, None)) is not None:
            training.wishes = frozenset()

    async def close(self) -> None:
        await to_thread.run_sync(self._thread.close)

    def _relative(self, recipe: Recipe) -> History | None:
        """The history with the longest common prefix with a recipe; of several, the most recently used."""
        histories = [training.history for training in reversed(self._trainings.values())]
        relatives = [
            history for history in histories if history.plan.recipe.without_edits == recipe.without_edits
        ]
        return max(relatives, key=lambda history: history.shared_with(recipe), default=None)


class _Training:
    """A run in the compute thread: its history, and the wishes that its turns fulfil.

    The event loop replaces `wishes`. All other attributes belong to the thread.
    """

    def __init__(self, history: History, tell: Listener) -> None:
        self.history = history
        self.wishes: frozenset[Wish] = frozenset()
        self._tell = tell
        self._told = 0.0
        self._due = 1.0
        self._last: float | None = None
        self._failed = False

    def advance(self, seconds: float) -> float | None:
        """Train for one turn of about `seconds`: see `Training.advance`."""
        self._failed = False
        wishes = self._unmet()
        if not wishes:
            self._over()
            return None
        unlimited = [wish for wish in wishes if wish.rate is None]
        count = max(wish.until for wish in unlimited or wishes) - self.history.computed
        rate = None if unlimited else max(wish.rate or 0.0 for wish in wishes)
        count = min(count, self._allowed(rate))
        if count > 0:
            accuracy = min((wish.accuracy for wish in wishes if wish.accuracy is not None), default=inf)
            self._due -= self.history.advance(count, seconds, accuracy)
            if not self._unmet():
                self._over()
                return None
            self._report()
        if rate is None or self._due >= 1:
            return 0.0
        # At high rates, one turn computes all iterations of a report.
        return min(max(1 - self._due, rate * REPORT_SECONDS) / rate, MOST_PAUSE_SECONDS)

    def fail(self, error: Exception) -> None:
        """Report that training has failed, and forget all wishes."""
        self.wishes = frozenset()
        self._failed = True
        self._tell_now()

    def answer(self, question: Question[T]) -> T:
        """Answer a question. If it changes the history, the report arrives before the answer."""
        before = self.history.computed, self.history.nbytes
        try:
            return question(self.history)
        finally:
            if (self.history.computed, self.history.nbytes) != before:
                self._tell_now()

    def _unmet(self) -> list[Wish]:
        return [] if self.history.ended else [wish for wish in self.wishes if not wish.is_met(self.history)]

    def _allowed(self, rate: float | None) -> int:
        """The number of iterations that are due at `rate` iterations per second.

        A slow machine makes up for at most one second.
        """
        if rate is None:
            self._due, self._last = inf, None
            return sys.maxsize
        now = time.monotonic()
        if self._last is None:
            self._due, self._last = 1.0, now
        self._due = min(self._due + rate * (now - self._last), max(1.0, rate))
        self._last = now
        return int(self._due)

    def _over(self) -> None:
        """Report at once. The clock of the rate restarts with the next wish."""
        self._last = None
        self._tell_now()

    def _report(self) -> None:
        """Report, unless the last report is less than REPORT_SECONDS old."""
        if time.monotonic() - self._told >= REPORT_SECONDS:
            self._tell_now()

    def _tell_now(self) -> None:
        self._told = time.monotonic()
        self._tell(report(self.history, self._failed))
