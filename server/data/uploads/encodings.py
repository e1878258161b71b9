"""The encoding of text that is not UTF-8.

Statistics of letters need more text than a few words. The form of the words tells more: in the right
encoding, the letters of a word belong to one script, and only the first letter or all letters are capitals.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

from server.data.uploads.doubts import Reading, UploadDoubt

Encoding = Literal["detect", "cp1252", "cp1251", "cp866", "cp437", "gbk", "shift_jis", "mac_roman"]
"""An encoding, or "detect" to find it."""
ENCODINGS: Mapping[str, str] = {
    "cp1252": "Western (Windows-1252)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp866": "Cyrillic (DOS, 866)",
    "cp437": "Western (DOS, 437)",
    "gbk": "Chinese (GBK)",
    "shift_jis": "Japanese (Shift-JIS)",
    "mac_roman": "Western (Mac Roman)",
}
"""The encodings that are tried, in order of preference -> their names for people."""
_COMMON_IDEOGRAPHS: Mapping[str, tuple[int, int]] = {"gbk": (0xB0, 0xD7), "shift_jis": (0x88, 0x97)}
"""An encoding -> the first and the last lead byte of its common ideographs (level 1 of its standard)."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][\x40-\x7e\x80-\xff]*")
MAX_READINGS = 4
"""The maximum number of other encodings that are offered."""
MAX_WORDS = 2000
"""The maximum number of words that are examined."""


def likely_encodings(content: bytes) -> list[str]:
    """The encodings of ENCODINGS that can decode the content, the most likely one first."""
    words = {found[0] for found in _limited(_WORD.finditer(content))}
    scores = {}
    for encoding in ENCODINGS:
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        scores[encoding] = sum(_plausibility(word, encoding) for word in words)
    return sorted(scores, key=lambda encoding: -scores[encoding])


def encoding_doubt(content: bytes, likely: list[str]) -> UploadDoubt:
    """The doubt about text that is not UTF-8 and is read in the first of the likely encodings."""
    samples = {one: _first_letters(content.decode(one)) for one in likely}
    taken = samples[likely[0]]
    others = {sample: one for one, sample in reversed(samples.items()) if sample not in ("", taken)}
    readings = tuple(
        Reading(f"“{sample}”, {ENCODINGS[one]}", "encoding", one)
        for sample, one in list(reversed(others.items()))[:MAX_READINGS]
    )
    sample = f": “{taken}”" if taken else ""
    return UploadDoubt(
        f"Some letters are not in UTF-8. They are read as {ENCODINGS[likely[0]]}{sample}.", readings
    )


def _first_letters(text: str, longest: int = 24) -> str:
    """The first word with a letter outside ASCII, as a sample for people; empty if there is none."""
    found = re.search(r"\w*[^\W\d_\x00-\x7f]\w*", text)
    return found[0][:longest] if found else ""


def _limited(found: Iterable[re.Match[bytes]]) -> Iterable[re.Match[bytes]]:
    return (match for match, _ in zip(found, range(MAX_WORDS), strict=False))


def _plausibility(word: bytes, encoding: str) -> float:
    """How likely the bytes are a word in an encoding, from 0 to 1."""
    try:
        text = word.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    beyond = [letter for letter in text if letter > "\x7f"]
    if not beyond or not all(letter.isalpha() for letter in beyond):
        return 0.0
    scripts = {_script(letter) for letter in text if letter.isalpha()}
    if len(scripts) > 1:
        return 0.2
    (script,) = scripts
    if script in ("CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH"):
        return _share_of_common(beyond, encoding)
    if not (text.islower() or text.isupper() or text.istitle()):
        return 0.3
    # In a word of the Latin script, most letters are ASCII.
    return 0.4 if script == "LATIN" and 2 * len(beyond) > len(text) + 1 else 1.0


def _share_of_common(letters: list[str], encoding: str) -> float:
    first, last = _COMMON_IDEOGRAPHS.get(encoding, (1, 0))
    common = sum(
        first <= letter.encode(encoding)[0] <= last or _script(letter) in ("HIRAGANA", "KATAKANA")
        for letter in letters
    )
    return 0.3 + 0.7 * common / len(letters)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]
