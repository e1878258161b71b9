"""The relation of an op to its operands within one record: the cells that outputs read, and their readers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from server.nn.arrays import Array, Cells, Shape, size, union
from server.nn.factors import FactorColumn
from server.nn.ops import Reads
from server.nn.ops.binary import gate
from server.nn.ops.capabilities import Coupled
from server.nn.records import Record, Trace

READS_AT_ONCE = 1_000_000
_NONE: Cells = np.empty(0, np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Uses:
    """The U uses of certain cells of an operand by output cells. Padding is left out.

    out    (U,) output cells
    read   (U,) cells of the operand
    x      (U,) input cells; -1 where only a bias or a skip connection is read
    w      (U,) cells of the weights, or None
    slope  (U,) d(out)/d(x) where there is no weight, or None
    """

    out: Cells
    read: Cells
    x: Cells
    w: Cells | None
    slope: Array | None


def reads(record: Record, cells: Cells, example: int) -> Reads:
    """The cells that these output cells of an example read."""
    saved = record.op.saved_of(record.saved, example)
    return record.op.reads(cells, record.x[..., example], saved)


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """The numbers that an op multiplies for an operand: the tensor `name`, with its batch axis where it has
    one."""

    symbol: str
    name: str
    array: Array


def operand_of(record: Record, operand: str) -> Operand:
    """The operand "x", "skip", "w" or "b"; its signs where it is binarised; for an op that reads its input
    `through` a saved array, that array."""
    if operand == "x" and isinstance(record.op, Coupled):
        through = record.op.through
        return Operand(through, f"{record.layer}.{through}", record.saved[through])
    if operand in record.op.binarised:
        signs = f"sign_{operand}"
        return Operand(f"sign({operand})", f"{record.layer}.{signs}", record.saved[signs])
    if operand in record.inputs:
        source = record.inputs[operand]
        return Operand(operand, f"{source.layer}.out", source.x)
    return Operand(operand, f"{record.layer}.{operand}", record.params[operand])


def signed_operand(record: Record, tensor: str) -> str | None:
    """The operand whose signs this tensor of the layer holds; None for other tensors."""
    operand = tensor.removeprefix("sign_")
    return operand if operand != tensor and operand in record.op.binarised else None


def gates(record: Record, operand: str, cells: Cells, example: int) -> Array | None:
    """The factors, 0 or 1, by which the signs of these cells multiply a gradient; None for an operand that is
    not binarised."""
    if operand not in record.op.binarised:
        return None
    array = record.x[..., example] if operand == "x" else record.params[operand]
    return gate(array.ravel()[cells].astype(np.float64))


def is_estimate(records: Sequence[Record], layer: str, operand: str) -> bool:
    """True where the gradient of a layer's operand is a straight-through estimate and no slope: a sign lies
    between the operand and the last of these records."""
    names = [record.layer for record in records]
    number = names.index(layer)
    return operand in records[number].op.binarised or any(
        "x" in record.op.binarised for record in records[number + 1 :]
    )


def stage_name(record: Record, name: str) -> str:
    """The name on the stage of a layer's input, "x", or of an array that its op saves or keeps."""
    return f"{record.previous}.out" if name == "x" else f"{record.layer}.{name}"


def saved_reads(record: Record, name: str, cell: int, example: int) -> dict[str, Cells]:
    """The cells, by tensor, that one cell of a saved or running array is computed from.

    Cells of other examples are left out. Empty where the op does not tell.
    """
    signs_of = signed_operand(record, name)
    if signs_of is not None:
        return {stage_name(record, signs_of): np.array([cell])}
    if not isinstance(record.op, Coupled):
        return {}
    made = record.op.made(name, cell, example, record.x, record.saved, record.running)
    return _cells(record, made.blocks, example)


def slope_reads(record: Record, cell: int, example: int) -> dict[str, Cells]:
    """The cells, by tensor, on which the slope of the op's `through` array depends: the factors of its
    input."""
    assert isinstance(record.op, Coupled)
    made = record.op.made(record.op.through, cell, example, record.x, record.saved, record.running)
    others = [
        tuple(factor for factor in factors if factor.tensor != "x")
        for factors in made.blocks
        if any(factor.tensor == "x" for factor in factors)
    ]
    return _cells(record, others, example)


def _cells(record: Record, blocks: Sequence[Sequence[FactorColumn]], example: int) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    for factor in (factor for factors in blocks for factor in factors):
        if factor.tensor is not None and factor.cells is not None:
            own = slice(None) if factor.examples is None else factor.examples == example
            name = stage_name(record, factor.tensor)
            found[name] = np.union1d(found.get(name, _NONE), factor.cells[own])
    return found


def slopes_within(record: Record, cells: Cells, example: int) -> Reads:
    """The input cells that these output cells read in their own example, and d(out)/d(x)."""
    read = reads(record, cells, example)
    slope = read.slope if read.w is None else operand_of(record, "w").array.ravel()[read.w]
    assert slope is not None
    if not isinstance(record.op, Coupled):
        passing = gates(record, "x", read.x, example)
        return Reads(x=read.x, slope=slope if passing is None else slope * passing)
    peers, batch = record.op.peers(cells, in_shape(record)), record.x.shape[-1]
    inner = record.op.slopes(cells[:, None] * batch + example, peers * batch + example, record.saved)
    return Reads(x=peers, slope=inner * slope)


