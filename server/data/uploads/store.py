"""The uploaded data sets that people keep: one file for each in the user's cache, named by its content."""

import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from server.data.dataset import Dataset, Labels, Stored, labelled_dataset
from server.data.disk_cache import cache_folder
from server.data.errors import DataUnavailable, UploadError
from server.data.split import train_test_split
from server.data.uploads.text import clean_text, natural_key
from server.data.uploads.upload import PREFIX, UPLOAD_NAME, Base, Upload, is_upload

MAX_TITLE = 60
MAX_SAVED = 50
MAX_SAVED_BYTES = 2_000_000_000
MAX_LOADED = 4
"""The number of data sets that stay in memory."""

Load = Callable[[str], Dataset]

_DAMAGED = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""The errors that reading a damaged file may raise."""


@dataclass(frozen=True, slots=True)
class SavedUpload:
    """What is known of a saved data set without reading its examples. `base` is the name of the data set
    that it extends."""

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    train_examples: int
    test_examples: int
    base: str | None = None


def save(upload: Upload, title: str) -> SavedUpload:
    """Write a data set into the cache, atomically. Raises UploadError if there is no room for it."""
    path = _path(upload.name)
    others = [other for other in _files() if other != path]
    if len(others) >= MAX_SAVED:
        raise UploadError(f"{MAX_SAVED} sets of your own are kept already: delete one that you do not need.")
    meta = _meta(upload, title)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            partial = Path(folder) / path.name
            np.savez_compressed(
                partial, inputs=upload.inputs, labels=upload.labels, meta=np.array(json.dumps(meta))
            )
            if partial.stat().st_size + sum(other.stat().st_size for other in others) > MAX_SAVED_BYTES:
                raise UploadError(
                    f"Sets of your own may take {MAX_SAVED_BYTES / 1e9:.0f} GB together, and this one is "
                    "more than what is left: delete one that you do not need."
                )
            partial.replace(path)
    except OSError as error:
        raise UploadError(f"It could not be written into the cache folder: {error.strerror}.") from None
    return _saved_upload(upload.name, meta)


def saved() -> list[SavedUpload]:
    """All saved data sets, sorted by title, without damaged ones."""
    known: list[SavedUpload] = []
    for path in _files():
        with suppress(FileNotFoundError):  # deleted by another request since
            known += filter(None, [_read_meta(path, path.stat().st_mtime_ns)])
    return sorted(known, key=lambda one: natural_key(one.title))


def exists(name: str) -> bool:
    """True if the data set is saved on this machine."""
    return UPLOAD_NAME.fullmatch(name) is not None and _path(name).is_file()


def find(name: str) -> SavedUpload:
    """What is known of a saved data set. Raises DataUnavailable if it is missing or damaged."""
    known = _read_meta(_path(name), _modified(name))
    if known is None:
        raise _damaged(name)
    return known


def delete(name: str) -> None:
    """Delete a saved data set. Runs that use it go on. Raises DataUnavailable if it is missing."""
    _modified(name)
    _path(name).unlink(missing_ok=True)


def load(name: str, load_base: Load) -> Dataset:
    """Read a saved data set. `load_base` loads the data set that it extends, by its name.

    Raises DataUnavailable if one of the two is missing or damaged.
    """
    return _load(name, load_base, _modified(name))


def base_name(name: str) -> str:
    """The name of the data set that a saved one extends, or else `name` itself.

    Raises DataUnavailable if a saved data set is missing or damaged.
    """
    return find(name).base or name if is_upload(name) else name


@lru_cache(maxsize=MAX_LOADED)
def _load(name: str, load_base: Load, modified: int) -> Dataset:
    """The data set in a file that was modified at this time, which makes the cached result valid."""
    try:
        with _path(name).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            upload = Upload(
                file["inputs"],
                file["labels"],
                tuple(meta["classes"]),
                meta["about"],
                meta["scale"],
                meta["signed"],
                base=Base(**meta["base"]) if meta.get("base") else None,
            )
            is_intact = upload.name == name
    except _DAMAGED:
        is_intact = False
    if not is_intact:
        raise _damaged(name)
    train, test = (
        train_test_split(upload.inputs, upload.labels)
        if upload.base is None
        else _extend(load_base(upload.base.name), upload, upload.base.alone)
    )
    return labelled_dataset(
        name,
        meta["title"],
        upload.about,
        upload.classes,
        train,
        test,
        signed=upload.signed,
        scale=upload.scale,
    )


def _extend(
    base: Dataset, upload: Upload, alone: bool
) -> tuple[tuple[Stored, Labels], tuple[Stored, Labels]]:
    """The training and the test part: the base's with the upload's examples, or the latter `alone`."""
    (inputs, labels), test = (
        (np.moveaxis(x, -1, 0), targets.argmax(axis=0))
        for x, targets in ((base.train_x, base.train_targets), (base.test_x, base.test_targets))
    )
    if alone:
        return (upload.inputs, upload.labels), test
    return (np.concatenate([inputs, upload.inputs]), np.concatenate([labels, upload.labels])), test


def _meta(upload: Upload, title: str) -> dict[str, Any]:
    """The JSON that describes a data set in its file."""
    train, test = upload.split_sizes
    return {
        "title": clean_text(title, MAX_TITLE) or "my data",
        "about": upload.about,
        "classes": upload.classes,
        "shape": upload.inputs.shape[1:],
        "train_examples": train,
        "test_examples": test,
        "scale": upload.scale,
        "signed": upload.signed,
        "base": upload.base and asdict(upload.base),
    }


@lru_cache(maxsize=2 * MAX_SAVED)
def _read_meta(path: Path, modified: int) -> SavedUpload | None:
    """The description in a file that was modified at this time; None if the file is damaged."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return _saved_upload(PREFIX + path.stem, json.loads(str(file["meta"])))
    except _DAMAGED:
        return None


def _saved_upload(name: str, meta: dict[str, Any]) -> SavedUpload:
    return SavedUpload(
        name,
        meta["title"],
        meta["about"],
        tuple(meta["classes"]),
        tuple(meta["shape"]),
        meta["train_examples"],
        meta["test_examples"],
        (meta.get("base") or {}).get("name"),
    )


def _folder() -> Path:
    return cache_folder() / "own"


def _path(name: str) -> Path:
    return _folder() / f"{name.removeprefix(PREFIX)}.npz"


def _files() -> list[Path]:
    return [path for path in _folder().glob("*.npz") if UPLOAD_NAME.fullmatch(PREFIX + path.stem)]


def _modified(name: str) -> int:
    """The time of the last change of a file, in nanoseconds. Raises DataUnavailable if it is missing."""
    if not exists(name):
        raise DataUnavailable(
            f"The data set {name} was uploaded by a person, and is not on this machine (any more). Add the "
            "same files under Data, with the same settings: it gets the same name."
        )
    return _path(name).stat().st_mtime_ns


def _damaged(name: str) -> DataUnavailable:
    return DataUnavailable(f"The file of {name} in the cache is damaged: add the same files again.")
