"""The event streams of one run, and what they share: news of the run, each written once."""

import asyncio

from server.web.event_stream import event
from server.web.live_run import LiveRun
from server.web.outbox import Outbox


class Audience:
    """All streams of one run, and the players among them that have a page open.

    While it exists, a task tells every stream that the run has changed.
    """

    def __init__(self, live: LiveRun) -> None:
        self.live = live
        self.outboxes: set[Outbox] = set()
        self.players: set[str] = set()
        self._progress: dict[int, tuple[bytes, int]] = {}
        self._task = asyncio.create_task(self._watch(live.changed))

    def progress(self, since: int) -> tuple[bytes, int]:
        """The event with the run's progress after `since` iterations, and the number of iterations then."""
        found = self._progress.get(since)
        if found is None:
            progress = self.live.progress(since)
            data = progress.model_dump_json().encode()
            found = self._progress[since] = event("progress", data, progress.computed), progress.computed
        return found

    def close(self) -> None:
        """Stop watching the run."""
        self._task.cancel()

    async def _watch(self, changed: asyncio.Event) -> None:
        while not self.live.closed:
            await changed.wait()
            changed = self.live.changed
            self._progress.clear()
            for outbox in self.outboxes:
                outbox.put("progress")
        for outbox in self.outboxes:
            outbox.put("closed")
