"""What the web asks of computing. Nothing above this interface knows where runs are computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from server.recipe.plan import Plan
from server.run.history import History, first_reaching
from server.run.report import Report

T = TypeVar("T")

Question = Callable[[History], T]
"""A question about a run. Besides the history it uses plain values only, so that it can be sent to where the
run is computed."""
Listener = Callable[[Report], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """How far somebody wants a run to be computed.

    The wish is met when `until` iterations are computed, or when an evaluation has an accuracy of at least
    `accuracy` (0..1; None: no evaluation ends it). `rate` is in iterations a second; None is full speed.
    """

    until: int
    accuracy: float | None = None
    rate: float | None = None

    def is_met(self, report: Report | History) -> bool:
        """True when nothing more has to be computed for it."""
        if report.computed >= self.until or self.accuracy is None:
            return report.computed >= self.until
        return first_reaching(report.evaluations, self.accuracy) is not None


class Computing(Protocol):
    """Where runs are computed. All methods are called on one event loop, and the listener is called there.

    The listener gets a report after each change of a run: at most 30 times a second while it trains, and at
    once when its wishes are met, when it ends, or when a question has changed it. A reply comes after the
    report of what it has changed.
    """

    async def open(self, plan: Plan) -> Report:
        """Make a run known, and return how far it is. Runs that differ only in edits share their past."""

    async def ask(self, run: str, question: Question[T]) -> T:
        """The answer to a short question. It goes before all training, in the order of asking.

        Exceptions of the question are raised here. KeyError for a run that is not open.
        """

    async def take_turn(self, run: str, question: Question[T]) -> T:
        """The answer to a short question that waits for its turn with all training. Else as `ask`."""

    async def draw(self, run: str, question: Question[T]) -> T:
        """The answer to the question for a picture of something that moves. Else as `ask`.

        It leaves most of the time to training.
        """

    async def study(self, run: str, question: Question[T]) -> T:
        """The answer to a long question, which is computed beside questions and training. As `ask`.

        The question must not change the history.
        """

    def wish(self, run: str, wishes: frozenset[Wish]) -> None:
        """Replace all wishes of a run. It is computed until none is left, at the pace of the fastest."""

    def forget(self, run: str) -> None:
        """Free the memory of what a run can compute again. Its report follows."""

    def drop(self, run: str) -> None:
        """Forget a run. Questions that wait for it are still answered."""

    async def close(self) -> None:
        """End all computing. Where a question waits for its answer, RuntimeError is raised."""
