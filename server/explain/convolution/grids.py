"""The products behind a number of a convolution, laid out in grids: all of it follows from the op's relation.

A number of `out` has a grid for each input channel, one of `dw` for each example, one of dx for each filter.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from server.explain.relation import Used, in_shape, out_shape, portions, reads, used, uses
from server.nn.arrays import Array, Cells, size
from server.nn.records import Record

Kind = Literal["out", "dw", "dx"]
Each = Literal["channel", "example", "filter"]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """One side of the products: G grids (G, R, S) of `cells` of the tensor `name`; -1: a zero nobody owns.

    `examples` (G,) says whose numbers they are; None where the tensor belongs to no example.
    """

    symbol: str
    name: str
    array: Array
    cells: Cells
    examples: Cells | None

    @property
    def values(self) -> Array:
        """The numbers (G, R, S), float64."""
        if self.examples is None:
            found = self.array.ravel()[self.cells]
        else:
            found = self.array.reshape(-1, self.array.shape[-1])[self.cells, self.examples[:, None, None]]
        return np.where(self.cells < 0, 0.0, found.astype(np.float64))


def operand_of(of: Used, cells: Cells, examples: Cells | None) -> Operand:
    """Grids of cells of what the products take for an operand."""
    return Operand(of.symbol, of.name, of.array, cells, examples)


@dataclass(frozen=True, slots=True, eq=False)
class Grids:
    """The products of one number: grid g is that of the channel, example or filter (`each`) `first` + g."""

    each: Each
    left: Operand
    right: Operand
    first: int = 0


def grids(record: Record, kind: Kind, cell: int, example: int) -> Grids:
    """The products that a cell of this convolution's out, dw or dx is the sum of."""
    here = np.array([cell])
    if kind == "out":
        return _of_out(record, here, example)
    return _of_weight(record, here) if kind == "dw" else _of_input(record, here, example)


def _of_out(record: Record, here: Cells, example: int) -> Grids:
    """The patch of each input channel, and the kernel's slice for it."""
    made, shape = reads(record, here, example), record.params["w"].shape[1:]
    assert made.w is not None
    examples = np.full(shape[0], example)
    filters, *plane = out_shape(record)
    group = here[0] // size(tuple(plane)) * (in_shape(record)[0] // shape[0]) // filters
    return Grids(
        "channel",
        operand_of(used(record, "x"), made.x.reshape(shape), examples),
        operand_of(used(record, "w"), made.w.reshape(shape), None),
        int(group) * shape[0],
    )


def _of_weight(record: Record, here: Cells) -> Grids:
    """The upstream gradient of the weight's filter, and what the weight met in each of its windows."""
    cells = record.op.readers("w", here, in_shape(record))
    # What is read depends on shapes alone where there are weights: one example stands for all.
    made = reads(record, cells, 0)
    batch, shape = record.x.shape[-1], out_shape(record)[1:]
    met = made.x[made.w == here]
    examples = np.arange(batch)

    def laid(cells: Cells) -> Cells:
        return np.broadcast_to(cells.reshape(shape), (batch, *shape))

    return Grids(
        "example",
        Operand("dout", f"{record.layer}.dout", record.dout, laid(cells), examples),
        operand_of(used(record, "x"), laid(met), examples),
    )


