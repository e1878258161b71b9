"""The relation of an op to its operands, in one record: what cells read, and what reads them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from server.nn.arrays import Array, Cells, Shape, size, union
from server.nn.factors import FactorColumn
from server.nn.ops import Reads
from server.nn.ops.binary import gate
from server.nn.records import Record, Trace

READS_AT_ONCE = 1_000_000
_NONE: Cells = np.empty(0, np.intp)


@dataclass(frozen=True, slots=True, eq=False)
class Uses:
    """The U places where output cells read certain cells of an operand, padding left out.

    out    (U,) the reading output cells
    read   (U,) the operand's cells read there
    x      (U,) the input cell, w the weight's (or None), slope the number where there is no weight
    """

    out: Cells
    read: Cells
    x: Cells
    w: Cells | None
    slope: Array | None


def reads(record: Record, cells: Cells, example: int) -> Reads:
    """What these output cells of an example read."""
    saved = record.op.saved_of(record.saved, example)
    return record.op.reads(cells, record.x[..., example], saved)


@dataclass(frozen=True, slots=True, eq=False)
class Used:
    """What an op's products take for an operand: the tensor `name`, with the batch axis where it has one."""

    symbol: str
    name: str
    array: Array


def used(record: Record, operand: str) -> Used:
    """The operand "x", "skip", "w" or "b" itself or, where it is binarised, its signs; where the op reads its
    input `through` what it saved, that."""
    through = record.op.through
    if operand == "x" and through is not None:
        return Used(through, f"{record.layer}.{through}", record.saved[through])
    if operand in record.op.binarised:
        signs = f"sign_{operand}"
        return Used(f"sign({operand})", f"{record.layer}.{signs}", record.saved[signs])
    if operand in record.inputs:
        source = record.inputs[operand]
        return Used(operand, f"{source.layer}.out", source.x)
    return Used(operand, f"{record.layer}.{operand}", record.params[operand])


def signed_operand(record: Record, tensor: str) -> str | None:
    """The operand whose signs this tensor of the record's layer holds; None where it holds no signs."""
    operand = tensor.removeprefix("sign_")
    return operand if operand != tensor and operand in record.op.binarised else None


def gates(record: Record, operand: str, cells: Cells, example: int) -> Array | None:
    """By how much gradients are multiplied on their way through the signs of these cells of an operand, 0 or
    1; None where it is not binarised."""
    if operand not in record.op.binarised:
        return None
    array = record.x[..., example] if operand == "x" else record.params[operand]
    return gate(array.ravel()[cells].astype(np.float64))


def estimated(records: Sequence[Record], layer: str, operand: str) -> bool:
    """Whether the gradient of a layer's operand passes a sign on its way from the end of these records, and
    so is a straight-through estimate instead of a slope."""
    names = [record.layer for record in records]
    number = names.index(layer)
    return operand in records[number].op.binarised or any(
        "x" in record.op.binarised for record in records[number + 1 :]
    )


def tensor_of(record: Record, name: str) -> str:
    """The stage's name of the input of a layer, "x", or of an array that its op saves or keeps."""
    return f"{record.previous}.out" if name == "x" else f"{record.layer}.{name}"


def made_from(record: Record, name: str, cell: int, example: int) -> dict[str, Cells]:
    """The cells, by tensor, that one cell of what the op saves or keeps is made from, those of other examples
    left out; none where the op does not say."""
    signs_of = signed_operand(record, name)
    if signs_of is not None:
        return {tensor_of(record, signs_of): np.array([cell])}
    made = record.op.made(name, cell, example, record.x, record.saved, record.running)
    return {} if made is None else _cells(record, made.blocks, example)


def slopes_from(record: Record, cell: int, example: int) -> dict[str, Cells]:
    """The cells that the slope of the op's `through` depends on: what its input is multiplied with there."""
    assert record.op.through is not None
    made = record.op.made(record.op.through, cell, example, record.x, record.saved, record.running)
    assert made is not None
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
            name = tensor_of(record, factor.tensor)
            found[name] = np.union1d(found.get(name, _NONE), factor.cells[own])
    return found


