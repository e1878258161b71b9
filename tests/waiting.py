"""How tests wait: for a condition, never for a time.

The limits here only turn a hang into a failure. They are generous, so that tests pass on a machine ten times
slower than usual. A quick machine never gets near them.
"""

import time
from collections.abc import Callable

PATIENCE = 180
"""Seconds that a test waits for one thing to happen before it fails."""


def wait_until(happened: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `happened` returns something true. AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
        time.sleep(0.01)


def while_it_progresses(wait: Callable[[], object], progress: Callable[[], object]) -> None:
    """Repeat `wait`, which raises AssertionError when it runs out of patience, as long as there is progress.

    `progress` returns how far the work has come: the wait fails when that is the same before and after it.
    """
    before = progress()
    while True:
        try:
            wait()
            return
        except AssertionError:
            now = progress()
            if now == before:
                raise
            before = now
