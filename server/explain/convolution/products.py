"""The products of one number of a convolution, and the parts of the map that holds the number."""

from dataclasses import dataclass

import numpy as np

from server.explain.convolution.full_correlation import (
    Spread,
    correlation_grids,
    correlation_maps,
    spread,
)
from server.explain.convolution.grids import Grids, Kind, Mask, grids, maps
from server.explain.convolution.words import GATED
from server.explain.place import Place
from server.explain.relation import gates, out_shape
from server.nn.arrays import Array, Cells, size
from server.nn.ops import Conv2d
from server.nn.records import Record


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """The products of one number: `values` (G, R, S), 0 where they are not `computed` yet, and their `sums`
    (G,).

    `gate` multiplies all of them. `is_turned` for the way by the turned kernel, with the `spread` gradient
    under it.
    """

    grids: Grids
    values: Array
    computed: Mask
    sums: Array
    gate: float
    spread: Spread | None

    @property
    def is_turned(self) -> bool:
        """True for the way by the turned kernel."""
        return self.spread is not None


def products_of(
    record: Record, op: Conv2d, here: Place, kind: Kind, done: int | None, is_turned: bool
) -> Products:
    """The products of a number, those after `done` windows if it is given."""
    cell, example = here.cell, here.example
    laid = correlation_grids(record, op, cell, example) if is_turned else grids(record, kind, cell, example)
    left, right = laid.left.values, laid.right.values
    windows = np.inf if kind == "out" or done is None else done
    computed = laid.left.cells < windows
    gate = float(_gates(record, kind, np.array([cell]), example)[0])
    values = np.where(computed, left * right, 0.0) * gate
    if windows < np.inf:
        # A row without any computed product shows none, not even the zeros of its padding.
        computed &= (computed & (laid.left.cells >= 0)).any(axis=(1, 2), keepdims=True)
    found = spread(record, op, cell, example) if is_turned else None
    return Products(laid, values, computed, values.sum(axis=(1, 2)), gate, found)


@dataclass(frozen=True, slots=True, eq=False)
class MapParts:
    """The parts (G, R, S) of the map that holds the cell: by `stamps`, and for a dx by the turned kernel too.

    `touched` (G, R, S) is True where a part has a product already.
    """

    start: int
    stamps: Array
    correlation: Array | None
    touched: Mask


def map_parts(record: Record, op: Conv2d, here: Place, kind: Kind, done: int | None) -> MapParts:
    """The parts of the map that holds a number, those after `done` windows if it is given."""
    windows = size(out_shape(record)) if done is None else done
    found = maps(record, kind, here.cell, here.example, windows)
    correlation = correlation_maps(record, op, here.cell, here.example, windows) if kind == "dx" else None
    shape = found.sums.shape[1:]
    gates = _gates(record, kind, found.start + np.arange(size(shape)), here.example).reshape(shape)
    # Every cell of a complete map is computed, also where no window lies.
    touched = np.ones(found.sums.shape, np.bool_) if done is None else found.touched
    return MapParts(
        found.start, found.sums * gates, None if correlation is None else correlation * gates, touched
    )


def _gates(record: Record, kind: Kind, cells: Cells, example: int) -> Array:
    """The factors, 0 or 1, of the products of these cells: all ones where there are no signs to pass."""
    passing = gates(record, GATED[kind], cells, example)
    return np.ones(len(cells)) if passing is None else passing
