"""The disk cache: arrays are computed once, until their code changes."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from server.data import disk_cache
from server.data.disk_cache import FOLDER, cached
from server.data.sets.drawn import MODULES

ARRAYS = {"images": np.arange(12.0).reshape(3, 4)[:, ::2], "labels": np.array([1, 0, 2])}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Counter:
    """A function that returns the arrays and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Mapping[str, np.ndarray]:
        self.calls += 1
        return ARRAYS


def are_equal(arrays: Mapping[str, np.ndarray]) -> bool:
    return all((arrays[name] == array).all() for name, array in ARRAYS.items())


def test_arrays_are_computed_once_and_then_read(cache: Path) -> None:
    compute = Counter()
    for _ in range(2):
        assert are_equal(cached("x", MODULES, compute))
    assert compute.calls == 1


def test_changed_code_computes_again_and_replaces_the_old_file(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = Counter()
    for source in ("one", "two"):
        (tmp_path / "module.py").write_text(source)
        monkeypatch.setattr(disk_cache, "HERE", tmp_path)
        cached("x", ("module",), compute)
    assert compute.calls == 2
    assert len(list((cache / FOLDER).iterdir())) == 1


def test_a_damaged_file_is_logged_and_computed_again(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    compute = Counter()
    cached("x", MODULES, compute)
    (path,) = (cache / FOLDER).iterdir()
    path.write_bytes(path.read_bytes()[:40])
    for _ in range(2):
        assert are_equal(cached("x", MODULES, compute))
    assert compute.calls == 2
    assert "damaged" in caplog.text


def test_a_cache_folder_that_cannot_be_written_is_logged(
    cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.write_text("a file in place of the folder")
    with caplog.at_level(logging.WARNING):
        assert are_equal(cached("x", MODULES, Counter()))
    assert "cannot be written" in caplog.text
