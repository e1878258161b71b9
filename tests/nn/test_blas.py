"""The limit of one BLAS thread."""

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from server.nn.blas import one_thread


def test_blas_runs_one_thread_after_the_import_of_the_package() -> None:
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    one_thread()
    assert (np.eye(2) @ np.eye(2)).trace() == 2
    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


def test_a_blas_library_that_keeps_more_threads_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = {"user_api": "blas", "internal_api": "openblas", "num_threads": 2}
    monkeypatch.setattr("server.nn.blas.threadpool_info", lambda: [stubborn])
    with pytest.raises(RuntimeError, match="openblas runs 2 threads and must run one"):
        one_thread()
