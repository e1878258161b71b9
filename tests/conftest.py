"""Before anything imports NumPy: one BLAS thread. And examples that are the same on every run."""

import server  # noqa: I001  sets the number of BLAS threads
from hypothesis import settings

assert server
settings.register_profile("backscope", deadline=None, derandomize=True, database=None, max_examples=150)
settings.load_profile("backscope")
