"""The page is packed into few files, whose addresses name their content."""

import re

import pytest

from server.web.packed_page import pack

PAGE = """
    <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/static/css/one.css" />
    <link rel="stylesheet" href="/static/css/two.css" />
    <script src="/static/js/theme.js"></script>
    <script type="module" src="/static/js/main.js"></script>
    <a href="/openapi.json" data-later="/static/vendor/later.js">A</a>
"""
STATIC = {
    "icon.svg": b"<svg/>",
    "css/one.css": b"a {}",
    "css/two.css": b"b {}",
    "css/left.css": b"c {}",
    "js/theme.js": b"d();",
    "js/main.js": b'import { e } from "./e.js";\ne();\n',
    "js/e.js": b"export const e = () => 1;\n",
    "later.js": b"f();",
}


def test_the_page_names_four_files_that_hold_all_it_needs() -> None:
    packed = pack(PAGE, STATIC)
    assert re.sub(r"[0-9a-f]{16}", "HASH", packed.html).split("\n")[1:] == [
        '    <link rel="icon" href="/packed/HASH/icon.svg" type="image/svg+xml" />',
        '    <link rel="stylesheet" href="/packed/HASH/page.css" />',
        '    <script src="/packed/HASH/theme.js"></script>',
        '    <script type="module" src="/packed/HASH/page.js"></script>',
        '    <a href="/openapi.json" data-later="/static/vendor/later.js">A</a>',
        "",
    ]
    assert sorted(re.findall(r'"(/packed/[^"]*)"', packed.html)) == sorted(packed.files)
    files = {path.rpartition("/")[2]: content for path, content in packed.files.items()}
    assert files["icon.svg"] == STATIC["icon.svg"]
    assert files["theme.js"] == STATIC["js/theme.js"]
    assert files["page.css"] == b"a {}\nb {}"
    assert b"e();" in files["page.js"]
    assert b"import" not in files["page.js"]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ("icon.svg", "icon.svg"),
        ("css/two.css", "page.css"),
        ("js/theme.js", "theme.js"),
        ("js/e.js", "page.js"),
        ("css/left.css", None),
    ],
)
def test_a_file_that_changes_has_another_address(changed: str, name: str | None) -> None:
    before = pack(PAGE, STATIC).files.keys()
    after = pack(PAGE, STATIC | {changed: STATIC[changed] + b"\n// changed\nconst more = 1;\n"}).files.keys()
    new = {path.rpartition("/")[2] for path in after - before}
    assert new == ({name} if name else set())
    assert len(after) == len(before)
