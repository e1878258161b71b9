"""The event streams of one run. They share its `progress` events, each of which is encoded once."""

import asyncio

from server.web.event_stream import event
from server.web.live_run import LiveRun
from server.web.outbox import Outbox


class Audience:
    """The streams of pages that have one run open: the outboxes of all, and the ids of the players.

    Until `close`, a task tells every stream when the run has changed.
    """

    def __init__(self, live: LiveRun) -> None:
        self.live = live
        self.outboxes: set[Outbox] = set()
        self.players: set[str] = set()
        self._progress: dict[int, tuple[bytes, int]] = {}
        self._task = asyncio.create_task(self._watch(live.changed))

    def progress(self, since: int) -> tuple[bytes, int]:
        """The `progress` event with the losses from iteration `since` on, and the number of computed ones."""
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
