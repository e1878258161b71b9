"""Before anything imports NumPy: one BLAS thread. And examples that are the same on every run, and no data
but what a test makes: nothing is found on this machine, and nothing downloaded."""

import os
import tempfile

from hypothesis import settings

import server

assert server
settings.register_profile("backscope", deadline=None, derandomize=True, database=None, max_examples=150)
settings.load_profile("backscope")
os.environ |= {"DATA_MIRROR": "http://127.0.0.1:1", "DATA_CACHE": tempfile.mkdtemp(prefix="backscope-")}
os.environ.pop("DATA_DIR", None)
