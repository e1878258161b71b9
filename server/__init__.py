"""Backscope: a microscope for backpropagation.

One BLAS thread: at these sizes more threads are slower, and replay is bit-exact only with a fixed number of
them. BLAS reads these variables when NumPy is first imported, so they are set here, before anything else.
"""

import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"
