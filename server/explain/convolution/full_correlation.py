"""dx by full correlation: the upstream gradient correlated with the kernels turned by 180 degrees.

The upstream gradient is spread out: the stride puts zeros between its cells, and a border of zeros is as wide
as the kernel's reach minus 1. A dilated kernel takes every dilation-th cell. This module does not use the
relation of the op, so that the two ways to dx can be compared.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from server.explain.convolution.grids import (
    Grids,
    OperandGrids,
    filters_of_group,
    first_filter,
    operand_grids,
)
from server.explain.relation import in_shape, operand_of
from server.frozen import Frozen
from server.nn.arrays import Array, number_text
from server.nn.ops import Conv2d
from server.nn.records import Record

TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The upstream gradient spread out, for the F filters that read an input cell.

    `dout` has (F, rows, columns) cells of dout, -1 for the zeros between and around them. `corner` is the row
    and the column of the turned kernel's upper left cell for this input cell.
    """

    dout: OperandGrids
    corner: tuple[int, int]


class Agreement(Frozen):
    """The two ways to one map of dx, compared in float64 over all its `cells`.

    `difference` is the largest difference between the two ways, `from_engine` the largest between the stamps
    and the engine's numbers. Both are null where a number is not finite.
    """

    cells: int
    difference: float | None
    from_engine: float | None
    agree: bool
    words: str


def agreement(stamps: Array, correlation: Array, engine: Array) -> Agreement:
    """Compare the map (H, W) by stamps with the map by full correlation and with the engine's."""
    difference, from_engine = np.abs(stamps - correlation).max(), np.abs(stamps - engine).max()
    if not (np.isfinite(difference) and np.isfinite(from_engine)):
        words = "The two ways cannot be compared: this map holds numbers that are not finite."
        return Agreement(cells=stamps.size, difference=None, from_engine=None, agree=False, words=words)
    agree = bool(difference <= TOLERANCE * np.abs(stamps).max())
    count = f"all {stamps.size:,} cells" if stamps.size > 1 else "the only cell"
    words = (
        f"Both ways {'agree' if agree else 'do not agree'} in {count} of this map; the largest difference is "
        f"{number_text(float(difference))}, and {number_text(float(from_engine))} from the engine's own "
        f"{engine.dtype} numbers."
    )
    return Agreement(
        cells=stamps.size,
        difference=float(difference),
        from_engine=float(from_engine),
        agree=agree,
        words=words,
    )


def spread(record: Record, op: Conv2d, cell: int, example: int) -> Spread:
    """The upstream gradient of a convolution, spread out for the gradient of the input cell `cell`."""
    shape = in_shape(record)
    (top, bottom), (left, right) = op.pads(shape)
    _, rows, columns, _ = record.dout.shape
    first, filters = first_filter(record, cell), filters_of_group(record)
    border, edge = op.reach[0] - 1, op.reach[1] - 1
    high, wide = top + shape[1] + bottom + border, left + shape[2] + right + edge
    cells = np.full((filters, high, wide), -1)
    down = slice(border, border + rows * op.stride[0], op.stride[0])
    across = slice(edge, edge + columns * op.stride[1], op.stride[1])
    plane = np.arange(rows * columns).reshape(rows, columns)
    cells[:, down, across] = plane + rows * columns * np.arange(first, first + filters)[:, None, None]
    _, row, column = np.unravel_index(cell, shape)
    dout = OperandGrids("dout", f"{record.layer}.dout", record.dout, cells, np.full(filters, example))
    return Spread(dout, (int(row) + top, int(column) + left))


def correlation_grids(record: Record, op: Conv2d, cell: int, example: int) -> Grids:
    """For each filter: the patch of the spread gradient under the turned kernel, and the turned kernel."""
    found, w = spread(record, op, cell, example), operand_of(record, "w")
    row, column = found.corner
    down = slice(row, row + op.reach[0], op.dilation[0])
    across = slice(column, column + op.reach[1], op.dilation[1])
    patch = found.dout.cells[:, down, across]
    return Grids(
        "filter",
        replace(found.dout, cells=patch),
        operand_grids(w, _turned(np.arange(w.array.size).reshape(w.array.shape), record, cell), None),
        first_filter(record, cell),
    )


def correlation_maps(record: Record, op: Conv2d, cell: int, example: int, done: int) -> Array:
    """The part of each filter in the map of dx that holds `cell`, (F, H, W), float64, after `done`
    windows."""
    _, height, width = in_shape(record)
    (top, _), (left, _) = op.pads(in_shape(record))
    dout = spread(record, op, cell, example).dout
    filled = np.where(dout.cells < done, dout.values, 0.0)
    windows = sliding_window_view(filled, op.reach, axis=(1, 2))
    under = windows[:, top : top + height, left : left + width, :: op.dilation[0], :: op.dilation[1]]
    turned = _turned(operand_of(record, "w").array, record, cell).astype(np.float64)
    maps: Array = np.einsum("fhwuv,fuv->fhw", under, turned)
    return maps


def _turned(w: Array, record: Record, cell: int) -> Array:
    """The kernels' slices for the channel of an input cell, turned by 180 degrees."""
    channel = np.unravel_index(cell, in_shape(record))[0] % w.shape[1]
    first = first_filter(record, cell)
    return w[first : first + filters_of_group(record), channel, ::-1, ::-1]
