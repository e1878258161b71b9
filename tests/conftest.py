"""Set-up that precedes every import of NumPy: one BLAS thread, fixed examples, no data of this machine.

Each process of the tests has a data cache of its own, which it removes. Nothing is downloaded.
"""

import os
import tempfile

from hypothesis import settings

import server

assert server
settings.register_profile("backscope", deadline=None, derandomize=True, database=None, max_examples=150)
settings.register_profile("quick", settings.get_profile("backscope"), max_examples=25)
settings.load_profile("backscope")
CACHE = tempfile.TemporaryDirectory(prefix="backscope-")
os.environ |= {"DATA_MIRROR": "http://127.0.0.1:1", "DATA_CACHE": CACHE.name}
os.environ.pop("DATA_DIR", None)


def pytest_unconfigure() -> None:
    CACHE.cleanup()
