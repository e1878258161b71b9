"""The registry of data sets: every name that a recipe may give, with the function that loads it."""

import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Literal

from server.data.dataset import Dataset
from server.data.sets.digits import digits
from server.data.sets.drawn import drawn
from server.data.sets.handwriting import handwriting
from server.data.sets.lines import lines
from server.data.sets.shapes import shapes
from server.data.sets.signals import signals
from server.data.sets.sources import SOURCES, SourceName, is_on_disk, read_source
from server.data.sets.worked_examples import bright_pixel, small_image, two_channels, two_inputs
from server.data.uploads import store
from server.data.uploads.upload import is_upload

# Type checkers cannot derive a Literal from the keys of a mapping, so the names are written twice. A test
# keeps them equal.
BuiltIn = Literal[
    "digits",
    "drawn",
    "lines",
    "signals",
    "shapes",
    "handwriting",
    SourceName,
    "two_inputs",
    "small_image",
    "two_channels",
    "bright_pixel",
]
LOADERS: Mapping[str, Callable[[], Dataset]] = {
    "digits": digits,
    "drawn": drawn,
    "lines": lines,
    "signals": signals,
    "shapes": shapes,
    "handwriting": handwriting,
    **{name: partial(read_source, source) for name, source in SOURCES.items()},
    "two_inputs": two_inputs,
    "small_image": small_image,
    "two_channels": two_channels,
    "bright_pixel": bright_pixel,
}

_LOADING = threading.Lock()


def load(name: str) -> Dataset:
    """The data set of this name. Repeated calls return the same object.

    Raises KeyError if there is no such name, and DataUnavailable if the files are missing or damaged.
    """
    with _LOADING:
        return store.load(name, _load_built_in) if is_upload(name) else _load_built_in(name)


def is_ready(name: str) -> bool:
    """True if the data set can be loaded now, because it is embedded or its files are on this machine."""
    if is_upload(name):
        return store.exists(name)
    source = SOURCES.get(name)
    return source is None or is_on_disk(source)


@cache
def _load_built_in(name: str) -> Dataset:
    return LOADERS[name]()
