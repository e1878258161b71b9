"""What an event stream has still to send. Each kind of event is there at most once: the newest wins."""

import asyncio
from collections.abc import Mapping


class Outbox:
    """The kinds of events that a stream has to send.

    The stream makes an event when its reader has read the one before: what happened in between is in the
    newest event, so that a slow reader gets fewer events and never old ones. `intervals` are the least
    seconds between two events of a kind; a kind without one is sent at once.
    """

    def __init__(self, intervals: Mapping[str, float]) -> None:
        self.intervals = dict(intervals)
        self._kinds: dict[str, None] = {}
        self._next: dict[str, float] = {}
        self._filled = asyncio.Event()

    def put(self, *kinds: str) -> None:
        """Let events of these kinds be sent, in this order."""
        self._kinds.update(dict.fromkeys(kinds))
        self._filled.set()

    def restart(self, *kinds: str) -> None:
        """Let these kinds alone be sent, in this order and at once."""
        self._kinds.clear()
        self._next.clear()
        self.put(*kinds)

    async def take(self, seconds: float) -> list[str]:
        """The kinds to send now, first come first; empty when there is none for `seconds`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            self._filled.clear()
            now = loop.time()
            if due := [kind for kind in self._kinds if self._next.get(kind, now) <= now]:
                for kind in due:
                    del self._kinds[kind]
                    self._next[kind] = now + self.intervals.get(kind, 0.0)
                return due
            if now >= until:
                return []
            try:
                async with asyncio.timeout_at(min([until, *(self._next[kind] for kind in self._kinds)])):
                    await self._filled.wait()
            except TimeoutError:
                continue
