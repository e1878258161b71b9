"""The page's files: beside `server` in a checkout, inside it in an installed wheel."""

import mimetypes
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

# The registry of some Windows machines declares JavaScript as plain text, which browsers refuse to run.
mimetypes.add_type("text/javascript", ".js")


def folder(name: str) -> Path:
    """The folder `name` ("static" or "templates") of this installation."""
    package = Path(__file__).parents[1]
    wheel, checkout = package / "_web" / name, package.parent / name
    return wheel if wheel.is_dir() else checkout


def page(max_upload: int) -> str:
    """The page as HTML. It names files of the folder "static". `max_upload` is in bytes."""
    return templates().get_template("index.html").render(max_upload=max_upload)


def static() -> Mapping[str, bytes]:
    """The content of the files in the folder "static", by their paths in it."""
    root = folder("static")
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def plotly() -> Path:
    """plotly.min.js in the installed Plotly package. Plotly is not imported: that is slow."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package plotly is not installed: pip install plotly")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@cache
def templates() -> Environment:
    """The templates. One that changes is read anew."""
    return Environment(loader=FileSystemLoader(folder("templates")), autoescape=select_autoescape())
