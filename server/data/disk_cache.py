"""The user's cache folder, and files of arrays in it."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save_file

Arrays = Mapping[str, NDArray[Any]]

DATA_CACHE = "DATA_CACHE"
"""The environment variable that names the cache folder."""


def cache_folder() -> Path:
    """The folder for downloads and for runs: `DATA_CACHE`, or else the user's cache."""
    if folder := os.environ.get(DATA_CACHE):
        return Path(folder)
    from pooch import os_cache

    return Path(os_cache("backscope"))


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays to a file atomically: the file is complete or absent. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    try:
        save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, partial)
        os.replace(partial, path)
    except SafetensorError as error:
        raise OSError(str(error)) from error
    finally:
        Path(partial).unlink(missing_ok=True)
