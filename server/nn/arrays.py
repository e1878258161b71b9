"""Types and helpers for arrays, shapes, cells and numbers, shared by all modules."""

from collections.abc import Mapping
from math import isfinite, isnan, prod
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cells = NDArray[np.intp]
"""Row-major indices of cells."""
Shape = tuple[int, ...]
Params = Mapping[str, Array]
"""Arrays by name."""
NOTHING: Params = MappingProxyType({})
"""No arrays."""


def freeze(array: Array) -> Array:
    """Make an array read-only, and return it."""
    array.setflags(write=False)
    return array


def size(shape: Shape) -> int:
    """The number of cells of a tensor of this shape."""
    return prod(shape)


def unravel(cell: int, shape: Shape) -> Shape:
    """The coordinates of a row-major cell of a tensor."""
    return tuple(int(index) for index in np.unravel_index(cell, shape))


def union(cells: Cells, size: int) -> Cells:
    """The distinct cells of a tensor of `size` cells, sorted, without -1 (padding)."""
    marked = np.zeros(size + 1, np.bool_)
    marked[cells] = True
    return np.flatnonzero(marked[:-1])


def number_text(value: float) -> str:
    """A number for readers: up to four significant digits, with the minus sign "−"."""
    if not isfinite(value):
        return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        text = np.format_float_positional(float(f"{value:.4g}") + 0.0, trim="-")
    else:
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return text.replace("-", "−")


def shape_text(shape: Shape) -> str:
    """A shape for readers: "16x4x4"."""
    return "x".join(map(str, shape))


def extent_text(shape: Shape) -> str:
    """The extent of a window or a map for readers: "3×3"."""
    return "×".join(map(str, shape))


def place_text(down: float, across: float) -> str:
    """Where something lies, for readers, from two fractions of the whole: "top right", "left", "middle"."""
    words = [
        first if fraction < 0.4 else last if fraction > 0.6 else ""
        for fraction, first, last in ((down, "top", "bottom"), (across, "left", "right"))
    ]
    return " ".join(filter(None, words)) or "middle"


def finite(value: float) -> float | None:
    """The number, with −0 as 0; None when it is not finite."""
    return value + 0.0 if isfinite(value) else None
