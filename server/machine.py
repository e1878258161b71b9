"""Settings of BLAS and of the C library for this process, made before NumPy is imported and reads them."""

import ctypes
import os
import platform
from collections.abc import MutableMapping
from pathlib import Path

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
KERNELS = "OPENBLAS_CORETYPE"
AVX512 = frozenset({"avx512f", "avx512bw", "avx512dq", "avx512vl"})
CPU_INFO = Path("/proc/cpuinfo")

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def prepare() -> None:
    """Apply all settings to this process, and to the processes that it starts."""
    set_variables(os.environ, cpu_flags())
    keep_memory()


def set_variables(environment: MutableMapping[str, str], flags: frozenset[str]) -> None:
    """Set one BLAS thread, and the AVX-512 kernels where the CPU's `flags` include all of AVX-512.

    More threads are slower for small arrays, and replay is bit-exact only with a fixed number of them.
    OpenBLAS does not recognise every CPU with AVX-512, and then uses kernels that are half as fast. Kernels
    that the user has chosen stay.
    """
    for variable in THREADS:
        environment[variable] = "1"
    if flags >= AVX512:
        environment.setdefault(KERNELS, "SkylakeX")


def cpu_flags(path: Path = CPU_INFO) -> frozenset[str]:
    """The CPU's flags from /proc/cpuinfo; empty where there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())


def keep_memory() -> bool:
    """Tell glibc to keep freed memory in the process. False where the C library is another.

    Every iteration allocates large arrays. By default each comes from the kernel, which clears it page by
    page, and goes back: that takes longer than the arithmetic on it.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_THRESHOLD, 2**30) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
