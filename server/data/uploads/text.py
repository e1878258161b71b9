"""Text from files and clients: made fit to be shown, and sorted as people sort."""

import re
import unicodedata
from collections.abc import Iterable


def clean_text(text: str, longest: int) -> str:
    """The text on one line, in Unicode's form NFC, without control and format characters, cut to `longest`
    characters."""
    normal = unicodedata.normalize("NFC", text)
    visible = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in normal)
    return " ".join(visible.split())[:longest].strip()


def natural_sort(names: Iterable[str]) -> list[str]:
    """Names in natural order: numbers by value, so that "9" comes before "10"; letters without case."""
    return sorted(names, key=natural_key)


def natural_key(name: str) -> tuple[list[str | int], str]:
    """The key of the natural order."""
    pieces = re.split(r"(\d+)", name.casefold())
    # Digits are at the odd places, because the pattern captures them.
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], name
