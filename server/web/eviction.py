"""What the runs in memory may take. `runs` are in the order of their use, the one used last at the end."""

from collections import OrderedDict

from server.errors import Refusal
from server.web.live_run import LiveRun
from server.web.settings import Settings

Runs = OrderedDict[str, LiveRun]


def taken(runs: Runs) -> int:
    """How many bytes the runs keep in all."""
    return sum(live.history.nbytes for live in runs.values())


def make_room(runs: Runs, nbytes: int, settings: Settings) -> None:
    """Drop the runs used longest ago until one more, of `nbytes`, fits. Those in use stay: Refusal."""
    _forget_traces(runs, settings.max_bytes - nbytes)
    while runs and (len(runs) >= settings.max_runs or taken(runs) + nbytes > settings.max_bytes):
        idle = next((live for live in runs.values() if not live.in_use), None)
        if idle is None:
            raise Refusal(
                f"This server has room for no more: its {len(runs)} runs are training or open in a page. "
                "Pause one, and close its page.",
                code="full",
            )
        _drop(runs, idle)


def keep_within(runs: Runs, max_bytes: int) -> None:
    """After runs have grown: drop what can be computed again, first traces, then whole runs.

    Those used longest ago give way first; those in use and the one used last stay.
    """
    _forget_traces(runs, max_bytes)
    for live in list(runs.values())[:-1]:
        if taken(runs) <= max_bytes:
            return
        if not live.in_use:
            _drop(runs, live)


def _forget_traces(runs: Runs, max_bytes: int) -> None:
    over = taken(runs) - max_bytes
    for live in runs.values():
        if over <= 0:
            return
        over -= live.history.forget()


def _drop(runs: Runs, live: LiveRun) -> None:
    del runs[live.id]
    live.close()
