"""A run in memory, and the task that is computing more of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from uuid import uuid4

from server.run.history import History
from server.wire import encode
from server.wire.messages.runs import Progress, Status


class LiveRun:
    """A run in memory: its history, and at most one driver, the task that is computing more of it."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.id = history.plan.recipe.id
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
        """Whether more of it is being computed at this moment."""
        return self.driver is not None and not self.driver.done()

    @property
    def training(self) -> bool:
        """Whether it goes on by itself, and not just for a step."""
        return self.driven and self.by_itself

    @property
    def in_use(self) -> bool:
        """Whether somebody would miss it: it is being computed, or has an event stream."""
        return self.driven or self.streams > 0

    @property
    def status(self) -> Status:
        """What the run is doing."""
        if self.history.diverged is not None:
            return "diverged"
        if self.history.stopped is not None:
            return "stopped"
        if self.history.ended:
            return "finished"
        return "running" if self.training else "paused"

    def progress(self, since: int) -> Progress:
        """How far the run has come, with the losses from iteration `since` on."""
        return encode.runs.progress(self.history, self.status, since, self.source, next(self.sequence))

    def publish(self) -> None:
        """Wake everybody who waits for a change."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    @contextmanager
    def watched(self, grace_seconds: float) -> Iterator[None]:
        """For as long as one event stream lasts.

        A run that goes on by itself stops when its last stream ends and none comes within the grace period.
        One that never had a stream goes on: nobody has left it.
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
        """Stop the driver, after its slice, and wait until it has stopped."""
        self.stop.set()
        if self.driver is not None:
            await asyncio.wait([self.driver])

    def close(self) -> None:
        """End the run's event streams and its training."""
        self.closed = True
        self.stop.set()
        self.publish()
