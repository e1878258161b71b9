"""What a process of the server sets once."""

import gc
import sys
from collections.abc import Iterator

import pytest

from server.compute.process import COLLECTIONS, SWITCH_SECONDS, settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Set everything back after the test."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_garbage_collections_leave_out_what_is_there_and_threads_take_short_turns() -> None:
    kept = [[number] for number in range(100)]
    settle()
    assert gc.get_freeze_count() > len(kept)
    assert gc.get_threshold() == COLLECTIONS
    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
