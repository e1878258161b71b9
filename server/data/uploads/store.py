"""Data sets of one's own: kept in the user's cache, each under a name that is a function of its content."""

import hashlib
import json
import re
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from server.data.dataset import Dataset, Labels, Stored, classified, divided
from server.data.sets.files import DataUnavailable
from server.data.sets.sources import cache_folder

PREFIX = "own:"
NAME = re.compile(r"own:[0-9a-f]{16}")
MIN_CLASSES, MAX_CLASSES = 2, 100
MIN_OF_CLASS = 5
"""The fewest examples of a class: every fifth is to test with, so that each class has one."""
MAX_TITLE, MAX_CLASS_NAME = 60, 40
MAX_KEPT = 50
MAX_KEPT_BYTES = 2_000_000_000
MAX_BYTES = 200_000_000
"""How much the examples of one set may take in memory."""
LOADED = 4
"""How many sets that were read are held in memory."""


Load = Callable[[str], Dataset]

_BROKEN = (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What a damaged file may raise when it is read."""


class OwnDataError(ValueError):
    """Data that cannot become a data set, in a sentence that says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Base:
    """The data set that one's own examples are like, with its two counts: they are tested on its test part,
    and trained on among its training examples, or `alone`."""

    name: str
    alone: bool
    train_examples: int
    test_examples: int


@dataclass(frozen=True, slots=True, eq=False)
class OwnData:
    """Examples (examples, *shape) that belong to classes, with their class numbers (examples,); what their
    numbers mean, and what each is multiplied with. `left_out` says of some files why they are not among them,
    `left_out_count` of how many that is true; `ignored` counts what file managers add. With a `base` they are
    a few more examples of that set; without one, every fifth of them is to test with."""

    inputs: Stored
    labels: Labels
    classes: tuple[str, ...]
    about: str
    scale: float
    signed: bool
    left_out: tuple[str, ...] = ()
    left_out_count: int = 0
    ignored: int = 0
    base: Base | None = None

    @property
    def name(self) -> str:
        """own: and 16 hexadecimal digits, on every machine the same for the same examples."""
        numbers: list[Any] = [self.inputs.dtype.str, self.inputs.shape, self.classes, self.scale, self.signed]
        if self.base:
            numbers += [self.base.name, self.base.alone]
        content = hashlib.sha256(json.dumps(numbers).encode())
        content.update(np.ascontiguousarray(self.inputs).data)
        content.update(self.labels.astype("<i8").data)
        return PREFIX + content.hexdigest()[:16]

    @property
    def counts(self) -> tuple[int, ...]:
        """How many examples each class has."""
        return tuple(np.bincount(self.labels, minlength=len(self.classes)).tolist())

    @property
    def parts(self) -> tuple[int, int]:
        """How many examples there are to train and to test with."""
        if self.base is None:
            (_, train), (_, test) = divided(self.labels, self.labels)
            return len(train), len(test)
        return self.labels.size + (
            0 if self.base.alone else self.base.train_examples
        ), self.base.test_examples


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a kept set without reading its examples."""

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    train_examples: int
    test_examples: int
    base: str | None = None


def is_own(name: str) -> bool:
    """Whether a data set's name is one that a person's own has."""
    return name.startswith(PREFIX)


def cleaned(text: str, longest: int) -> str:
    """A client's words on one line, without what cannot be seen, and no longer than `longest` characters."""
    normal = unicodedata.normalize("NFC", text)
    seen = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in normal)
    return " ".join(seen.split())[:longest].strip()


def in_order(names: Sequence[str]) -> list[str]:
    """Names as a person would sort them: "9" before "10"."""
    return sorted(names, key=_order)


def _order(name: str) -> tuple[list[str | int], str]:
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], name


def checked(counts: dict[str, int], what: str) -> None:
    """OwnDataError unless there are enough classes, and none too small; `what` is what they have."""
    if len(counts) < MIN_CLASSES:
        only = f"only one class, “{next(iter(counts))}”" if counts else "no class"
        raise OwnDataError(f"There is {only}: a network that classifies needs {MIN_CLASSES} or more.")
    if len(counts) > MAX_CLASSES:
        raise OwnDataError(f"There are {len(counts):,} classes, and at most {MAX_CLASSES} are taken.")
    for name, count in counts.items():
        if count < MIN_OF_CLASS:
            raise OwnDataError(
                f"The class “{name}” has {count or 'no'} {what if count == 1 else what + 's'}: each needs "
                f"{MIN_OF_CLASS} or more, of which every fifth is to test with."
            )


