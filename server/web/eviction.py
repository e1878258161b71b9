"""Eviction of runs from memory. `runs` are ordered by use: the most recently used is last."""

from collections import OrderedDict

from server.errors import Refusal
from server.web.live_run import LiveRun
from server.web.settings import Settings

Runs = OrderedDict[str, LiveRun]


def total_bytes(runs: Runs) -> int:
    """The memory of all runs, in bytes."""
    return sum(live.history.nbytes for live in runs.values())


def make_room(runs: Runs, nbytes: int, settings: Settings) -> None:
    """Drop the least recently used runs until one more of `nbytes` fits.

    Refusal when that is impossible, because runs in use stay.
    """
    _forget_traces(runs, settings.max_bytes - nbytes)
    while runs and (len(runs) >= settings.max_runs or total_bytes(runs) + nbytes > settings.max_bytes):
        idle = next((live for live in runs.values() if not live.in_use), None)
        if idle is None:
            raise Refusal(
                f"This server has room for no more: its {len(runs)} runs are training or open in a page. "
                "Pause one, and close its page.",
                code="full",
            )
        _drop(runs, idle)


def keep_within(runs: Runs, max_bytes: int) -> None:
    """Drop what can be computed again until all runs take at most `max_bytes`: first traces, then runs.

    The least recently used go first. Runs in use stay, and the most recently used one.
    """
    _forget_traces(runs, max_bytes)
    for live in list(runs.values())[:-1]:
        if total_bytes(runs) <= max_bytes:
            return
        if not live.in_use:
            _drop(runs, live)


def _forget_traces(runs: Runs, max_bytes: int) -> None:
    over = total_bytes(runs) - max_bytes
    for live in runs.values():
        if over <= 0:
            return
        over -= live.history.forget()


def _drop(runs: Runs, live: LiveRun) -> None:
    del runs[live.id]
    live.close()
