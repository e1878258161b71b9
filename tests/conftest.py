"""Set-up that precedes every import of NumPy: one BLAS thread, fixed examples, no data of this machine.

Each process of the tests has a data cache of its own, which it removes. Nothing is downloaded.
"""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

import server

assert server
settings.register_profile("backscope", deadline=None, derandomize=True, database=None, max_examples=150)
settings.register_profile("quick", settings.get_profile("backscope"), max_examples=25)
settings.load_profile("backscope")
CACHE = tempfile.TemporaryDirectory(prefix="backscope-")
os.environ |= {"DATA_MIRROR": "http://127.0.0.1:1", "DATA_CACHE": CACHE.name}
os.environ.pop("DATA_DIR", None)

TOGETHER = ("browser", "web", "test_walkthrough.py")
"""Folders and files whose tests share something that is slow to make or exists once: runs, a port, a copy."""


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the marks in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of tests that run side by side, keep those of one file in `TOGETHER` on one worker, in their order."""
    here = Path(__file__).parent
    for item in items:
        place = item.path.relative_to(here)
        if place.parts[0] in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(place.as_posix()))


def pytest_unconfigure() -> None:
    CACHE.cleanup()
