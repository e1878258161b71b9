"""The provenance of gradients: the chain rule over all readers of a cell."""

from collections.abc import Sequence

import numpy as np

from server.explain.columns import (
    column,
    gate_columns,
    over_batch,
    parameter_column,
    slope_columns,
)
from server.explain.place import Place
from server.explain.relation import in_shape, operand_of, reads, uses
from server.explain.terms import Block, Column, Provenance
from server.nn.ops.binary import gate_words
from server.nn.ops.capabilities import Coupled
from server.nn.records import Record


def dout_provenance(reading: Sequence[tuple[Record, str]], place: Place) -> Provenance:
    """A cell of a dout: the sum over the layers that read the cell."""
    parts = [dx_provenance(record, operand, place) for record, operand in reading]
    if len(parts) == 1:
        return parts[0]
    words = " ".join(
        f"{record.layer}: {part.words}" for (record, _), part in zip(reading, parts, strict=True)
    )
    return Provenance(
        "sum",
        tuple(block for part in parts for block in part.blocks),
        f"{len(parts)} layers read this cell, and what they send back adds up. {words}",
    )


def dx_provenance(record: Record, operand: str, place: Place) -> Provenance:
    """A cell of an input's gradient: upstream gradient times slope, over the outputs that read the cell."""
    if isinstance(record.op, Coupled):
        return _coupled_dx(record, record.op, place)
    use = uses(record, operand, np.array([place.cell]), place.example)
    if not len(use.out):
        return Provenance(
            "sum", (), "No output reads this cell: whatever it is, the loss stays, and its gradient is 0."
        )
    slopes = slope_columns(record, use, place.example)
    x = float(record.inputs[operand].x[..., place.example].ravel()[place.cell])
    words = record.op.dx_words(x, slopes[0].values if slopes else np.ones(len(use.out)))
    upstream = column("dout", record.dout[..., place.example], f"{record.layer}.dout", use.out, place.example)
    passing = gate_columns(record, "x", np.full(len(use.out), place.cell), place.example)
    return Provenance("sum", (Block((upstream, *slopes, *passing)),), words)


def _coupled_dx(record: Record, op: Coupled, place: Place) -> Provenance:
    """A cell of dx where examples are coupled: the chain rule through a saved array, over all examples."""
    out, batch = record.op.readers("x", np.array([place.cell]), in_shape(record)), record.x.shape[-1]
    upstream = over_batch("dout", record.dout, f"{record.layer}.dout", out)
    assert upstream.cells is not None
    assert upstream.examples is not None
    weights = reads(record, upstream.cells, place.example).w
    assert weights is not None
    made, read = upstream.cells * batch + upstream.examples, np.array([place.cell * batch + place.example])
    slopes = op.slopes(made, read, record.saved).astype(np.float64)
    columns = (
        upstream,
        parameter_column(record, "w", weights[:, 0]),
        Column(f"∂{op.through}/∂x", slopes),
    )
    x = float(record.x[..., place.example].ravel()[place.cell])
    return Provenance("sum", (Block(columns),), record.op.dx_words(x, slopes))


def parameter_gradient(record: Record, place: Place) -> Provenance:
    """A cell of a parameter's gradient: upstream gradient times input, summed over positions and batch."""
    parameter, batch = place.parameter, record.x.shape[-1]
    # With weights the cells that are read depend on shapes alone, so one example stands for all.
    use = uses(record, parameter, np.array([place.cell]), 0)
    columns = [over_batch("dout", record.dout, f"{record.layer}.dout", use.out)]
    times = ""
    if parameter != "b":
        x = operand_of(record, "x")
        columns.append(over_batch(x.symbol, x.array, x.name, use.x))
        times = f", times the number that this weight met there ({x.symbol}),"
        columns += gate_columns(record, parameter, np.full(len(use.x) * batch, place.cell), place.example)
    places = "one place" if len(use.out) == 1 else f"{len(use.out):,} places"
    of = "" if batch == 1 else f" of each of the {batch} examples"
    straight = ""
    if parameter in record.op.binarised:
        straight = f" {gate_words('weight', float(record.params[parameter].ravel()[place.cell]))}"
    mean = "" if batch == 1 else f" They are divided by {batch} already: the loss is the batch's mean."
    return Provenance(
        "sum",
        (Block(tuple(columns)),),
        f"The blame of each output (dout){times} adds up to this gradient, over {places}{of}."
        f"{mean}{straight}",
    )
