"""A zip of pictures, one subfolder for each class, read behind limits: nothing is unpacked to the disk, no
name in it is ever a path here, and what it claims about its sizes is not believed."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from server.data.pictures import decode
from server.data.uploads.store import MAX_CLASS_NAME, MAX_CLASSES, OwnDataError, cleaned, in_order

MAX_FILES = 20_000
MAX_INFLATED = 2_000_000_000
"""The bytes of all files together, unpacked."""
MAX_DIRECTORY = 8_000_000
"""The bytes of a zip's table of contents, which is read at once."""
LONGEST = 60
"""How many characters of a file's name are repeated in a sentence."""

PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})
"""Folders that say how a set was split, and are no classes: the split is made anew."""
_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
_ENCRYPTED, _UTF8 = 0x1, 0x800
_WHAT_WORKS = "a zip of one folder for each class, with the pictures of that class in it"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the zip that may be a picture: its name for a sentence, and the entry."""

    name: str
    entry: zipfile.ZipInfo


@dataclass(slots=True)
class Archive:
    """What is in a zip: for each class, in order, its files in order; and how many files are only what file
    managers add. `left_out` says why files are not taken; `inflated` are the bytes read so far."""

    file: zipfile.ZipFile
    classes: dict[str, list[Member]]
    ignored: int = 0
    left_out: list[str] = field(default_factory=list)
    inflated: int = 0

    def contents(self, members: list[Member]) -> Iterator[tuple[Member, bytes | None]]:
        """Files with their bytes, one after the other; None for one that cannot be read, and is left out.
        OwnDataError when all that was read is too much."""
        for member in members:
            content = None
            if member.entry.file_size > decode.MAX_BYTES:
                self.leave_out(member, _too_large(member.entry.file_size))
            else:
                try:
                    with self.file.open(member.entry) as stream:
                        content = stream.read(decode.MAX_BYTES + 1)
                except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
                    self.leave_out(member, "It is damaged in the zip: zip it anew.")
            self.inflated += len(content or b"")
            if self.inflated > MAX_INFLATED:
                raise _inflates()
            yield member, content

    def leave_out(self, member: Member, why: str) -> None:
        """Say why a file is not taken."""
        self.left_out.append(f"{named(member.name)}: {why[0].lower()}{why[1:]}")


def opened(file: IO[bytes]) -> Archive:
    """The files of a zip, none of them read yet. OwnDataError where it is none, or has no classes."""
    try:
        archive = zipfile.ZipFile(_Directory(file))
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError, OverflowError) as error:
        if isinstance(error, OwnDataError):
            raise
        raise OwnDataError(
            f"It is no zip file, or one that breaks off before its end. Bring {_WHAT_WORKS}."
        ) from None
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise OwnDataError(f"There are {len(entries):,} files in it, and at most {MAX_FILES:,} are read.")
    named_entries = [(_name(entry), entry) for entry in entries]
    for name, entry in named_entries:
        _check(name, entry)
    if sum(entry.file_size for entry in entries) > MAX_INFLATED:
        raise _inflates()
    found = Archive(archive, {})
    folders: set[tuple[str, ...]] = set()
    files: list[tuple[tuple[str, ...], Member]] = []
    for name, entry in named_entries:
        *folder, last = name.rstrip("/").split("/")
        if _is_junk(name):
            found.ignored += not entry.is_dir()
        elif entry.is_dir():
            folders.add((*folder, last))
        else:
            files.append((tuple(folder), Member(name, entry)))
    _sort_into_classes(found, folders, files)
    return found


def named(name: str) -> str:
    """A file's name in a sentence."""
    seen = cleaned(name, 1000)
    return f"“{seen if len(seen) <= LONGEST else '…' + seen[1 - LONGEST :]}”"


def _sort_into_classes(
    found: Archive, folders: set[tuple[str, ...]], files: list[tuple[tuple[str, ...], Member]]
) -> None:
    likely = {folder for folder, member in files if folder and member.name.lower().endswith(_SUFFIXES)}
    outer = _outer(likely or {folder for folder, _ in files if folder})
    of_class: dict[str, list[Member]] = {}
    for folder in {folder for folder in folders if len(folder) > outer}:
        of_class.setdefault(folder[outer], [])
    for folder, member in files:
        if len(folder) > outer:
            of_class.setdefault(folder[outer], []).append(member)
        else:
            found.leave_out(member, "It lies in no class's folder.")
    if not of_class:
        raise OwnDataError(
            f"There are no subfolders in it, and a picture's folder names its class. Bring {_WHAT_WORKS}."
            if files
            else f"There is no file in it. Bring {_WHAT_WORKS}."
        )
    if len(of_class) > MAX_CLASSES:
        raise OwnDataError(
            f"There are {len(of_class):,} subfolders in it, and at most {MAX_CLASSES} classes are taken."
        )
    for name in in_order(list(of_class)):
        title = cleaned(name, MAX_CLASS_NAME) or "unnamed"
        if title in found.classes:
            raise OwnDataError(f"Two folders would both be the class “{title}”: rename one.")
        names = {member.name: member for member in of_class[name]}
        found.classes[title] = [names[one] for one in in_order(list(names))]


def _outer(folders: set[tuple[str, ...]]) -> int:
    """How many folders lie around those of the classes: one that holds all others, and train/ and test/."""
    outer = 0
    while folders:
        here = {folder[outer] if len(folder) > outer else "" for folder in folders}
        deeper = all(len(folder) > outer + 1 for folder in folders)
        if deeper and (len(here) == 1 or {name.casefold() for name in here} <= PARTS):
            outer += 1
        else:
            break
    return outer


def _check(name: str, entry: zipfile.ZipInfo) -> None:
    """OwnDataError about an entry that no well-meant zip has."""
    steps = name.replace("\\", "/").split("/")
    if ".." in steps or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        raise OwnDataError(
            f"{named(name)} leads out of the zip: zip the folder itself, so that all names begin in it."
        )
    if entry.flag_bits & _ENCRYPTED:
        raise OwnDataError(f"{named(name)} is encrypted: make a zip without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise OwnDataError(
            f"{named(name)} is compressed in a rare way: make a zip of the usual kind (deflate)."
        )


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name. Where nothing says how it is written, it is UTF-8 if it can be, as macOS has it."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _is_junk(name: str) -> bool:
    return any(step.casefold() in _JUNK or step.startswith(".") for step in name.rstrip("/").split("/"))


def _too_large(size: int) -> str:
    return f"It has {size / 1e6:.1f} MB unpacked, and a picture may have {decode.MAX_BYTES / 1e6:.0f} MB."


def _inflates() -> OwnDataError:
    return OwnDataError(
        f"Unpacked, it has more than {MAX_INFLATED / 1e9:.0f} GB: leave pictures out, or scale them down."
    )


class _Directory:
    """The file of a zip, of which never more than a sensible table of contents is read at a time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size if 0 <= size <= MAX_DIRECTORY else MAX_DIRECTORY + 1)
        if len(content) > MAX_DIRECTORY:
            raise OwnDataError(f"Its table of contents is too long: at most {MAX_FILES:,} files are read.")
        return content
