"""A run in memory, and the task that computes more of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from uuid import uuid4

from server.run.history import History
from server.web.frame_encoder import FrameEncoder
from server.wire import encode
from server.wire.messages.runs import Progress, Status


class LiveRun:
    """A run in memory: its history, and at most one driver, the task that computes more of it."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.id = history.plan.recipe.id
        self.frames = FrameEncoder(history)
        self.source = uuid4().hex
        self.sequence = count(1)
        self.closed = False
        self.streams = 0
        self.alone: asyncio.TimerHandle | None = None
        self.changed = asyncio.Event()
        self.driver: asyncio.Task[None] | None = None
        self.by_itself = False
        self.commands = asyncio.Lock()
        self.stop = asyncio.Event()

    @property
    def driven(self) -> bool:
        """True while more of it is being computed."""
        return self.driver is not None and not self.driver.done()

    @property
    def training(self) -> bool:
        """True while it trains by itself, not for a single command."""
        return self.driven and self.by_itself

    @property
    def in_use(self) -> bool:
        """True while the run must not be evicted: it is being computed, or has an event stream."""
        return self.driven or self.streams > 0

    @property
    def status(self) -> Status:
        """The state of the run, as a client sees it."""
        if self.history.diverged is not None:
            return "diverged"
        if self.history.stopped is not None:
            return "stopped"
        if self.history.ended:
            return "finished"
        return "running" if self.training else "paused"

    def progress(self, since: int) -> Progress:
        """The progress of the run, with the losses from iteration `since` on."""
        return encode.runs.progress(self.history, self.status, since, self.source, next(self.sequence))

    def publish(self) -> None:
        """Wake all tasks that wait for a change."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    @contextmanager
    def watched(self, grace_seconds: float) -> Iterator[None]:
        """Count one event stream, for as long as the context lasts.

        A run that trains by itself stops when its last stream ends and no other begins within
        `grace_seconds`. A run that never had a stream goes on.
        """
        self.streams += 1
        if self.alone is not None:
            self.alone.cancel()
        try:
            yield
        finally:
            self.streams -= 1
            if self.training and not self.streams:
                self.alone = asyncio.get_running_loop().call_later(grace_seconds, self._left)

    def _left(self) -> None:
        if self.training:
            self.stop.set()

    async def stopped(self) -> None:
        """Stop the driver after its current slice, and wait for that."""
        self.stop.set()
        if self.driver is not None:
            await asyncio.wait([self.driver])

    def close(self) -> None:
        """End the event streams and the training of the run."""
        self.closed = True
        self.stop.set()
        self.publish()
