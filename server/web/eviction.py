"""What makes room in memory. `runs` are ordered by use: the most recently used is last. All pure."""

from collections import OrderedDict

from server.errors import Refusal
from server.web.live_run import LiveRun
from server.web.settings import Settings

Runs = OrderedDict[str, LiveRun]


def total_bytes(runs: Runs) -> int:
    """The memory of all runs, in bytes."""
    return sum(live.report.nbytes for live in runs.values())


def to_make_room(runs: Runs, nbytes: int, settings: Settings) -> list[LiveRun]:
    """The least recently used runs, until one more of `nbytes` fits without them.

    Refusal when that is impossible, because runs in use stay.
    """
    idle = [live for live in runs.values() if not live.in_use]
    places, over = len(runs) + 1 - settings.max_runs, total_bytes(runs) + nbytes - settings.max_bytes
    dropped: list[LiveRun] = []
    while len(dropped) < len(runs) and (len(dropped) < places or over > 0):
        if len(dropped) == len(idle):
            raise Refusal(
                f"This server has room for no more: its {len(runs)} runs are training or open in a page. "
                "Pause one, and close its page.",
                code="full",
            )
        over -= idle[len(dropped)].report.nbytes
        dropped.append(idle[len(dropped)])
    return dropped


def to_forget(runs: Runs, max_bytes: int) -> list[LiveRun]:
    """The least recently used runs with cached traces, until all runs fit in `max_bytes` without these."""
    over = total_bytes(runs) - max_bytes
    found: list[LiveRun] = []
    for live in runs.values():
        if over <= 0:
            break
        if live.report.cached:
            over -= live.report.cached
            found.append(live)
    return found


def to_drop(runs: Runs, max_bytes: int) -> list[LiveRun]:
    """The least recently used runs, until all others take at most `max_bytes`.

    Runs in use stay, and the most recently used one.
    """
    over = total_bytes(runs) - max_bytes
    found: list[LiveRun] = []
    for live in list(runs.values())[:-1]:
        if over <= 0:
            break
        if not live.in_use:
            over -= live.report.nbytes
            found.append(live)
    return found
