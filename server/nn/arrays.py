"""What every module of the engine means by an array, a shape, a cell."""

from collections.abc import Mapping
from math import isfinite, isnan, prod
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Cells = NDArray[np.intp]
Shape = tuple[int, ...]
Params = Mapping[str, Array]
NOTHING: Params = MappingProxyType({})


def freeze(array: Array) -> Array:
    """The same array, read-only from now on."""
    array.setflags(write=False)
    return array


def size(shape: Shape) -> int:
    """The number of cells of a tensor of this shape."""
    return prod(shape)


def unravel(cell: int, shape: Shape) -> Shape:
    """The coordinates of a row-major cell of a tensor."""
    return tuple(int(index) for index in np.unravel_index(cell, shape))


def union(cells: Cells, size: int) -> Cells:
    """Each of these cells of a tensor of `size` cells once, in order; -1, padding, is left out."""
    marked = np.zeros(size + 1, np.bool_)
    marked[cells] = True
    return np.flatnonzero(marked[:-1])


def number_text(value: float) -> str:
    """A number as people read it, as on the page: up to four significant digits, and a real minus sign."""
    if not isfinite(value):
        return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        text = np.format_float_positional(float(f"{value:.4g}") + 0.0, trim="-")
    else:
        mantissa, _, exponent = f"{value:.2e}".partition("e")
        text = f"{mantissa}e{int(exponent):+}"
    return text.replace("-", "−")


def shape_text(shape: Shape) -> str:
    """A shape as people write it: 16x4x4."""
    return "x".join(map(str, shape))


def finite(value: float) -> float | None:
    """The number, or None when it is not finite; zero has no sign."""
    return value + 0.0 if isfinite(value) else None
