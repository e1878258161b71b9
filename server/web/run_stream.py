"""The event stream of a run, for clients other than the page: progress, and frames as the run advances."""

import asyncio
from collections.abc import AsyncIterator

from server.web.event_stream import ALIVE_SECONDS, event
from server.web.frame_encoder import FrameRequest
from server.web.live_run import LiveRun

COMMENT = b": alive\n\n"


async def run_events(
    live: LiveRun, known: int, frames: FrameRequest | None, events_per_second: float
) -> AsyncIterator[bytes]:
    """The events of a run as bytes, until the run closes: see `GET /api/runs/{run}/events`.

    `known` is the number of iterations whose losses the client has.
    """
    shown = 0
    while not live.closed:
        changed = live.changed
        progress = live.progress(known)
        yield event("progress", progress.model_dump_json().encode(), progress.computed)
        known = progress.computed
        if frames is not None and known not in (0, shown):
            shown = known
            yield event("frame", await live.frames.frame(shown - 1, frames))
        await asyncio.sleep(1 / events_per_second)
        while not changed.is_set():
            try:
                async with asyncio.timeout(ALIVE_SECONDS):
                    await changed.wait()
            except TimeoutError:
                yield COMMENT
