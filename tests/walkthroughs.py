"""The walk-throughs of CONTRIBUTING.md as data: their files and edits, and how to apply them to a folder.

A code block that begins with ```` ```diff PATH ```` is an edit: its lines begin with a space (they stand in
the file), with - (they go) or with + (they come). A block of another language and a path is a new file.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("server", "static", "templates", "tests", "benchmarks", ".mypy_cache")
FILES = ("pyproject.toml", ".editorconfig")
LEFT = shutil.ignore_patterns("node_modules", "__pycache__", "*.png")


@dataclass(frozen=True)
class Step:
    """One code block of a walk-through: what it does to a file."""

    file: str
    text: str
    is_edit: bool


def walkthrough(title: str) -> list[Step]:
    """The steps below the heading `title` of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    _, heading, rest = text.partition(f"\n### {title}\n")
    assert heading, f"CONTRIBUTING.md has no “{title}”"
    section = re.split(r"^##+ ", rest, flags=re.MULTILINE)[0]
    blocks = re.findall(r"^```(\w+) (\S+)\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    return [Step(file, text, language == "diff") for language, file, text in blocks]


def files(steps: list[Step]) -> set[str]:
    """The files that somebody writes or edits who follows these steps."""
    return {step.file for step in steps}


def copy_project(folder: Path) -> None:
    """A copy of the checkout without what was downloaded; caches of tools come along, to save time."""
    for name in FOLDERS:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, folder / name, ignore=LEFT)
    for name in FILES:
        shutil.copy2(ROOT / name, folder)


def apply(steps: list[Step], folder: Path) -> None:
    """Write and edit the files. AssertionError if the lines of an edit are not in its file exactly once."""
    for step in steps:
        path = folder / step.file
        if step.is_edit:
            before, after = edited(step.text, " -"), edited(step.text, " +")
            text = path.read_text()
            assert text.count(before) == 1, (
                f"{step.file} has {text.count(before)} places for the edit\n{before}"
            )
            path.write_text(text.replace(before, after))
        else:
            assert not path.exists(), f"{step.file} exists already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text)


def edited(text: str, kinds: str) -> str:
    """The lines of an edit that begin with one of `kinds`, without that first character."""
    lines = [line or " " for line in text.splitlines()]
    return "".join(f"{line[1:]}\n" for line in lines if line[0] in kinds)