def chunks(record: Record, cells: Cells, examples: int = 1) -> Iterator[Cells]:
    """These output cells in chunks whose reads, over this many examples, fit into memory."""
    at_once = max(1, READS_AT_ONCE // (_width(record) * examples))
    for start in range(0, len(cells), at_once):
        yield cells[start : start + at_once]


def _width(record: Record) -> int:
    """The number of input cells of its own example that an output cell depends on."""
    if isinstance(record.op, Coupled):
        return record.op.peers(np.zeros(1, np.intp), in_shape(record)).size
    return record.op.fan_in(in_shape(record))


def in_shape(record: Record) -> Shape:
    """The shape of one example's input."""
    return record.x.shape[:-1]


def out_shape(record: Record) -> Shape:
    """The shape of one example's output."""
    return record.out.shape[:-1]


def uses(record: Record, operand: str, cells: Cells, example: int) -> Uses:
    """The uses of these cells of "x", "skip", "w" or "b" by the output cells of an example.

    Each output reads a bias, or a cell of "skip", once. Where examples are coupled, each output that reads
    any of the cells of "x" is listed once.
    """
    found = [
        _uses(part, reads(record, part, example), operand, cells, isinstance(record.op, Coupled))
        for part in chunks(record, record.op.readers(operand, cells, in_shape(record)))
    ]
    if len(found) == 1:
        return found[0]
    return _joined(found) if found else Uses(_NONE, _NONE, _NONE, None, None)


def _uses(out: Cells, reads: Reads, operand: str, cells: Cells, coupled: bool) -> Uses:
    if operand in ("b", "skip"):
        added = reads.b if operand == "b" else reads.skip
        assert added is not None
        return Uses(out, added, np.full(len(out), -1), None, None)
    read = reads.x if operand == "x" else reads.w
    assert read is not None
    if operand == "x" and coupled:
        return Uses(out, read[:, 0], reads.x[:, 0], None if reads.w is None else reads.w[:, 0], None)
    if len(cells) == 1:
        meets = read == cells[0]
    else:
        marked = np.zeros(max(cells.max(), read.max()) + 2, np.bool_)
        marked[cells] = True
        meets = marked[read]
    rows, columns = np.nonzero(meets & (reads.x >= 0))
    return Uses(
        out[rows],
        read[rows, columns],
        reads.x[rows, columns],
        None if reads.w is None else reads.w[rows, columns],
        None if reads.slope is None else reads.slope[rows, columns],
    )


def _joined(found: list[Uses]) -> Uses:
    def join(name: str) -> Array | None:
        parts = [getattr(uses, name) for uses in found]
        return None if parts[0] is None else np.concatenate(parts)

    out, read, x = (np.concatenate([getattr(uses, name) for uses in found]) for name in ("out", "read", "x"))
    return Uses(out, read, x, join("w"), join("slope"))


def cells_read(record: Record, cells: Cells, example: int) -> dict[str, Cells]:
    """The cells of each operand that these output cells of an example read, unique and in order.

    Weights that fall on padding are left out. Where examples are coupled, "x" has the cells of the same
    example.
    """
    sizes = {name: size(source.x.shape[:-1]) for name, source in record.inputs.items()}
    sizes |= {name: array.size for name, array in record.params.items()}
    marked = {name: np.zeros(count + 1, np.bool_) for name, count in sizes.items()}
    for part in chunks(record, cells):
        read = reads(record, part, example)
        marked["x"][_inputs(record, part, read)] = True
        if read.w is not None:
            marked["w"][np.where(read.x < 0, -1, read.w)] = True
        if read.b is not None:
            marked["b"][read.b] = True
        if read.skip is not None:
            marked["skip"][read.skip] = True
    return {name: np.flatnonzero(mark[:-1]) for name, mark in marked.items()}


def open_cells(record: Record, operand: str, cells: Cells, example: int) -> Cells:
    """The cells of "x" or "skip" to which these output cells pass a gradient, in order: their slope is not
    0."""
    if operand == "x" and isinstance(record.op, Coupled):
        return record.op.readers("x", cells, in_shape(record))
    passed = [_open(reads(record, part, example), operand) for part in chunks(record, cells)]
    found = union(np.concatenate(passed) if passed else _NONE, size(record.inputs[operand].x.shape[:-1]))
    shut = gates(record, operand, found, example)
    return found if shut is None else found[shut != 0]


def _inputs(record: Record, cells: Cells, reads: Reads) -> Cells:
    """The input cells of the same example that output cells read, directly or through a saved array."""
    return reads.x if not isinstance(record.op, Coupled) else record.op.readers("x", cells, in_shape(record))


def _open(reads: Reads, operand: str) -> Cells:
    if operand == "skip":
        assert reads.skip is not None
        return reads.skip
    return reads.x.ravel() if reads.slope is None else reads.x[reads.slope != 0]


def readers(trace: Trace, layer: str) -> tuple[tuple[Record, str], ...]:
    """The layers that read the output of a layer (or of "input"), each with the operand: "x" or "skip".

    They are in the order of the backward pass: the last layer first.
    """
    return tuple(
        (record, name)
        for record in reversed(trace.records)
        for name, source in record.inputs.items()
        if source.layer == layer
    )


def gradient_names(record: Record, operand: str) -> tuple[str, ...]:
    """The tensors in which the backward pass of a layer writes the gradient of an operand.

    The gradient of an input is the dout of the layer that it comes from. Where several layers add to that
    dout, the part of this layer is a tensor too: <layer>.dx.
    """
    source = record.inputs.get(operand)
    if source is None:
        return (f"{record.layer}.d{operand}",)
    dout = f"{source.layer}.dout"
    return (dout, f"{record.layer}.dx") if operand == "x" and source.before is not None else (dout,)
