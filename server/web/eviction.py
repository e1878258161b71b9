"""Which runs to drop or to shrink when memory is short. Pure functions.

`runs` are ordered by use: the most recently used run is last.
"""

from collections import OrderedDict

from server.errors import Refusal
from server.web.live_run import LiveRun
from server.web.settings import Settings

Runs = OrderedDict[str, LiveRun]


def total_bytes(runs: Runs) -> int:
    """The memory of all runs, in bytes."""
    return sum(live.report.nbytes for live in runs.values())


def to_make_room(runs: Runs, nbytes: int, settings: Settings) -> list[LiveRun]:
    """The least recently used runs that must be dropped so that a run of `nbytes` bytes fits.

    Runs in use stay. Raises Refusal if the run does not fit beside them.
    """
    idle = [live for live in runs.values() if not live.in_use]
    places, over = len(runs) + 1 - settings.max_runs, total_bytes(runs) + nbytes - settings.max_bytes
    dropped: list[LiveRun] = []
    while len(dropped) < len(runs) and (len(dropped) < places or over > 0):
        if len(dropped) == len(idle):
            raise Refusal(
                f"This server has room for no more runs: all its {len(runs)} runs are training or open in a "
                "page. Pause one and close its page.",
                code="full",
            )
        over -= idle[len(dropped)].report.nbytes
        dropped.append(idle[len(dropped)])
    return dropped


def to_forget(runs: Runs, max_bytes: int) -> list[LiveRun]:
    """The least recently used runs whose caches must be freed so that all runs fit in `max_bytes`."""
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
    """The least recently used runs that must be dropped so that the others fit in `max_bytes`.

    Runs in use and the most recently used run stay.
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
