"""What takes long to make is made once for the code that makes it."""

import numpy as np
import pytest

from server.data import disk_cache as module
from server.data.disk_cache import FOLDER, cached
from server.data.sets.drawn import MODULES

ARRAYS = {"images": np.arange(12.0).reshape(3, 4)[:, ::2], "labels": np.array([1, 0, 2])}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Maker:
    """Makes the arrays, and counts how often."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return ARRAYS


def equal(arrays):
    return all((arrays[name] == array).all() for name, array in ARRAYS.items())


def test_it_is_made_once_and_then_read(cache):
    make = Maker()
    for _ in range(2):
        assert equal(cached("x", MODULES, make))
    assert make.times == 1


def test_other_code_makes_it_anew_and_takes_the_place_of_what_was_kept(cache, tmp_path, monkeypatch):
    make = Maker()
    for text in ("one", "two"):
        (tmp_path / "maker.py").write_text(text)
        monkeypatch.setattr(module, "HERE", tmp_path)
        cached("x", ("maker",), make)
    assert make.times == 2
    assert len(list((cache / FOLDER).iterdir())) == 1


def test_what_is_damaged_is_told_in_the_log_and_made_anew(cache, caplog):
    make = Maker()
    cached("x", MODULES, make)
    (path,) = (cache / FOLDER).iterdir()
    path.write_bytes(path.read_bytes()[:40])
    for _ in range(2):
        assert equal(cached("x", MODULES, make))
    assert make.times == 2
    assert "damaged" in caplog.text


def test_a_cache_that_cannot_be_written_is_told_in_the_log(cache, caplog):
    cache.write_text("a file where the folder should be")
    assert equal(cached("x", MODULES, Maker()))
    assert "could not be kept" in caplog.text
