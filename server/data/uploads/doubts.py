"""What was assumed when a file was read, and what else it could mean."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """Another way to read the file: the words on its button, and an option of the upload with its value."""

    words: str
    option: str
    value: str


@dataclass(frozen=True, slots=True)
class UploadDoubt:
    """Something that was assumed, in a sentence, and the other ways to read the file."""

    words: str
    readings: tuple[Reading, ...] = ()
