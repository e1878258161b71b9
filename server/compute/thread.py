"""One thread computes for all runs: questions first, then training in short turns."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

SLICE_SECONDS = 0.002
"""How long one run trains before the thread looks for questions and other runs."""

PICTURE_SHARE = 0.2
"""The most time that pictures take while there is training, as a part of its time."""

T = TypeVar("T")
_Queue = deque[tuple[Future[Any], Callable[[], Any]]]
logger = logging.getLogger(__name__)


class Training(Protocol):
    """Training that the thread takes on in turns. The methods are called on the thread."""

    def advance(self, seconds: float) -> float | None:
        """Train for about `seconds`. Return the seconds until the next turn is wanted; None at the end."""

    def fail(self, error: Exception) -> None:
        """Take note that `advance` raised `error`. There are no more turns."""


class ComputeThread:
    """A thread that answers questions in the order in which they come, and trains while there are none.

    Trainings take turns of SLICE_SECONDS; the next turn is that of the one which has waited longest. Arrays
    therefore have one owner, and a question waits for one turn at most.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wake = threading.Condition()
        self._questions: _Queue = deque()
        self._pictures: _Queue = deque()
        self._picture_seconds = 0.0
        self._due: dict[Training, float] = {}
        self._closed = False
        self._thread: threading.Thread | None = None

    async def ask(self, question: Callable[[], T]) -> T:
        """The answer to a question, computed on the thread. Its exceptions are raised here.

        A question whose asker has gone away is not answered. RuntimeError after `close`.
        """
        return await asyncio.wrap_future(self.submit(question))

    async def take_turn(self, question: Callable[[], T]) -> T:
        """The answer to a question that waits for its turn with the trainings. Else as `ask`."""
        turn = _Turn(question)
        self.train(turn)
        answer: T = await asyncio.wrap_future(turn.answer)
        return answer

    async def draw(self, question: Callable[[], T]) -> T:
        """The answer to the question for a picture of something that moves. Else as `ask`.

        While there is training, all pictures together take at most PICTURE_SHARE of its time.
        """
        return await asyncio.wrap_future(self._submitted(question, self._pictures))

    def submit(self, question: Callable[[], T]) -> Future[T]:
        """Ask a question, and do not wait. RuntimeError after `close`."""
        return self._submitted(question, self._questions)

    def _submitted(self, question: Callable[[], T], queue: _Queue) -> Future[T]:
        answer: Future[T] = Future()
        with self._wake:
            self._begin()
            queue.append((answer, question))
            self._wake.notify()
        return answer

    def train(self, training: Training) -> None:
        """Give a training turns until it wants none: the next at once, or in its place if it waits for one.

        RuntimeError after `close`.
        """
        with self._wake:
            self._begin()
            now = self._clock()
            self._due[training] = min(self._due.get(training, now), now)
            self._wake.notify()

    def close(self) -> None:
        """End the thread after its present work. Questions that wait get a RuntimeError."""
        with self._wake:
            self._closed = True
            waiting = [answer for answer, _ in (*self._questions, *self._pictures)]
            waiting += [turn.answer for turn in self._due if isinstance(turn, _Turn)]
            self._questions.clear()
            self._pictures.clear()
            self._due.clear()
            self._wake.notify()
        for answer in waiting:
            if answer.set_running_or_notify_cancel():
                answer.set_exception(RuntimeError("The compute thread has ended."))
        if self._thread is not None:
            self._thread.join()

    def _begin(self) -> None:
        if self._closed:
            raise RuntimeError("The compute thread has ended.")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="compute", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (turn := self._next()) is not None:
            turn()
            # A thread that waits keeps no history alive.
            del turn

    def _next(self) -> Callable[[], None] | None:
        """The next thing to do, as soon as there is one; None at the end."""
        with self._wake:
            while not self._closed:
                if self._questions:
                    answer, question = self._questions.popleft()
                    return lambda: _answer(answer, question)
                now = self._clock()
                training = min(self._due, key=self._due.__getitem__, default=None)
                is_due = training is not None and self._due[training] <= now
                if self._pictures and (self._picture_seconds > 0 or not is_due):
                    picture, drawn = self._pictures.popleft()
                    return lambda: self._draw(picture, drawn)
                if training is not None and is_due:
                    del self._due[training]
                    return lambda: self._turn(training)
                self._wake.wait(None if training is None else self._due[training] - now)
            return None

    def _draw(self, picture: Future[Any], question: Callable[[], Any]) -> None:
        began = self._clock()
        _answer(picture, question)
        # What pictures owe is bounded, so that they come again soon after a large one.
        self._picture_seconds = max(self._picture_seconds - (self._clock() - began), -SLICE_SECONDS)

    def _turn(self, training: Training) -> None:
        began = self._clock()
        try:
            pause = training.advance(SLICE_SECONDS)
        except Exception as error:
            logger.exception("A training failed.")
            training.fail(error)
            return
        gained = PICTURE_SHARE * (self._clock() - began)
        self._picture_seconds = min(self._picture_seconds + gained, SLICE_SECONDS)
        if pause is not None:
            with self._wake:
                # `train` may have been called meanwhile: then it has a place already.
                self._due.setdefault(training, self._clock() + pause)


class _Turn:
    """A question that takes one turn as if it were training."""

    def __init__(self, question: Callable[[], Any]) -> None:
        self.answer: Future[Any] = Future()
        self._question = question

    def advance(self, seconds: float) -> None:
        """Answer the question."""
        _answer(self.answer, self._question)

    def fail(self, error: Exception) -> None:
        """Not called: errors reach the asker."""


def _answer(answer: Future[Any], question: Callable[[], Any]) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(question())
    except Exception as error:
        answer.set_exception(error)
