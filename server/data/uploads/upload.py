"""An uploaded data set: its examples, its name, and what it must contain."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from server.data.dataset import Labels, Stored
from server.data.errors import UploadError
from server.data.split import train_test_indices
from server.data.uploads.doubts import UploadDoubt

PREFIX = "own:"
UPLOAD_NAME = re.compile(r"own:[0-9a-f]{16}")
MIN_CLASSES, MAX_CLASSES = 2, 100
MIN_EXAMPLES_OF_CLASS = 5
"""The fewest examples of a class. Every fifth example is a test example, so that each class has one."""
MAX_CLASS_NAME = 40
MAX_BYTES = 200_000_000
"""The most memory that the examples of one data set may take."""


@dataclass(frozen=True, slots=True)
class Base:
    """The data set that an upload extends.

    The upload is tested on the test part of this data set. It is added to the training part or, if `alone`,
    replaces it. The counts are those of this data set.
    """

    name: str
    alone: bool
    train_examples: int
    test_examples: int


@dataclass(frozen=True, slots=True, eq=False)
class Upload:
    """An uploaded data set for classification.

    Attributes
    ----------
    inputs
        The examples (examples, *shape).
    labels
        The class numbers (examples,).
    classes, about, scale, signed
        As in `Dataset`.
    left_out
        For the first of the files that were not usable: the name and the reason.
    left_out_count
        The number of files that were not usable.
    ignored
        The number of files that file managers add, such as Thumbs.db.
    base
        The data set that is extended. Without one, every fifth example is a test example.
    doubts
        The assumptions about the file.
    """

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
    doubts: tuple[UploadDoubt, ...] = ()

    @property
    def name(self) -> str:
        """The prefix "own:" and 16 hexadecimal digits, a hash of the examples: the same on every machine."""
        fields: list[Any] = [self.inputs.dtype.str, self.inputs.shape, self.classes, self.scale, self.signed]
        if self.base:
            fields += [self.base.name, self.base.alone]
        digest = hashlib.sha256(json.dumps(fields).encode())
        digest.update(np.ascontiguousarray(self.inputs).data)
        digest.update(self.labels.astype("<i8").data)
        return PREFIX + digest.hexdigest()[:16]

    @property
    def counts(self) -> tuple[int, ...]:
        """The number of examples of each class."""
        return tuple(np.bincount(self.labels, minlength=len(self.classes)).tolist())

    @property
    def split_sizes(self) -> tuple[int, int]:
        """The number of training and of test examples, including those of the base."""
        if self.base is None:
            train, test = train_test_indices(self.labels)
            return len(train), len(test)
        shared = 0 if self.base.alone else self.base.train_examples
        return self.labels.size + shared, self.base.test_examples


def is_upload(name: str) -> bool:
    """True if this is the name of an uploaded data set."""
    return name.startswith(PREFIX)


def check_classes(counts: dict[str, int], noun: str) -> None:
    """Raise UploadError unless there are enough classes with enough examples.

    `counts` has the number of examples of each class. `noun` says what an example is, for the message.
    """
    if len(counts) < MIN_CLASSES:
        only = f"only one class, “{next(iter(counts))}”" if counts else "no class"
        raise UploadError(f"There is {only}: a network that classifies needs {MIN_CLASSES} or more.")
    if len(counts) > MAX_CLASSES:
        raise UploadError(f"There are {len(counts):,} classes, and at most {MAX_CLASSES} are taken.")
    for name, count in counts.items():
        if count < MIN_EXAMPLES_OF_CLASS:
            raise UploadError(
                f"The class “{name}” has {count or 'no'} {noun if count == 1 else noun + 's'}: each needs "
                f"{MIN_EXAMPLES_OF_CLASS} or more, of which every fifth is to test with."
            )
