"""The products that add up to a number of a convolution, in grids, all derived from the relation of the op.

A number of out has a grid for each input channel, a number of dw one for each example, a number of dx one for
each filter.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from server.explain.relation import Operand, chunks, in_shape, operand_of, out_shape, reads, uses
from server.nn.arrays import Array, Cells, size
from server.nn.records import Record

Kind = Literal["out", "dw", "dx"]
Each = Literal["channel", "example", "filter"]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class OperandGrids:
    """One operand of the products: G grids (G, R, S) of `cells` of the tensor `name`; -1 is a zero of the
    padding.

    `examples` (G,) are the slots in the batch of the grids; None where the tensor has no batch axis.
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


def operand_grids(of: Operand, cells: Cells, examples: Cells | None) -> OperandGrids:
    """Grids of cells of an operand."""
    return OperandGrids(of.symbol, of.name, of.array, cells, examples)


@dataclass(frozen=True, slots=True, eq=False)
class Grids:
    """The products of one number. Grid g belongs to the channel, example or filter (`each`) number `first` +
    g."""

    each: Each
    left: OperandGrids
    right: OperandGrids
    first: int = 0


def grids(record: Record, kind: Kind, cell: int, example: int) -> Grids:
    """The products that add up to a cell of this convolution's out, dw or dx."""
    here = np.array([cell])
    if kind == "out":
        return _of_out(record, here, example)
    return _of_weight(record, here) if kind == "dw" else _of_input(record, here, example)


def _of_out(record: Record, here: Cells, example: int) -> Grids:
    """For each input channel: the patch under the window, and the kernel's slice."""
    made, shape = reads(record, here, example), record.params["w"].shape[1:]
    assert made.w is not None
    examples = np.full(shape[0], example)
    filters, *plane = out_shape(record)
    group = here[0] // size(tuple(plane)) * (in_shape(record)[0] // shape[0]) // filters
    return Grids(
        "channel",
        operand_grids(operand_of(record, "x"), made.x.reshape(shape), examples),
        operand_grids(operand_of(record, "w"), made.w.reshape(shape), None),
        int(group) * shape[0],
    )


def _of_weight(record: Record, here: Cells) -> Grids:
    """For each example: the upstream gradient of the weight's filter, and the input under the weight in each
    window."""
    cells = record.op.readers("w", here, in_shape(record))
    # With weights the cells that are read depend on shapes alone, so one example stands for all.
    made = reads(record, cells, 0)
    batch, shape = record.x.shape[-1], out_shape(record)[1:]
    met = made.x[made.w == here]
    examples = np.arange(batch)

    def laid(cells: Cells) -> Cells:
        return np.broadcast_to(cells.reshape(shape), (batch, *shape))

    return Grids(
        "example",
        OperandGrids("dout", f"{record.layer}.dout", record.dout, laid(cells), examples),
        operand_grids(operand_of(record, "x"), laid(met), examples),
    )


def _of_input(record: Record, here: Cells, example: int) -> Grids:
    """For each filter: the upstream cells whose windows cover the input cell, and the weights that meet it
    there."""
    use, shape, first = (
        uses(record, "x", here, example),
        out_shape(record),
        first_filter(record, int(here[0])),
    )
    filters = filters_of_group(record)
    weights = np.empty(0, np.intp) if use.w is None else use.w
    # The windows over a cell form a rectangle.
    across = np.unique(np.unravel_index(use.out, shape)[2]).size
    laid = (filters, len(use.out) // filters // max(across, 1), across)
    examples = np.full(filters, example)
    return Grids(
        "filter",
        OperandGrids("dout", f"{record.layer}.dout", record.dout, use.out.reshape(laid), examples),
        operand_grids(operand_of(record, "w"), weights.reshape(laid), None),
        first,
    )


def filters_of_group(record: Record) -> int:
    """The number of filters that read an input cell: those of one group."""
    return out_shape(record)[0] * int(record.params["w"].shape[1]) // in_shape(record)[0]


def first_filter(record: Record, cell: int) -> int:
    """The first of the filters that read this input cell."""
    _, height, width = in_shape(record)
    return cell // (height * width) // int(record.params["w"].shape[1]) * filters_of_group(record)


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """The part of each channel, example or filter in a whole map: `sums` (G, R, S), float64.

    `touched` (G, R, S) is True where a cell has a product already. The cells of the map are the R * S cells
    of its tensor from `start` on.
    """

    start: int
    sums: Array
    touched: Mask


def maps(record: Record, kind: Kind, cell: int, example: int, done: int) -> Maps:
    """The map that holds a cell of out, dw or dx, in its parts, after the first `done` windows."""
    if kind == "out":
        return _map_of_out(record, cell, example, done)
    return _map_of_weight(record, cell, done) if kind == "dw" else _map_of_input(record, cell, example, done)


def _map_of_out(record: Record, cell: int, example: int, done: int) -> Maps:
    _, *shape = out_shape(record)
    channels, *kernel = record.params["w"].shape[1:]
    plane = size(tuple(shape))
    start = cell // plane * plane
    x, w = operand_of(record, "x").array[..., example].ravel(), operand_of(record, "w").array.ravel()
    sums = np.zeros((channels, plane))
    for cells in chunks(record, np.arange(start, min(start + plane, max(done, start)))):
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
    x, dout = operand_of(record, "x").array.reshape(-1, batch), record.dout.reshape(-1, batch)
    sums, so_far = np.zeros((batch, weights)), upstream[upstream < done]
    for cells in chunks(record, so_far, batch):
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
    sums = np.bincount(at, dout * operand_of(record, "w").array.ravel()[w], filters * plane)
    touched = np.bincount(at, minlength=filters * plane) > 0
    return Maps(start, sums.reshape(filters, *shape), touched.reshape(filters, *shape))
