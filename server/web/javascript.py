"""Tell the code of JavaScript from its comments, strings, templates and regular expressions."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["code", "comment", "text"]

_CODE = re.compile(r"""[^/"'`]+""")
_CODE_IN_A_TEMPLATE = re.compile(r"""[^/"'`{}]+""")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_TEMPLATE = re.compile(r"[`}](?:[^`\\$]|\\.|\$(?!\{))*(?:`|\$\{)", re.DOTALL)
_END_OF_VALUE = re.compile(r"(?:[)\]}\"'`]|(?<![\w$])(?P<word>[\w$]+))$")
_WORDS_BEFORE_A_VALUE = frozenset(
    {
        *("await", "case", "delete", "do", "else", "in", "instanceof", "new"),
        *("of", "return", "throw", "typeof", "void", "yield"),
    }
)
LONGEST_WORD = 20
"""Characters of the text before a slash that tell whether it divides."""


class Piece(NamedTuple):
    """A piece of source text. "text" is a string, a regular expression, or a template between its values."""

    kind: Kind
    text: str


def pieces(source: str) -> Iterator[Piece]:
    """All pieces, in order. Their texts together are the source.

    Raises
    ------
    ValueError
        If a string, a template or a regular expression does not end.
    """
    position, before = 0, ""
    # The open braces within templates: True where the brace begins a value of the template.
    braces: list[bool] = []
    while position < len(source):
        piece = _piece(source, position, before, braces)
        position += len(piece.text)
        if piece.kind != "comment":
            before = piece.text.rstrip()[-LONGEST_WORD:] or before
        yield piece


def _piece(source: str, position: int, before: str, braces: list[bool]) -> Piece:
    """The piece at a position. `before` is the last code or text before it."""
    pattern = _CODE_IN_A_TEMPLATE if braces else _CODE
    if found := pattern.match(source, position):
        return Piece("code", found[0])
    character = source[position]
    if character == "{":
        braces.append(False)
    elif character == "`" or (character == "}" and braces.pop()):
        text = _matched(_TEMPLATE, source, position)
        if text.endswith("${"):
            braces.append(True)
        return Piece("text", text)
    elif character in "\"'":
        return Piece("text", _matched(_STRING, source, position))
    elif character == "/":
        if source.startswith(("//", "/*"), position):
            return Piece("comment", _matched(_COMMENT, source, position))
        if not _ends_a_value(before):
            return Piece("text", _matched(_REGEX, source, position))
    return Piece("code", character)


def _matched(pattern: re.Pattern[str], source: str, position: int) -> str:
    found = pattern.match(source, position)
    if found is None:
        line = source.count("\n", 0, position) + 1
        raise ValueError(
            f"line {line} begins something that does not end: {source[position:].splitlines()[0]}"
        )
    return found[0]


def _ends_a_value(before: str) -> bool:
    """True if a slash after this text divides; else it begins a regular expression."""
    found = _END_OF_VALUE.search(before)
    return found is not None and found["word"] not in _WORDS_BEFORE_A_VALUE
