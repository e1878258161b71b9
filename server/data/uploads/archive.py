"""Read a zip file of pictures with one folder for each class, within limits.

Nothing is unpacked to the disk, names in the zip file are never used as paths, and the declared sizes are not
trusted.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from server.data.errors import UploadError
from server.data.pictures import decode
from server.data.uploads.class_folders import ClassFolders, Folder, class_folders
from server.data.uploads.doubts import Reading, UploadDoubt
from server.data.uploads.encodings import encoding_doubt, likely_encodings
from server.data.uploads.text import clean_text, natural_sort, titles
from server.data.uploads.upload import MAX_CLASS_NAME, MAX_CLASSES

MAX_FILES = 20_000
MAX_INFLATED = 2_000_000_000
"""The maximum size of all files together, unpacked, in bytes."""
MAX_DIRECTORY = 8_000_000
"""The maximum size of the central directory (table of contents), in bytes. zipfile reads it at once."""
MAX_QUOTED = 60
"""The maximum number of characters of a file name in a message."""

_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
_ENCRYPTED, _UTF8 = 0x1, 0x800
_WHAT_WORKS = "a zip file with one folder for each class, which holds the pictures of that class"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the zip file: its decoded name, and its entry in the central directory."""

    name: str
    entry: zipfile.ZipInfo


@dataclass(slots=True)
class Archive:
    """The files of a zip file by class.

    Attributes
    ----------
    file
        The open zip file.
    classes
        The files of each class, both in natural order.
    ignored
        The number of files that file managers have added, such as Thumbs.db.
    left_out
        For each file that is not usable: its name and the reason.
    doubts
        The assumptions about names and folders.
    inflated
        The number of bytes that have been unpacked so far.
    """

    file: zipfile.ZipFile
    classes: dict[str, list[Member]]
    ignored: int = 0
    left_out: list[str] = field(default_factory=list)
    doubts: tuple[UploadDoubt, ...] = ()
    inflated: int = 0

    def contents(self, members: list[Member]) -> Iterator[tuple[Member, bytes | None]]:
        """Read files one after the other. The content of a file that cannot be read is None.

        Raises UploadError if all files together are too large.
        """
        for member in members:
            content = None
            if member.entry.file_size > decode.MAX_BYTES:
                self.leave_out(member, _too_large(member.entry.file_size))
            else:
                try:
                    with self.file.open(member.entry) as stream:
                        content = stream.read(decode.MAX_BYTES + 1)
                except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
                    self.leave_out(member, "It is damaged in the zip file. Make the zip file again.")
            self.inflated += len(content or b"")
            if self.inflated > MAX_INFLATED:
                raise _inflates_too_much()
            yield member, content

    def leave_out(self, member: Member, reason: str) -> None:
        """Record a file that is not usable. `reason` is a sentence."""
        self.left_out.append(f"{quote_name(member.name)}: {reason[0].lower()}{reason[1:]}")


def open_archive(file: IO[bytes], encoding: str = "detect", outer: bool = False) -> Archive:
    """Find the pictures of each class in a zip file, without reading them.

    `encoding` is the encoding of names that are not UTF-8. If `outer`, the outermost folders name the
    classes, even if inner ones look like classes.

    Raises UploadError if the file is not a zip file, exceeds a limit, is unsafe, or contains no classes.
    """
    try:
        archive = zipfile.ZipFile(_LimitedReads(file))
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError, OverflowError):
        raise UploadError(f"The file is not a zip file, or it is incomplete. Upload {_WHAT_WORKS}.") from None
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise UploadError(f"The zip file has {len(entries):,} files. At most {MAX_FILES:,} are allowed.")
    names, doubts = _decoded_names(entries, encoding)
    members = [Member(name, entry) for name, entry in zip(names, entries, strict=True)]
    for member in members:
        _check_member(member)
    if sum(entry.file_size for entry in entries) > MAX_INFLATED:
        raise _inflates_too_much()
    found = Archive(archive, {}, doubts=doubts)
    folders: set[Folder] = set()
    files: list[tuple[Folder, Member]] = []
    for member in members:
        *folder, last = _parts(member.name) or [""]
        if _is_junk(member.name):
            found.ignored += not member.entry.is_dir()
        elif member.entry.is_dir():
            folders.add((*folder, last))
        else:
            files.append((tuple(folder), member))
    _sort_into_classes(found, folders, files, outer)
    return found


def quote_name(name: str) -> str:
    """A file name for a message, in quotation marks. Of a long name only the end is quoted."""
    text = clean_text(name, 1000)
    return f"“{text if len(text) <= MAX_QUOTED else '…' + text[1 - MAX_QUOTED :]}”"


