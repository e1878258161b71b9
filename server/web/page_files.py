"""The folders of the page's files: beside `server` in a checkout, inside it in an installed wheel."""

import mimetypes
from importlib.util import find_spec
from pathlib import Path

# The registry of some Windows machines declares JavaScript as plain text, which browsers refuse to run.
mimetypes.add_type("text/javascript", ".js")


def folder(name: str) -> Path:
    """The folder `name` ("static" or "templates") of this installation."""
    package = Path(__file__).parents[1]
    wheel, checkout = package / "_web" / name, package.parent / name
    return wheel if wheel.is_dir() else checkout


def plotly() -> Path:
    """The folder with plotly.min.js in the installed Plotly package. Plotly is not imported: that is slow."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package plotly is not installed: pip install plotly")
    return Path(spec.origin).parent / "package_data"
