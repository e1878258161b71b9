"""JavaScript is told apart into code, comments and text."""

import pytest

from server.web.javascript import pieces

CASES = {
    "a line comment": ("a; // b 'c\nd;", ["a; ", "// b 'c", "\nd;"]),
    "a comment of several lines": ('a /* "\n */ b', ["a ", '/* "\n */', " b"]),
    "a comment at the end": ("a //", ["a ", "//"]),
    "strings": ("a('b\\'', \"//\")", ["a(", "'b\\''", ", ", '"//"', ")"]),
    "a template": ("a(`// b\n'c' \\` $ {`)", ["a(", "`// b\n'c' \\` $ {`", ")"]),
    "a template with a value": ("`a${b}c`;", ["`a${", "b", "}c`", ";"]),
    "braces in a value of a template": ("`${{ a: {} }}`", ["`${", "{ a: {} }", "}`"]),
    "a template in a template": (
        "`a${b(`c${d}`)}` + e",
        ["`a${", "b(", "`c${", "d", "}`", ")", "}`", " + e"],
    ),
    "a comment in a value of a template": ("`${a /* } */}`", ["`${", "a ", "/* } */", "}`"]),
    "divisions": ("a / b / c(d) / e[f] / 2", None),
    "a division of a word that begins with return": ("returned / 2 / 1", None),
    "a division of a template": ("`a` / 2 / 1", ["`a`", " / 2 / 1"]),
    "a regular expression": ("a(/[/'\"\\]]\\/`/g, b)", ["a(", "/[/'\"\\]]\\/`/g", ", b)"]),
    "a regular expression after a word": ("return /'/;", ["return ", "/'/", ";"]),
    "a regular expression at the beginning": ("/'/.test(a)", ["/'/", ".test(a)"]),
    "a regular expression after a comment": ("a = // b\n  /'/;", ["a = ", "// b", "\n  ", "/'/", ";"]),
    "a regular expression after much space": ("a(" + 30 * " " + "/'/)", ["a(" + 30 * " ", "/'/", ")"]),
}


def merged(source: str) -> list[str]:
    """The texts of the pieces, with neighbouring pieces of code put together."""
    texts: list[str] = []
    last = None
    for kind, text in pieces(source):
        if kind == last == "code":
            texts[-1] += text
        else:
            texts.append(text)
        last = kind
    return texts


@pytest.mark.parametrize(("source", "texts"), CASES.values(), ids=CASES.keys())
def test_the_pieces_are(source: str, texts: list[str] | None) -> None:
    assert merged(source) == (texts or [source])


@pytest.mark.parametrize("source", ["a = 'b\nc'", "a = `b", "a = /b\n/", "a /* b"])
def test_what_does_not_end_is_refused_with_its_line(source: str) -> None:
    with pytest.raises(ValueError, match="line 2 begins something that does not end"):
        list(pieces("\n" + source))