def keep(data: OwnData, title: str) -> Kept:
    """Write the set into the cache under its name, whole or not at all. OwnDataError: there is no room."""
    path = _path(data.name)
    others = [other for other in _files() if other != path]
    if len(others) >= MAX_KEPT:
        raise OwnDataError(f"{MAX_KEPT} sets of your own are kept already: delete one that you do not need.")
    train, test = data.parts
    words = cleaned(title, MAX_TITLE) or "my data"
    base = data.base.name if data.base else None
    known = Kept(data.name, words, data.about, data.classes, data.inputs.shape[1:], train, test, base)
    meta: dict[str, Any] = {
        "title": words,
        "about": data.about,
        "classes": data.classes,
        "shape": known.shape,
    }
    meta |= {"train_examples": train, "test_examples": test, "scale": data.scale, "signed": data.signed}
    meta["base"] = data.base and asdict(data.base)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder) / path.name
            np.savez_compressed(part, inputs=data.inputs, labels=data.labels, meta=np.array(json.dumps(meta)))
            if part.stat().st_size + sum(other.stat().st_size for other in others) > MAX_KEPT_BYTES:
                raise OwnDataError(
                    f"Sets of your own may take {MAX_KEPT_BYTES / 1e9:.0f} GB together, and this one is more "
                    "than what is left: delete one that you do not need."
                )
            part.replace(path)
    except OSError as error:
        raise OwnDataError(f"It could not be written into the cache folder: {error.strerror}.") from None
    return known


def kept() -> list[Kept]:
    """What is known of all kept sets, by title. One that is broken is not among them."""
    known: list[Kept] = []
    for path in _files():
        with suppress(FileNotFoundError):  # deleted this very moment
            known += filter(None, [_known(path, path.stat().st_mtime_ns)])
    return sorted(known, key=lambda one: _order(one.title))


def is_kept(name: str) -> bool:
    """Whether a set is on this machine."""
    return NAME.fullmatch(name) is not None and _path(name).is_file()


def find(name: str) -> Kept:
    """What is known of one kept set. DataUnavailable when it is not here."""
    known = _known(_path(name), _changed(name))
    if known is None:
        raise _broken(name)
    return known


def remove(name: str) -> None:
    """Delete a kept set. Whoever has read it keeps it until then. DataUnavailable when it is not here."""
    _changed(name)
    _path(name).unlink(missing_ok=True)


def read(name: str, load: Load) -> Dataset:
    """A kept set in its two parts; `load` gives the set that it is based on, if it is. DataUnavailable when
    one of them is not here, or broken."""
    return _read(name, load, _changed(name))


def base_of(name: str) -> str:
    """The name of the set that a kept one is based on, or its own. DataUnavailable when it is not here."""
    return find(name).base or name if is_own(name) else name


@lru_cache(maxsize=LOADED)
def _read(name: str, load: Load, changed: int) -> Dataset:
    try:
        with _path(name).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
            data = OwnData(
                file["inputs"],
                file["labels"],
                tuple(meta["classes"]),
                meta["about"],
                meta["scale"],
                meta["signed"],
                base=Base(**meta["base"]) if meta.get("base") else None,
            )
            whole = data.name == name
    except _BROKEN:
        whole = False
    if not whole:
        raise _broken(name)
    train, test = (
        divided(data.inputs, data.labels) if data.base is None else _beside(data, load(data.base.name))
    )
    return classified(
        name, meta["title"], data.about, data.classes, train, test, signed=data.signed, scale=data.scale
    )


def _beside(data: OwnData, base: Dataset) -> tuple[tuple[Stored, Labels], tuple[Stored, Labels]]:
    """The two parts of examples that are a few more of another set's."""
    (inputs, labels), tested = (
        (np.moveaxis(x, -1, 0), targets.argmax(axis=0))
        for x, targets in ((base.train_x, base.train_targets), (base.test_x, base.test_targets))
    )
    if data.base and data.base.alone:
        return (data.inputs, data.labels), tested
    return (np.concatenate([inputs, data.inputs]), np.concatenate([labels, data.labels])), tested


@lru_cache(maxsize=2 * MAX_KEPT)
def _known(path: Path, changed: int) -> Kept | None:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            meta = json.loads(str(file["meta"]))
        return Kept(
            PREFIX + path.stem,
            meta["title"],
            meta["about"],
            tuple(meta["classes"]),
            tuple(meta["shape"]),
            meta["train_examples"],
            meta["test_examples"],
            (meta.get("base") or {}).get("name"),
        )
    except _BROKEN:
        return None


def _folder() -> Path:
    return cache_folder() / "own"


def _path(name: str) -> Path:
    return _folder() / f"{name.removeprefix(PREFIX)}.npz"


def _files() -> list[Path]:
    return [path for path in _folder().glob("*.npz") if NAME.fullmatch(PREFIX + path.stem)]


def _changed(name: str) -> int:
    """When a set was written. DataUnavailable when it is not here."""
    if not is_kept(name):
        raise DataUnavailable(
            f"The data set {name} is somebody's own, and is not on this machine (any more). Add the same "
            "files under Data, with the same settings: it gets the same name."
        )
    return _path(name).stat().st_mtime_ns


def _broken(name: str) -> DataUnavailable:
    return DataUnavailable(f"The file of {name} in the cache is damaged: add the same files again.")
