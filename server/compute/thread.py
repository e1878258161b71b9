"""The thread that computes all runs: questions first, then training in short turns."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

SLICE_SECONDS = 0.002
"""The time that one run trains before the thread looks for questions and other runs."""

FRAME_SHARE = 0.15
"""The maximum time for frames during training, as a fraction of the time of training."""

T = TypeVar("T")
_Queue = deque[tuple[Future[Any], Callable[[], Any]]]
logger = logging.getLogger(__name__)


class Training(Protocol):
    """Training that the thread does in turns. The thread calls the methods."""

    def advance(self, seconds: float) -> float | None:
        """Train for about `seconds`. Return the seconds until the next turn, or None if there is none."""

    def fail(self, error: Exception) -> None:
        """Handle an `error` that `advance` raised. There are no more turns."""


class ComputeThread:
    """A thread that answers questions in the order of asking, and trains while no question waits.

    Trainings take turns of SLICE_SECONDS. The training that has waited longest has the next turn. Arrays
    therefore have one owner, and a question waits for at most one turn.

    `ask`, `take_turn`, `draw`, `submit` and `train` raise RuntimeError after `close`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wake = threading.Condition()
        self._questions: _Queue = deque()
        self._frames: _Queue = deque()
        self._frame_seconds = 0.0
        self._due: dict[Training, float] = {}
        self._closed = False
        self._thread: threading.Thread | None = None

    async def ask(self, question: Callable[[], T]) -> T:
        """Answer a question on the thread. The exceptions of the question are raised here.

        A question is skipped if its caller is cancelled before the answer begins.
        """
        return await asyncio.wrap_future(self.submit(question))

    async def take_turn(self, question: Callable[[], T]) -> T:
        """Answer a question in a turn of its own among those of the trainings. Otherwise as `ask`."""
        turn = _Turn(question)
        self.train(turn)
        answer: T = await asyncio.wrap_future(turn.answer)
        return answer

    async def draw(self, question: Callable[[], T]) -> T:
        """Answer the question for a frame of a run that plays. Otherwise as `ask`.

        During training, all frames together take at most FRAME_SHARE of the time of training.
        """
        return await asyncio.wrap_future(self._submitted(question, self._frames))

    def submit(self, question: Callable[[], T]) -> Future[T]:
        """Ask a question without waiting. The future receives the answer or the exception."""
        return self._submitted(question, self._questions)

    def _submitted(self, question: Callable[[], T], queue: _Queue) -> Future[T]:
        answer: Future[T] = Future()
        with self._wake:
            self._begin()
            queue.append((answer, question))
            self._wake.notify()
        return answer

    def train(self, training: Training) -> None:
        """Give a training turns until `advance` returns None.

        The first turn is due now. A training that is already due keeps its place.
        """
        with self._wake:
            self._begin()
            now = self._clock()
            self._due[training] = min(self._due.get(training, now), now)
            self._wake.notify()

    def close(self) -> None:
        """End the thread after its current turn. Questions that are waiting raise RuntimeError."""
        with self._wake:
            self._closed = True
            waiting = [answer for answer, _ in (*self._questions, *self._frames)]
            waiting += [turn.answer for turn in self._due if isinstance(turn, _Turn)]
            self._questions.clear()
            self._frames.clear()
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
            # While the thread waits, it must not keep a history alive.
            del turn

    def _next(self) -> Callable[[], None] | None:
        """Wait for the next task and return it; None after `close`."""
        with self._wake:
            while not self._closed:
                if self._questions:
                    answer, question = self._questions.popleft()
                    return lambda: _answer(answer, question)
                now = self._clock()
                training = min(self._due, key=self._due.__getitem__, default=None)
                is_due = training is not None and self._due[training] <= now
                if self._frames and (self._frame_seconds > 0 or not is_due):
                    frame, drawn = self._frames.popleft()
                    return lambda: self._draw(frame, drawn)
                if training is not None and is_due:
                    del self._due[training]
                    return lambda: self._turn(training)
                self._wake.wait(None if training is None else self._due[training] - now)
            return None

    def _draw(self, frame: Future[Any], question: Callable[[], Any]) -> None:
        began = self._clock()
        _answer(frame, question)
        # The debt of frames is bounded, so that the frame after a large one is not late.
        self._frame_seconds = max(self._frame_seconds - (self._clock() - began), -SLICE_SECONDS)

    def _turn(self, training: Training) -> None:
        began = self._clock()
        try:
            pause = training.advance(SLICE_SECONDS)
        except Exception as error:
            logger.exception("A training failed.")
            training.fail(error)
            return
        gained = FRAME_SHARE * (self._clock() - began)
        self._frame_seconds = min(self._frame_seconds + gained, SLICE_SECONDS)
        if pause is not None:
            with self._wake:
                # If `train` was called in the meantime, the earlier time stays.
                self._due.setdefault(training, self._clock() + pause)


class _Turn:
    """A question that takes one turn, as a training does."""

    def __init__(self, question: Callable[[], Any]) -> None:
        self.answer: Future[Any] = Future()
        self._question = question

    def advance(self, seconds: float) -> None:
        """Answer the question."""
        _answer(self.answer, self._question)

    def fail(self, error: Exception) -> None:
        """Never called: `advance` passes errors of the question to its caller."""


def _answer(answer: Future[Any], question: Callable[[], Any]) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(question())
    except Exception as error:
        answer.set_exception(error)
