"""Data sets: inputs with their targets, ready for a network."""

import threading
from collections.abc import Callable, Mapping
from functools import cache, partial

from server.data.dataset import Dataset
from server.data.sets.digits import digits
from server.data.sets.drawn import drawn
from server.data.sets.handwriting import written
from server.data.sets.lines import lines
from server.data.sets.shapes import shapes
from server.data.sets.signals import signals
from server.data.sets.sources import SOURCES, located, read
from server.data.sets.worked_examples import bright_pixel, small_image, two_channels, two_inputs
from server.data.uploads import store as own

LOADERS: Mapping[str, Callable[[], Dataset]] = {
    "digits": digits,
    "drawn": drawn,
    "lines": lines,
    "signals": signals,
    "shapes": shapes,
    "handwriting": written,
    **{name: partial(read, source) for name, source in SOURCES.items()},
    "two_inputs": two_inputs,
    "small_image": small_image,
    "two_channels": two_channels,
    "bright_pixel": bright_pixel,
}

_LOADING = threading.Lock()


def load(name: str) -> Dataset:
    """The data set of this name, loaded once. KeyError when there is none, DataUnavailable when its files are
    not here."""
    with _LOADING:
        return own.read(name, _loaded) if own.is_own(name) else _loaded(name)


def is_ready(name: str) -> bool:
    """Whether a data set is here: those in files are where their files are found."""
    if own.is_own(name):
        return own.is_kept(name)
    source = SOURCES.get(name)
    return source is None or located(source) is not None


@cache
def _loaded(name: str) -> Dataset:
    return LOADERS[name]()