def slopes_within(record: Record, cells: Cells, example: int) -> Reads:
    """The input cells that these output cells read in their own example, and d(out)/d(x) as numbers."""
    read = reads(record, cells, example)
    slope = read.slope if read.w is None else used(record, "w").array.ravel()[read.w]
    assert slope is not None
    if record.op.through is None:
        passing = gates(record, "x", read.x, example)
        return Reads(x=read.x, slope=slope if passing is None else slope * passing)
    peers, batch = record.op.peers(cells, in_shape(record)), record.x.shape[-1]
    inner = record.op.slopes(cells[:, None] * batch + example, peers * batch + example, record.saved)
    return Reads(x=peers, slope=inner * slope)


def portions(record: Record, cells: Cells, examples: int = 1) -> Iterator[Cells]:
    """These output cells, so few at a time that what they read of so many examples fits into memory."""
    at_once = max(1, READS_AT_ONCE // (_width(record) * examples))
    for start in range(0, len(cells), at_once):
        yield cells[start : start + at_once]


def _width(record: Record) -> int:
    """How many input cells of its example an output cell is made from."""
    if record.op.through is not None:
        return record.op.peers(np.zeros(1, np.intp), in_shape(record)).size
    return record.op.fan_in(in_shape(record))


def in_shape(record: Record) -> Shape:
    """The shape of one example's input."""
    return record.x.shape[:-1]


def out_shape(record: Record) -> Shape:
    """The shape of one example's output."""
    return record.out.shape[:-1]


def uses(record: Record, operand: str, cells: Cells, example: int) -> Uses:
    """Where the output cells of an example read these cells of "x", "skip", "w" or "b".

    A bias, or a cell of skip, is read once by each of its outputs: `x` is -1 there. Where examples are
    coupled, each output that reads any of the cells of "x" comes once.
    """
    found = [
        _uses(part, reads(record, part, example), operand, cells, record.op.through is not None)
        for part in portions(record, record.op.readers(operand, cells, in_shape(record)))
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


def touched(record: Record, cells: Cells, example: int) -> dict[str, Cells]:
    """The cells of each operand that these output cells of an example read, each once and in order.

    Where examples are coupled, "x" are those of the same example.
    """
    sizes = {name: size(source.x.shape[:-1]) for name, source in record.inputs.items()}
    sizes |= {name: array.size for name, array in record.params.items()}
    marked = {name: np.zeros(count + 1, np.bool_) for name, count in sizes.items()}
    for part in portions(record, cells):
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
    """The cells of "x" or "skip" that these output cells read with a slope other than a fixed 0, in order."""
    if operand == "x" and record.op.through is not None:
        return record.op.readers("x", cells, in_shape(record))
    passed = [_open(reads(record, part, example), operand) for part in portions(record, cells)]
    found = union(np.concatenate(passed) if passed else _NONE, size(record.inputs[operand].x.shape[:-1]))
    shut = gates(record, operand, found, example)
    return found if shut is None else found[shut != 0]


def _inputs(record: Record, cells: Cells, reads: Reads) -> Cells:
    """The input cells of the same example that output cells read, directly or through what was saved."""
    return reads.x if record.op.through is None else record.op.readers("x", cells, in_shape(record))


def _open(reads: Reads, operand: str) -> Cells:
    if operand == "skip":
        assert reads.skip is not None
        return reads.skip
    return reads.x.ravel() if reads.slope is None else reads.x[reads.slope != 0]


def readers(trace: Trace, layer: str) -> tuple[tuple[Record, str], ...]:
    """The layers that read the output of a layer, or "input", and as what: "x" or "skip".

    In the order in which they send back to it: the last one first.
    """
    return tuple(
        (record, name)
        for record in reversed(trace.records)
        for name, source in record.inputs.items()
        if source.layer == layer
    )


def gradient_names(record: Record, operand: str) -> tuple[str, ...]:
    """What the backward pass of a layer writes of an operand: its gradient's name.

    That of an input is the dout of the layer that it comes from; where others send back to that too, the part
    of it that comes from here has a name of its own, <layer>.dx.
    """
    source = record.inputs.get(operand)
    if source is None:
        return (f"{record.layer}.d{operand}",)
    dout = f"{source.layer}.dout"
    return (dout, f"{record.layer}.dx") if operand == "x" and source.before is not None else (dout,)
