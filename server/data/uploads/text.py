"""Text from files and clients: cleaned for display, and sorted in natural order."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

MAX_NAME = 1000
"""The maximum number of characters of a name that are compared."""


def clean_text(text: str, longest: int) -> str:
    """The text on one line, in Unicode's form NFC, without control and format characters, cut to `longest`
    characters."""
    normal = unicodedata.normalize("NFC", text)
    visible = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in normal)
    return " ".join(visible.split())[:longest].strip()


def titles(names: Iterable[str], longest: int) -> dict[str, str]:
    """A title of at most `longest` characters for each name, as `clean_text` returns it.

    Different names have different titles: if long names begin alike, their titles show the end, too. Names
    that are equal after `clean_text` share a title.
    """
    clean = {name: clean_text(name, MAX_NAME) for name in names}
    short = {text: text[:longest].strip() for text in clean.values()}
    counts = Counter(short.values())
    half = longest // 2
    for text, title in short.items():
        if counts[title] > 1:
            short[text] = f"{text[: half - 1].strip()}…{text[-half:].strip()}"
    seen: set[str] = set()
    for text, title in short.items():
        number, unique = 2, title
        while unique in seen:
            unique, number = f"{title[: longest - 4]} {number}", number + 1
        seen.add(unique)
        short[text] = unique
    return {name: short[text] for name, text in clean.items()}


def natural_sort(names: Iterable[str]) -> list[str]:
    """Names in natural order: numbers by value, so that "9" comes before "10"; letters without case."""
    return sorted(names, key=natural_key)


def natural_key(name: str) -> tuple[list[str | int], str]:
    """The key of the natural order."""
    pieces = re.split(r"(\d+)", name.casefold())
    # Digits are at the odd places, because the pattern captures them.
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], name
