"""Checkpoints: runs in files of the user's cache, so that they need not be computed again.

A file's name depends on the recipe, on the code, and on the arithmetic (NumPy, BLAS and its kernels). If any
of them changes, the run is computed again. The format is safetensors, which cannot execute code.
"""

import hashlib
import logging
import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file
from threadpoolctl import threadpool_info

from server.data.disk_cache import cache_folder, write_arrays
from server.nn.arrays import Array, freeze
from server.nn.step import State
from server.recipe.plan import Plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.past import Evaluation, Past
from server.run.snapshots import Snapshots

KEPT = 64
MAX_BYTES = 256_000_000
"""The maximum number of kept runs, and of their bytes. The least recently used are removed first."""
MAX_STATES, MAX_STATE_BYTES = 64, 16 * 2**20
"""The maximum number of states in one file, and of their bytes. Two states of any size are kept."""
ABANDONED_SECONDS = 3600
"""The age from which an unfinished file is removed: its writer has died."""
CODE = ("nn", "data", "recipe", "run")
SUFFIX = ".safetensors"

logger = logging.getLogger(__name__)


def keep(history: History) -> None:
    """Write a run into the cache, unless the cache has at least as many of its iterations.

    Logs a warning if the cache cannot be written.
    """
    past, path = history.past(), _path(history.plan.recipe)
    try:
        if _iterations_in(path) >= past.head.iteration:
            _mark_as_used(path)
        else:
            write_arrays(path, _arrays(past))
            _make_room(path.parent)
    except OSError as error:
        logger.warning("A run could not be kept in %s: %s", path.parent, error)


def read(plan: Plan) -> Past | None:
    """Read the kept part of a run; None if there is none.

    If a run with edits is not kept, its part before the first edit is read from the run without edits.
    """
    past = _read(_path(plan.recipe), plan)
    if past is None and plan.recipe.edits:
        without = _read(_path(plan.recipe.without_edits), plan)
        past = without and without.until(min(edit.iteration for edit in plan.recipe.edits))
    return past


def _read(path: Path, plan: Plan) -> Past | None:
    """Read a file; None if it is missing or damaged. A damaged file is removed, with a warning in the log."""
    if not path.exists():
        return None
    try:
        past = _past(plan, load_file(path))
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, LookupError, ValueError) as error:
        logger.warning("A kept run is damaged and is computed again: %s", error)
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return None
    _mark_as_used(path)
    return past


def _mark_as_used(path: Path) -> None:
    # The folder may be read-only, or another server may have removed the file.
    with suppress(OSError):
        os.utime(path)


def _iterations_in(path: Path) -> int:
    """The number of iterations in a file; 0 if the file cannot be read."""
    try:
        with safe_open(path, "numpy") as file:
            return int(file.get_slice("losses").get_shape()[0])
    except (OSError, SafetensorError):
        return 0


def _arrays(past: Past) -> dict[str, Array]:
    """The arrays of a file. Arrays of all states are stacked: a few large arrays are written fastest."""
    most = max(2, min(MAX_STATES, MAX_STATE_BYTES // max(1, past.head.nbytes)))
    snapshots = past.snapshots.thinned(most)
    states = list({**snapshots.states, past.head.iteration: past.head}.values())
    arrays = [dict(_leaves(_parts(state))) for state in states]
    return {
        "losses": past.losses,
        "evaluations": np.array([(e.iteration, e.accuracy, e.loss) for e in past.evaluations]).reshape(-1, 3),
        "interval": np.array(snapshots.interval),
        "iterations": np.array([state.iteration for state in states]),
        **{path: np.stack([of[path] for of in arrays]) for path in arrays[0]},
    }


def _past(plan: Plan, arrays: Mapping[str, Array]) -> Past:
    """The inverse of `_arrays`. Raises LookupError and ValueError for arrays that do not fit the plan."""
    template, interval = plan.initial(), int(arrays["interval"])
    states = {
        int(at): replace(
            template,
            iteration=int(at),
            **{name: _filled(part, name, arrays, i) for name, part in _parts(template).items()},
        )
        for i, at in enumerate(arrays["iterations"])
    }
    head = states[max(states)]
    if arrays["losses"].shape != (head.iteration,):
        raise ValueError(f"{arrays['losses'].size} losses are not those of {head.iteration} iterations.")
    return Past(
        head=head,
        losses=arrays["losses"],
        evaluations=tuple(
            Evaluation(iteration=int(at), accuracy=accuracy, loss=loss)
            for at, accuracy, loss in arrays["evaluations"].tolist()
        ),
        snapshots=Snapshots({at: state for at, state in states.items() if at % interval == 0}, interval),
    )


def _parts(state: State) -> dict[str, Any]:
    return {field.name: getattr(state, field.name) for field in fields(state) if field.name != "iteration"}


def _leaves(part: Any, path: str = "") -> Iterator[tuple[str, Array]]:
    """All arrays of nested mappings, with their paths ("params/conv1/w")."""
    if isinstance(part, Mapping):
        for key, item in part.items():
            yield from _leaves(item, f"{path}/{key}" if path else key)
    else:
        yield path, part


def _filled(part: Any, path: str, arrays: Mapping[str, Array], index: int) -> Any:
    """Nested mappings like `part`, with the arrays of state `index` of a file. Raises as `_past`."""
    if isinstance(part, Mapping):
        return {key: _filled(item, f"{path}/{key}", arrays, index) for key, item in part.items()}
    array = arrays[path][index]
    if (array.shape, array.dtype) != (part.shape, part.dtype):
        raise ValueError(f"{path} is {array.dtype} {array.shape}, not {part.dtype} {part.shape}.")
    # A view would keep the arrays of all states in memory.
    return freeze(array.copy())


def _path(recipe: Recipe) -> Path:
    return cache_folder() / "trained" / f"{recipe.id}-{_arithmetic()}{SUFFIX}"


@cache
def _arithmetic() -> str:
    """16 hexadecimal digits that change with the code and the arithmetic."""
    # Only the BLAS of NumPy counts: other libraries load their own when they are imported.
    built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    found = hashlib.sha256(
        f"{np.__version__} {platform.machine()} {built['name']} {built['version']}".encode()
    )
    kernels = {str(pool.get("architecture")) for pool in threadpool_info() if pool["user_api"] == "blas"}
    found.update(" ".join(sorted(kernels)).encode())
    here = Path(__file__).resolve().parent.parent
    for folder in CODE:
        for path in sorted((here / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _make_room(folder: Path) -> None:
    """Remove the least recently used runs beyond KEPT and MAX_BYTES, and abandoned files."""
    found = sorted(_files(folder), key=lambda file: file.used, reverse=True)
    whole = [file for file in found if file.path.suffix == SUFFIX]
    sizes = accumulate(file.nbytes for file in whole)
    # The newest file stays, whatever its size.
    surplus = [
        file
        for n, (file, size) in enumerate(zip(whole, sizes, strict=True))
        if n and (n >= KEPT or size > MAX_BYTES)
    ]
    abandoned = [
        file for file in found if file.path.suffix != SUFFIX and time.time() - file.used > ABANDONED_SECONDS
    ]
    for file in surplus + abandoned:
        file.path.unlink(missing_ok=True)


class _File(NamedTuple):
    """A file of the cache, when it was last used (seconds since 1970), and its size."""

    path: Path
    used: float
    nbytes: int


def _files(folder: Path) -> Iterator[_File]:
    for path in folder.iterdir():
        # Another server may have removed the file in the meantime.
        with suppress(FileNotFoundError):
            status = path.stat()
            yield _File(path, status.st_mtime, status.st_size)
