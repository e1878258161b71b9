"""Arrays that take seconds to compute, kept in the user's cache folder between starts of the server."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

Arrays = Mapping[str, NDArray[Any]]

DATA_CACHE = "DATA_CACHE"
"""The environment variable that names the cache folder."""
FOLDER, SUFFIX = "made", ".safetensors"
HERE = Path(__file__).parent

logger = logging.getLogger(__name__)


def cache_folder() -> Path:
    """The folder for downloads and computed arrays: `DATA_CACHE`, or else the user's cache."""
    if folder := os.environ.get(DATA_CACHE):
        return Path(folder)
    from pooch import os_cache

    return Path(os_cache("backscope"))


def cached(name: str, modules: tuple[str, ...], compute: Callable[[], Arrays]) -> Arrays:
    """The arrays that `compute` returns, read from the cache if possible.

    Parameters
    ----------
    name
        The cache key. The cache holds at most one file for each name.
    modules
        The modules that `compute` depends on, as paths in this package without the suffix. The arrays are
        computed again when one of these modules changes, and with another NumPy or SciPy.
    compute
        Returns the arrays. It is called when the cache has no valid file.
    """
    path = cache_folder() / FOLDER / f"{name}-{_fingerprint(modules)}{SUFFIX}"
    if path.exists():
        try:
            return load_file(path)
        except (OSError, SafetensorError) as error:
            logger.warning("The cached file %s is damaged and is computed again: %s", path, error)
    arrays = compute()
    try:
        write_arrays(path, arrays)
        for other in path.parent.glob(f"{name}-*{SUFFIX}"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("The cache folder %s cannot be written: %s", path.parent, error)
    return arrays


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


def _fingerprint(modules: tuple[str, ...]) -> str:
    """16 hexadecimal digits that identify the source of the modules and the versions of the libraries."""
    digest = hashlib.sha256(f"{version('numpy')} {version('scipy')}".encode())
    for module in modules:
        digest.update((HERE / f"{module}.py").read_bytes())
    return digest.hexdigest()[:16]
