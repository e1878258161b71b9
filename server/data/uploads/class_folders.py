"""The folders of a zip file that name the classes.

Folders around them are skipped: a single outer folder, folders of splits such as train and test, and folders
that all have the same subfolders.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

Folder = tuple[str, ...]
"""The names of the folders that lead to a file, from the outermost."""

_SPLIT_WORDS = "train|training|test|testing|val|valid|validation|dev|eval|evaluation"
_PLAIN_SPLITS = frozenset(_SPLIT_WORDS.split("|"))
_SPLIT = re.compile(rf"(?:.*[^a-z])?(?:{_SPLIT_WORDS})(?:[^a-z].*|set)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ClassFolders:
    """The folders whose last name is a class. `assumed` are outer folders that were skipped on a guess."""

    folders: frozenset[Folder]
    assumed: tuple[str, ...] = ()

    def class_of(self, folder: Folder) -> str | None:
        """The class of the files in a folder; None if the folder does not belong to a class."""
        for depth in range(len(folder), 0, -1):
            if folder[:depth] in self.folders:
                return folder[depth - 1]
        return None

    def with_empty(self, folders: Iterable[Folder]) -> "ClassFolders":
        """These folders and those beside them, which have no files: classes without files."""
        parents = {folder[:-1] for folder in self.folders}
        empty = {folder for folder in folders if folder and folder[:-1] in parents}
        return ClassFolders(self.folders | empty, self.assumed)


def class_folders(folders: Iterable[Folder], outer: bool = False) -> ClassFolders:
    """The classes among the folders that hold pictures.

    If `outer`, the outermost folders are the classes; only a single folder around all others is skipped.
    """
    groups: dict[str, set[Folder]] = {}
    for folder in folders:
        if folder:
            groups.setdefault(folder[0], set()).add(folder[1:])
    groups = dict(sorted(groups.items()))
    children = {name: {rest[0] for rest in rests if rest} for name, rests in groups.items()}
    branches = [name for name, below in children.items() if below]
    if not branches:
        return ClassFolders(frozenset((name,) for name in groups))
    if len(groups) == 1:
        (name,) = groups
        # A folder with pictures of its own and a single subfolder is a class.
        if () in groups[name] and len(children[name]) == 1:
            return ClassFolders(frozenset({(name,)}))
        return _below(groups, (), outer)
    if not outer and all(map(_SPLIT.fullmatch, groups)):
        unusual = (name for name in groups if name not in branches or name.casefold() not in _PLAIN_SPLITS)
        return _below(groups, tuple(unusual), outer)
    have_pictures = any(() in rests for rests in groups.values())
    alike = not have_pictures and len({frozenset(below) for below in children.values()}) == 1
    if (
        not outer
        and alike
        and len(children[branches[0]]) > 1
        and not any(() in rests for rests in groups.values())
    ):
        return _below(groups, tuple(groups), outer)
    return ClassFolders(frozenset((name,) for name in groups))


def _below(groups: dict[str, set[Folder]], assumed: tuple[str, ...], outer: bool) -> ClassFolders:
    """The classes one level deeper in each of the folders."""
    found: set[Folder] = set()
    for name, rests in groups.items():
        inner = class_folders(rests, outer)
        found |= {(name, *folder) for folder in inner.folders}
        assumed += inner.assumed
    return ClassFolders(frozenset(found), assumed)
