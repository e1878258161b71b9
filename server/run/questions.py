"""Questions that change a history, or wait for it: they are asked where the run is computed."""

from collections.abc import Callable
from typing import TypeVar

from server.run.history import History

T = TypeVar("T")
SEEK_SECONDS = 0.005
"""How long a command computes before others have their turns. It is more than a turn of training has."""


def nothing(history: History) -> None:
    """A question that is answered after the present turn."""


def advanced(history: History, until: int, question: Callable[[History], T]) -> tuple[T] | None:
    """Advance for a while. The answer to the question, if `until` iterations are computed or the run has
    ended; else None."""
    history.advance(max(0, until - history.computed), SEEK_SECONDS)
    return (question(history),) if history.computed >= until or history.ended else None
