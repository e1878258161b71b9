"""Checkpoints: trained runs in files of the user's cache, so that they need not be computed again.

A file's name depends on the recipe, on the code, and on the arithmetic (NumPy, BLAS and its kernels). Where
any of them has changed, the run is computed anew. The files are safetensors: nothing in them is executed.
"""

import hashlib
import logging
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file
from threadpoolctl import threadpool_info

from server.data.disk_cache import cache_folder, write_arrays
from server.nn.arrays import Array, freeze
from server.nn.step import State
from server.recipe.plan import Plan
from server.run.history import Evaluation, History, Past
from server.run.snapshots import Snapshots

KEPT = 8
"""The number of runs that are kept. The least recently used makes room."""
CODE = ("nn", "data", "recipe", "run")
SUFFIX = ".safetensors"

logger = logging.getLogger(__name__)


def keep(history: History) -> None:
    """Write what a run has computed into the cache. Log a warning where the cache cannot be written."""
    past = history.past()
    arrays = {"losses": past.losses, "interval": np.array(past.snapshots.interval)}
    arrays["evaluations"] = np.array([(e.iteration, e.accuracy, e.loss) for e in past.evaluations]).reshape(
        -1, 3
    )
    for state in {*past.snapshots.states.values(), past.head}:
        arrays |= dict(_arrays(_parts(state), str(state.iteration)))
    path = _path(history.plan)
    try:
        write_arrays(path, arrays)
        _make_room(path.parent)
    except OSError as error:
        logger.warning("A trained run could not be kept in %s: %s", path.parent, error)


def restore(history: History) -> bool:
    """Read a run from the cache into a history. True where that has more iterations than the history had."""
    path = _path(history.plan)
    if not path.exists():
        return False
    try:
        past = _past(history.plan, load_file(path))
        os.utime(path)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        logger.warning("What was kept of a run is damaged, and is not used: %s", error)
        return False
    return history.adopt(past)


def _past(plan: Plan, arrays: Mapping[str, Array]) -> Past:
    template = plan.initial()
    iterations = sorted({int(name.partition("/")[0]) for name in arrays if "/" in name})
    states = {at: _state(template, at, arrays) for at in iterations}
    interval = int(arrays["interval"])
    return Past(
        head=states[iterations[-1]],
        losses=arrays["losses"],
        evaluations=tuple(
            Evaluation(int(at), accuracy, loss) for at, accuracy, loss in arrays["evaluations"].tolist()
        ),
        snapshots=Snapshots({at: state for at, state in states.items() if at % interval == 0}, interval),
    )


def _parts(state: State) -> dict[str, Any]:
    return {field.name: getattr(state, field.name) for field in fields(state) if field.name != "iteration"}


def _arrays(part: Any, path: str) -> Iterator[tuple[str, Array]]:
    """All arrays of nested mappings, with their paths."""
    if isinstance(part, Mapping):
        for key, item in part.items():
            yield from _arrays(item, f"{path}/{key}")
    else:
        yield path, part


def _state(template: State, iteration: int, arrays: Mapping[str, Array]) -> State:
    """The state of an iteration, with the structure of `template`. KeyError, ValueError."""
    parts = {name: _filled(part, f"{iteration}/{name}", arrays) for name, part in _parts(template).items()}
    return replace(template, iteration=iteration, **parts)


def _filled(part: Any, path: str, arrays: Mapping[str, Array]) -> Any:
    if isinstance(part, Mapping):
        return {key: _filled(item, f"{path}/{key}", arrays) for key, item in part.items()}
    array = arrays[path]
    if (array.shape, array.dtype) != (part.shape, part.dtype):
        raise ValueError(f"{path} is {array.dtype} {array.shape}, not {part.dtype} {part.shape}.")
    return freeze(array)


def _path(plan: Plan) -> Path:
    return cache_folder() / "trained" / f"{plan.recipe.id}-{_arithmetic()}{SUFFIX}"


@cache
def _arithmetic() -> str:
    """16 hexadecimal digits that change with the code and the arithmetic."""
    # Only the BLAS of NumPy: other libraries load one of their own when they are imported.
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
    """Remove all but the KEPT most recently used runs."""
    kept = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-KEPT]:
        path.unlink(missing_ok=True)
