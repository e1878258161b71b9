"""Columns of factors, read from the records of an iteration."""

from dataclasses import replace

import numpy as np

from server.explain.relation import Uses, gates, in_shape, operand_of
from server.explain.terms import Column
from server.nn.arrays import Array, Cells
from server.nn.records import Record


def input_column(record: Record, use: Uses, example: int) -> Column:
    """The numbers that the op multiplies for its input, at these uses."""
    x = operand_of(record, "x")
    return column(x.symbol, x.array[..., example], x.name, use.x, example)


def operand_column(record: Record, operand: str, cells: Cells, example: int) -> Column:
    """Cells of the operand itself, not of its signs."""
    if operand == "x":
        return column("x", record.x[..., example], f"{record.previous}.out", cells, example)
    return parameter_column(record, operand, cells)


def gate_columns(record: Record, operand: str, cells: Cells, example: int) -> tuple[Column, ...]:
    """The gates of these cells' signs, by which a gradient is multiplied; empty without signs."""
    passing = gates(record, operand, cells, example)
    if passing is None:
        return ()
    return (
        replace(operand_column(record, operand, cells, example), symbol=f"gate({operand})", values=passing),
    )


def slope_columns(record: Record, use: Uses, example: int) -> tuple[Column, ...]:
    """The slopes at these uses: weights or other numbers; empty where all of them are 1."""
    if use.w is not None:
        w = operand_of(record, "w")
        return (column(w.symbol, w.array, w.name, use.w, None),)
    symbol = record.op.slope_text(in_shape(record))
    if symbol is None or use.slope is None:
        return ()
    if symbol in record.saved:
        saved = record.saved[symbol][..., example]
        return (column(symbol, saved, f"{record.layer}.{symbol}", use.out, example),)
    values = use.slope.astype(np.float64)
    if not symbol.endswith("(x)"):
        return (Column(symbol, values),)
    x = input_column(record, use, example)
    return (Column(symbol, values, x.name, x.shape, x.cells, x.examples),)


def parameter_column(record: Record, name: str, cells: Cells) -> Column:
    """Cells of a parameter."""
    return column(name, record.params[name], f"{record.layer}.{name}", cells, None)


def column(symbol: str, array: Array, name: str, cells: Cells, example: int | None) -> Column:
    """Cells of an array, of one example or (None) of a tensor without a batch axis."""
    values = array.ravel()[cells].astype(np.float64)
    examples = None if example is None else np.full(len(cells), example)
    return Column(symbol, values, name, array.shape, cells, examples)


def over_batch(symbol: str, array: Array, name: str, cells: Cells) -> Column:
    """These cells for every example of the batch, example by example."""
    batch = array.shape[-1]
    values = array.reshape(-1, batch)[cells].T.astype(np.float64).ravel()
    return Column(
        symbol, values, name, array.shape[:-1], np.tile(cells, batch), np.repeat(np.arange(batch), len(cells))
    )
