"""The settings of BLAS and of the C library, made before NumPy is imported."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from server.machine import AVX512, KERNELS, THREADS, cpu_flags, keep_memory, set_variables
from tests.waiting import PATIENCE


def test_blas_gets_one_thread_whatever_the_environment_says() -> None:
    environment = {"OPENBLAS_NUM_THREADS": "8"}
    set_variables(environment, frozenset())
    assert environment == dict.fromkeys(THREADS, "1")


def test_avx512_kernels_are_chosen_on_a_cpu_with_all_of_its_flags() -> None:
    complete: dict[str, str] = {}
    set_variables(complete, AVX512 | {"fma"})
    assert complete[KERNELS] == "SkylakeX"
    for missing in AVX512:
        partly: dict[str, str] = {}
        set_variables(partly, AVX512 - {missing})
        assert KERNELS not in partly


def test_kernels_that_the_user_has_chosen_stay() -> None:
    environment = {KERNELS: "Haswell"}
    set_variables(environment, AVX512)
    assert environment[KERNELS] == "Haswell"


def test_the_flags_of_the_cpu_are_those_of_its_first_core(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nflags\t\t: fpu avx512f avx512vl\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert cpu_flags(file) == {"fpu", "avx512f", "avx512vl"}
    file.write_text("processor\t: 0\nFeatures\t: fp asimd\n")
    assert cpu_flags(file) == frozenset()
    assert cpu_flags(tmp_path / "nothing") == frozenset()


def test_only_glibc_is_told_to_keep_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keep_memory() is (platform.libc_ver()[0] == "glibc")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert keep_memory() is False


def test_importing_the_package_makes_the_settings_before_numpy_is_imported() -> None:
    code = "import os, server, sys; assert 'numpy' not in sys.modules"
    code += f"; print(os.environ['OPENBLAS_NUM_THREADS'], os.environ[{KERNELS!r}])"
    chosen = {**os.environ, KERNELS: "Haswell", "OPENBLAS_NUM_THREADS": "4"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=chosen, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert run.stdout.split() == ["1", "Haswell"]