def _sort_into_classes(
    found: Archive, folders: set[Folder], files: list[tuple[Folder, Member]], outer: bool
) -> None:
    """Fill `found.classes`: the folder of a file names its class. An empty folder is a class without files.

    Raises UploadError if there are no classes, too many, or two with the same name.
    """
    likely = {folder for folder, member in files if folder and member.name.lower().endswith(_SUFFIXES)}
    classes = class_folders(likely or {folder for folder, _ in files if folder}, outer)
    if classes.assumed:
        found.doubts += (_folder_doubt(classes),)
    classes = classes.with_empty(folders)
    of_class: dict[str, list[Member]] = {folder[-1]: [] for folder in sorted(classes.folders)}
    for folder, member in files:
        name = classes.class_of(folder)
        if name is None:
            found.leave_out(member, "It is not in the folder of a class.")
        else:
            of_class[name].append(member)
    if not of_class:
        raise UploadError(
            f"The zip file has no subfolders, which would name the classes. Upload {_WHAT_WORKS}."
            if files
            else f"The zip file holds no files. Upload {_WHAT_WORKS}."
        )
    if len(of_class) > MAX_CLASSES:
        raise UploadError(
            f"The zip file has {len(of_class):,} folders of classes. At most {MAX_CLASSES} are allowed."
        )
    short = titles(of_class, MAX_CLASS_NAME)
    for name in natural_sort(of_class):
        title = short[name] or "unnamed"
        if title in found.classes:
            raise UploadError(f"Two folders would both be the class “{title}”. Rename one.")
        by_name = {member.name: member for member in of_class[name]}
        found.classes[title] = [by_name[one] for one in natural_sort(by_name)]


def _folder_doubt(classes: ClassFolders) -> UploadDoubt:
    """The doubt about outer folders that were skipped."""
    passed = ", ".join(f"“{clean_text(name, MAX_QUOTED)}”" for name in classes.assumed[:3])
    return UploadDoubt(
        f"The inner folders are read as classes, and the outer ones ({passed}) as splits.",
        (Reading("Read the outer folders as classes", "outer", "true"),),
    )


def _check_member(member: Member) -> None:
    """Raise UploadError if an entry points outside of the zip file, is encrypted, or is oddly compressed."""
    name, entry = member.name, member.entry
    leads_out = ".." in name.replace("\\", "/").split("/")
    if leads_out or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        raise UploadError(f"{quote_name(name)} points outside of the zip file. Zip the folder itself.")
    if entry.flag_bits & _ENCRYPTED:
        raise UploadError(f"{quote_name(name)} is encrypted. Make a zip file without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UploadError(
            f"{quote_name(name)} has a rare compression. Make a zip file with the usual one (deflate)."
        )


def _decoded_names(
    entries: list[zipfile.ZipInfo], encoding: str
) -> tuple[list[str], tuple[UploadDoubt, ...]]:
    """The names of entries, with slashes between folders, and the doubt about their encoding.

    A name without the flag for UTF-8 is read as UTF-8 if it is valid, because macOS does not set the flag.
    Some programs for Windows write backslashes between folders.
    """
    # zipfile decodes names without the flag as code page 437, which has a character for each byte.
    raw = [None if entry.flag_bits & _UTF8 else entry.filename.encode("cp437") for entry in entries]
    unclear = b"\n".join(name for name in raw if name is not None and not name.isascii())
    likely = [encoding]
    doubts: tuple[UploadDoubt, ...] = ()
    if encoding == "detect":
        likely = ["utf-8"]
        try:
            unclear.decode()
        except UnicodeDecodeError:
            # Code page 437 is the default of the format and decodes every name.
            likely = likely_encodings(unclear) or ["cp437"]
            doubts = (encoding_doubt(unclear, likely),)
    names = [
        entry.filename if name is None else name.decode(likely[0], "replace")
        for entry, name in zip(entries, raw, strict=True)
    ]
    return [name.replace("\\", "/") for name in names], doubts


def _parts(name: str) -> list[str]:
    """The names of the folders that lead to a file, and its own name."""
    return [part for part in name.split("/") if part not in ("", ".")]


def _is_junk(name: str) -> bool:
    """True for hidden files and for files that file managers add."""
    return any(one.casefold() in _JUNK or one.startswith(".") for one in _parts(name))


def _too_large(size: int) -> str:
    return f"It has {size / 1e6:.1f} MB unpacked. A picture may have at most {decode.MAX_BYTES / 1e6:.0f} MB."


def _inflates_too_much() -> UploadError:
    return UploadError(
        f"The files have more than {MAX_INFLATED / 1e9:.0f} GB unpacked. Leave out some, or scale them down."
    )


class _LimitedReads:
    """A file that limits each read, because zipfile trusts the declared size of the central directory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes. Raises UploadError beyond the limit."""
        content = self._file.read(size if 0 <= size <= MAX_DIRECTORY else MAX_DIRECTORY + 1)
        if len(content) > MAX_DIRECTORY:
            raise UploadError(
                f"The zip file has too long a table of contents. At most {MAX_FILES:,} files are allowed."
            )
        return content