def _of_input(record: Record, here: Cells, example: int) -> Grids:
    """The upstream cells whose windows lie over the input cell, and the weight that each has there."""
    use, shape, first = (
        uses(record, "x", here, example),
        out_shape(record),
        first_filter(record, int(here[0])),
    )
    filters = filters_of_group(record)
    weights = np.empty(0, np.intp) if use.w is None else use.w
    # The windows over a cell are all of some rows and some columns.
    across = np.unique(np.unravel_index(use.out, shape)[2]).size
    laid = (filters, len(use.out) // filters // max(across, 1), across)
    examples = np.full(filters, example)
    return Grids(
        "filter",
        Operand("dout", f"{record.layer}.dout", record.dout, use.out.reshape(laid), examples),
        operand_of(used(record, "w"), weights.reshape(laid), None),
        first,
    )


def filters_of_group(record: Record) -> int:
    """How many filters of a convolution read one and the same input cell: those of one group."""
    return out_shape(record)[0] * int(record.params["w"].shape[1]) // in_shape(record)[0]


def first_filter(record: Record, cell: int) -> int:
    """The first of the filters that read this input cell."""
    _, height, width = in_shape(record)
    return cell // (height * width) // int(record.params["w"].shape[1]) * filters_of_group(record)


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """What each channel, example or filter adds to a whole map: `sums` (G, R, S), float64, and which cells of
    it any of the products so far has `touched` (the same shape).

    The map's cells are the R * S cells of its tensor from `start` on.
    """

    start: int
    sums: Array
    touched: Mask


def maps(record: Record, kind: Kind, cell: int, example: int, done: int) -> Maps:
    """The map that holds a cell of out, dw or dx, part by part, after the first `done` windows."""
    if kind == "out":
        return _map_of_out(record, cell, example, done)
    return _map_of_weight(record, cell, done) if kind == "dw" else _map_of_input(record, cell, example, done)


def _map_of_out(record: Record, cell: int, example: int, done: int) -> Maps:
    _, *shape = out_shape(record)
    channels, *kernel = record.params["w"].shape[1:]
    plane = size(tuple(shape))
    start = cell // plane * plane
    x, w = used(record, "x").array[..., example].ravel(), used(record, "w").array.ravel()
    sums = np.zeros((channels, plane))
    for cells in portions(record, np.arange(start, min(start + plane, max(done, start)))):
        made = reads(record, cells, example)
        assert made.w is not None
        products = np.where(made.x < 0, 0.0, x[made.x].astype(np.float64)) * w[made.w]
        each = products.reshape(len(cells), channels, size(tuple(kernel)))
        sums[:, cells - start] = each.sum(axis=2).T
    touched = np.broadcast_to(np.arange(start, start + plane) < done, sums.shape)
    return Maps(start, sums.reshape(channels, *shape), touched.reshape(channels, *shape))


def _map_of_weight(record: Record, cell: int, done: int) -> Maps:
    kernel, batch = record.params["w"].shape[2:], record.x.shape[-1]
    weights = size(kernel)
    start = cell // weights * weights
    upstream = record.op.readers("w", np.array([cell]), in_shape(record))
    x, dout = used(record, "x").array.reshape(-1, batch), record.dout.reshape(-1, batch)
    sums, so_far = np.zeros((batch, weights)), upstream[upstream < done]
    for cells in portions(record, so_far, batch):
        made = reads(record, cells, 0)
        assert made.w is not None
        met = made.x[:, (made.w[0] >= start) & (made.w[0] < start + weights)]
        inputs = np.where(met[..., None] < 0, 0.0, x[met].astype(np.float64))
        sums += np.einsum("on,oun->nu", dout[cells].astype(np.float64), inputs)
    shape = (batch, *kernel)
    return Maps(start, sums.reshape(shape), np.full(shape, len(so_far) > 0))


def _map_of_input(record: Record, cell: int, example: int, done: int) -> Maps:
    _, *shape = in_shape(record)
    filters, plane = filters_of_group(record), size(tuple(shape))
    start = cell // plane * plane
    use = uses(record, "x", np.arange(start, start + plane), example)
    if use.w is None:  # no window lies over any of these cells
        return Maps(start, np.zeros((filters, *shape)), np.zeros((filters, *shape), np.bool_))
    so_far = use.out < done
    out, w = use.out[so_far], use.w[so_far]
    filter_of = w // record.op.fan_in(in_shape(record)) - first_filter(record, cell)
    at = filter_of * plane + use.read[so_far] - start
    dout = record.dout[..., example].ravel()[out].astype(np.float64)
    sums = np.bincount(at, dout * used(record, "w").array.ravel()[w], filters * plane)
    touched = np.bincount(at, minlength=filters * plane) > 0
    return Maps(start, sums.reshape(filters, *shape), touched.reshape(filters, *shape))
