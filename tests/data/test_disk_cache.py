"""Files of arrays are complete or absent."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from server.data.disk_cache import cache_folder, write_arrays

ARRAYS = {"images": np.arange(12.0).reshape(3, 4)[:, ::2], "labels": np.array([1, 0, 2])}


def test_the_cache_folder_is_that_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("DATA_CACHE", "")
    assert cache_folder().name == "backscope"


def test_arrays_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "arrays.safetensors"
    for _ in range(2):
        write_arrays(path, ARRAYS)
        read = load_file(path)
        assert read.keys() == ARRAYS.keys()
        for name, array in ARRAYS.items():
            assert read[name].dtype == array.dtype
            assert (read[name] == array).all()


def test_what_cannot_be_written_leaves_no_file_behind(tmp_path: Path) -> None:
    path = tmp_path / "arrays.safetensors"
    write_arrays(path, ARRAYS)
    before = path.read_bytes()
    with pytest.raises(OSError, match="dtype"):
        write_arrays(path, {"complex": np.zeros(3, np.clongdouble)})
    assert [other.name for other in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "error"),
    [("file/arrays.safetensors", FileExistsError), ("file/folder/arrays.safetensors", NotADirectoryError)],
)
def test_a_folder_that_cannot_be_made_is_an_error(name: str, error: type[OSError], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in place of the folder")
    with pytest.raises(error):
        write_arrays(tmp_path / name, ARRAYS)
