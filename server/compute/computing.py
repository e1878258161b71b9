"""The interface between the web and computing. Code above it does not know where runs are computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from server.recipe.plan import Plan
from server.run.history import History
from server.run.past import first_reaching
from server.run.report import Report

T = TypeVar("T")

Question = Callable[[History], T]
"""A question about a run: a function of its history.

All its other values are plain, so that it can be sent to the process that computes the run.
"""
Listener = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """How far a client wants a run to be computed.

    The wish is met when `until` iterations are computed, or when an evaluation has an accuracy of at least
    `accuracy` (0..1; None: evaluations do not count). `rate` is in iterations per second; None: full speed.
    """

    until: int
    accuracy: float | None = None
    rate: float | None = None

    def is_met(self, report: Report | History) -> bool:
        """True if nothing more has to be computed for this wish."""
        if report.computed >= self.until or self.accuracy is None:
            return report.computed >= self.until
        return first_reaching(report.evaluations, self.accuracy) is not None


class Computing(Protocol):
    """Computes runs. All methods are called on one event loop, and the listener is called on the same one.

    The listener receives a report after each change of a run: at most 30 times a second while the run trains,
    and at once when its wishes are met, when it ends, or when a question has changed it. If a question
    changes a run, the report arrives before the answer.

    `ask`, `take_turn`, `draw` and `study` raise the exceptions of the question, and KeyError if the run is
    not open. After `close`, all but `study` raise RuntimeError.
    """

    async def open(self, plan: Plan) -> Report:
        """Open the run of a plan, and return its report. Runs that differ only in edits share their past."""

    async def ask(self, run: str, question: Question[T]) -> T:
        """Answer a short question before all training. Questions are answered in the order of asking."""

    async def take_turn(self, run: str, question: Question[T]) -> T:
        """Answer a short question in a turn of its own among those of the training."""

    async def draw(self, run: str, question: Question[T]) -> T:
        """Answer the question for a frame of a run that plays. Frames leave most of the time to training."""

    async def study(self, run: str, question: Question[T]) -> T:
        """Answer a long question beside short questions and training. It must not change the history."""

    def wish(self, run: str, wishes: frozenset[Wish]) -> None:
        """Replace all wishes of a run.

        The run is computed until all are met, at the highest of their rates. KeyError if it is not open.
        """

    def forget(self, run: str) -> None:
        """Free the memory that a run can compute again. A report follows. KeyError if it is not open."""

    def drop(self, run: str) -> None:
        """Close a run. Questions that are waiting are still answered."""

    async def close(self) -> None:
        """End all computing. Questions that are waiting raise RuntimeError."""
