"""Data sets: images with their classes, ready for a network."""

from functools import cache

from server.data.dataset import Dataset
from server.data.digits import digits

LOADERS = {"digits": digits}


@cache
def load(name: str) -> Dataset:
    """The data set of this name, loaded once. KeyError when there is none."""
    return LOADERS[name]()
