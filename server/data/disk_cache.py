"""Arrays that take long to make, kept in the user's cache: made once for the code that makes them."""

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

from server.data.sets.sources import cache_folder

Arrays = Mapping[str, NDArray[Any]]

FOLDER, SUFFIX = "made", ".safetensors"
HERE = Path(__file__).parent

logger = logging.getLogger(__name__)


def made(name: str, code: tuple[str, ...], make: Callable[[], Arrays]) -> Arrays:
    """What `make` makes: from the cache where it is kept, else made now, and kept where that is possible.

    What is kept is of the modules `code` of this package as they stand, and of the libraries in use: where
    any of them has changed, it is made anew.
    """
    path = cache_folder() / FOLDER / f"{name}-{_fingerprint(code)}{SUFFIX}"
    if path.exists():
        try:
            return load_file(path)
        except (OSError, SafetensorError) as error:
            logger.warning("What was kept in %s is damaged, and is made anew: %s", path, error)
    arrays = make()
    try:
        write(path, arrays)
        for other in path.parent.glob(f"{name}-*{SUFFIX}"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        logger.warning("What was made could not be kept in %s: %s", path.parent, error)
    return arrays


def write(path: Path, arrays: Arrays) -> None:
    """Write arrays into a file, which is there as a whole or not at all. OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, part)
    os.replace(part, path)


def _fingerprint(code: tuple[str, ...]) -> str:
    """16 hexadecimal digits that change with the code and with the libraries that compute."""
    found = hashlib.sha256(f"{version('numpy')} {version('scipy')}".encode())
    for module in code:
        found.update((HERE / f"{module}.py").read_bytes())
    return found.hexdigest()[:16]
