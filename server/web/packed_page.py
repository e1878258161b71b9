"""Pack the page into few files, each at an address that names its content: a browser keeps it for ever."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from server.web.joined_modules import join_modules

STATIC, PACKED = "/static/", "/packed/"
STYLES, SCRIPT = "page.css", "page.js"

_STYLES = re.compile(rf'(?:<link rel="stylesheet" href="{STATIC}[^"]*" />\s*)+')
_MODULE = re.compile(rf'(<script type="module" src="){STATIC}([^"]*)')
_OTHER = re.compile(rf'(\b(?:href|src)="){STATIC}([^"]*)')


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page that refers to packed files, and the content of these by the path of their addresses."""

    html: str
    files: Mapping[str, bytes]


def pack(html: str, static: Mapping[str, bytes]) -> PackedPage:
    """Pack a page that refers to files of the folder "static", whose content is given by path.

    All style sheets become one, in their order. All modules become one (`server.web.joined_modules`). Other
    files stay as they are. ValueError if the modules cannot be joined, KeyError if a file is missing.
    """
    files: dict[str, bytes] = {}

    def packed(name: str, content: bytes) -> str:
        """The address of a packed file."""
        path = f"{PACKED}{sha256(content).hexdigest()[:16]}/{name}"
        files[path] = content
        return path

    def styles(found: re.Match[str]) -> str:
        content = b"\n".join(static[path] for _, path in _OTHER.findall(found[0]))
        return f'<link rel="stylesheet" href="{packed(STYLES, content)}" />\n    '

    def module(found: re.Match[str]) -> str:
        sources = {path: content.decode() for path, content in static.items() if path.endswith(".js")}
        return found[1] + packed(SCRIPT, join_modules(found[2], sources).encode())

    def other(found: re.Match[str]) -> str:
        return found[1] + packed(found[2].rpartition("/")[2], static[found[2]])

    for pattern, replace in ((_STYLES, styles), (_MODULE, module), (_OTHER, other)):
        html = pattern.sub(replace, html)
    return PackedPage(html, files)
