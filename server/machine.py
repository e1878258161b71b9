"""What this process asks of the machine. NumPy and the C library read it once, so it is set before NumPy."""

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
    """Set all of it, for this process and for those that it starts."""
    set_variables(os.environ, cpu_flags())
    keep_memory()


def set_variables(environment: MutableMapping[str, str], flags: frozenset[str]) -> None:
    """One BLAS thread, and the kernels for AVX-512 where the CPU's flags include it.

    At these sizes more threads are slower, and replay is bit-exact only with a fixed number of them. OpenBLAS
    does not recognise every CPU that has AVX-512, and then takes kernels half as fast; what the user has
    chosen stays.
    """
    for variable in THREADS:
        environment[variable] = "1"
    if flags >= AVX512:
        environment.setdefault(KERNELS, "SkylakeX")


def cpu_flags(path: Path = CPU_INFO) -> frozenset[str]:
    """What the CPU can do, as Linux calls it; nothing where there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())


def keep_memory() -> bool:
    """Let freed memory stay with the process, where the C library is glibc; whether it was told so.

    Every iteration makes large arrays anew. By default each is asked of the kernel, cleared by it page by
    page, and given back: that costs more than what is computed in it.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_THRESHOLD, 2**30) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
