"""The outbox of an event stream: the kinds of events that it has still to send, each at most once."""

import asyncio
from collections.abc import Mapping


class Outbox:
    """The kinds of events that a stream has to send.

    The stream creates an event only when the client has read the previous one. A slow client therefore gets
    fewer events, and each is up to date. `intervals` are the minimum times between two events of a kind, in
    seconds; other kinds are sent at once.
    """

    def __init__(self, intervals: Mapping[str, float]) -> None:
        self.intervals = dict(intervals)
        self._kinds: dict[str, None] = {}
        self._next: dict[str, float] = {}
        self._filled = asyncio.Event()

    def put(self, *kinds: str) -> None:
        """Add kinds to send, in this order."""
        self._kinds.update(dict.fromkeys(kinds))
        self._filled.set()

    def restart(self, *kinds: str) -> None:
        """Remove all kinds, and add these to send at once, in this order."""
        self._kinds.clear()
        self._next.clear()
        self.put(*kinds)

    async def take(self, seconds: float) -> list[str]:
        """Wait up to `seconds` for kinds to send, and remove and return them in the order of adding."""
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
