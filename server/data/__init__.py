"""Data sets: inputs with their targets, ready for a network."""

from functools import cache

from server.data.dataset import Dataset
from server.data.digits import digits
from server.data.worked import bright_pixel, small_image, two_channels, two_inputs

LOADERS = {
    "digits": digits,
    "two_inputs": two_inputs,
    "small_image": small_image,
    "two_channels": two_channels,
    "bright_pixel": bright_pixel,
}


@cache
def load(name: str) -> Dataset:
    """The data set of this name, loaded once. KeyError when there is none."""
    return LOADERS[name]()
