"""Assumptions about an uploaded file, and other ways to read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """Another way to read the file: the text of its button, and the option of the upload that it sets."""

    words: str
    option: str
    value: str


@dataclass(frozen=True, slots=True)
class UploadDoubt:
    """An assumption about the file, as a sentence, and the other ways to read the file."""

    words: str
    readings: tuple[Reading, ...] = ()
