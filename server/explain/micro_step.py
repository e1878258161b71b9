"""One micro-step: the cells that it reads and writes, and the partial sums after it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from server.explain.relation import (
    gradient_names,
    in_shape,
    open_cells,
    operand_of,
    readers,
    saved_reads,
    slope_reads,
)
from server.explain.tensors import check_example, is_learned, record_of, tensor
from server.explain.timeline import Segment, UnknownMoment
from server.explain.updates import tensor_name, update_reads, update_tensors
from server.nn.arrays import Array, Cells, freeze
from server.nn.losses import Loss
from server.nn.ops.capabilities import Coupled
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace

READS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """A tensor that still accumulates: its numbers so far, and a mask of the cells that have a term
    already."""

    array: Array
    computed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class MicroStep:
    """One micro-step: the row-major cells that it reads and writes, by tensor, and the partial sums after
    it."""

    reads: Mapping[str, Cells]
    writes: Mapping[str, Cells]
    partial: Mapping[str, Partial]


def micro_step(
    loss: Loss, optimizer: Optimizer, trace: Trace, segment: Segment, cell: int, example: int
) -> MicroStep:
    """The micro-step that computes cell number `cell`, from 0, of a segment, for one example of the batch.

    Raises UnknownMoment, UnknownExample.
    """
    if not 0 <= cell < segment.cells:
        raise UnknownMoment(f"{segment.name} has no cell {cell}; the last one is {segment.cells - 1}.")
    check_example(trace, example)
    here = np.array([cell])
    if segment.phase == "update" and segment.tensor.startswith("delta_"):
        return _update(optimizer, trace, segment, here)
    if segment.layer == "input":
        return MicroStep({}, {segment.name: np.arange(tensor(trace, segment.name, example).size)}, {})
    if segment.layer == "loss":
        return MicroStep(_loss_reads(loss, trace, segment, cell, example), {segment.name: here}, {})
    record = next(record for record in trace.records if record.layer == segment.layer)
    if segment.phase == "backward":
        made = _backward(record, here, example)
        return replace(
            made,
            partial={**pending(trace, record, example), **made.partial, **_learned(trace, segment, cell)},
        )
    if segment.tensor == "out":
        return _forward(record, here, example)
    return MicroStep(saved_reads(record, segment.tensor, cell, example), {segment.name: here}, {})


def _update(optimizer: Optimizer, trace: Trace, segment: Segment, here: Cells) -> MicroStep:
    """One cell of a change, together with the optimizer's intermediates at the same index."""
    parameter = segment.tensor.removeprefix("delta_")
    record = next(record for record in trace.records if record.layer == segment.layer)
    read = ["gradient"]
    if parameter not in record.frozen:
        for tensor in update_tensors(record, parameter):
            read += update_reads(optimizer, trace, record, parameter, tensor)
    names = dict.fromkeys(tensor_name(segment.layer, parameter, name) for name in read)
    return MicroStep(
        {name: here for name in names if name not in segment.writes},
        dict.fromkeys(segment.writes, here),
        {},
    )


def _loss_reads(loss: Loss, trace: Trace, segment: Segment, cell: int, example: int) -> dict[str, Cells]:
    reads = loss.reads(segment.tensor, cell, trace.loss, example)
    last = trace.records[-1].layer
    return {f"{last}.out" if name == "out" else f"loss.{name}": cells for name, cells in reads.items()}


def _forward(record: Record, here: Cells, example: int) -> MicroStep:
    reads = {
        operand_of(record, name).name: np.unique(cells)
        for name, cells in _touched(record, here, example).items()
    }
    if isinstance(record.op, Coupled):
        # The statistics of the batch are computed already: only the cell itself is read of the input.
        del reads[operand_of(record, "x").name]
        reads |= saved_reads(record, record.op.through, int(here[0]), example)
    return MicroStep(reads, {f"{record.layer}.out": here, **_saved(record, here)}, {})


def _backward(record: Record, here: Cells, example: int) -> MicroStep:
    touched = {name: np.unique(cells) for name, cells in _touched(record, here, example).items()}
    reads = {operand_of(record, name).name: touched[name] for name in _read_by_gradients(record)}
    if isinstance(record.op, Coupled):
        # Each output passes a gradient to all of its peers, with slopes that depend on their saved numbers.
        reads |= slope_reads(record, int(here[0]), example)
    # Where signs were multiplied, the numbers behind them decide which gates are open.
    gated = {"x": f"{record.previous}.out", "w": f"{record.layer}.w"}
    reads |= {gated[name]: touched[name] for name in record.op.binarised}
    # Of the cells in a window only those with an open gate receive a gradient.
    passed = open_cells(record, "x", here, example)
    written = {**touched, "x": passed} if passed.size else touched
    return MicroStep(
        reads={f"{record.layer}.dout": here, **_saved(record, here), **reads},
        writes={
            gradient: cells for name, cells in written.items() for gradient in gradient_names(record, name)
        },
        partial=partial(record, int(here[0]) + 1, example),
    )


def _learned(trace: Trace, segment: Segment, cell: int) -> dict[str, Partial]:
    """In a separate pass, the gradients of the layer's parameters so far, in the iteration that was learned
    from."""
    if trace.learned is None:
        return {}
    record = record_of(trace.learned, segment.layer)
    found = partial(record, cell + 1, 0)
    return {name: of for name, of in found.items() if is_learned(trace, name)}


def _read_by_gradients(record: Record) -> tuple[str, ...]:
    """The operands that the backward pass reads: w holds the slopes of dx, x those of dw.

    Gates that were not saved are computed again from x. No gradient depends on the bias.
    """
    if "w" in record.params:
        return "x", "w"
    return ("x",) if record.op.slope_symbol and not record.saved else ()


def partial(record: Record, done: int, example: int) -> dict[str, Partial]:
    """dw, db (of the whole batch) and the dout before this layer, after the first `done` cells of this
    layer's dout.

    Backpropagation is linear in dout: after k windows the gradients are those of dout with all but its first
    k cells set to 0. The parts that other layers have added to the same dout are included.
    """
    masked = np.zeros(record.dout.shape, record.dout.dtype)
    batch = record.dout.shape[-1]
    masked.reshape(-1, batch)[:done] = record.dout.reshape(-1, batch)[:done]
    with np.errstate(over="ignore", invalid="ignore"):
        dx, dparams = record.op.backward(masked, record.x, record.params, record.saved)
    arrays = {"x": dx, **dparams}
    arrays |= {name: arrays[name][..., example] for name in record.inputs}
    computed = {name: np.zeros(array.shape, np.bool_) for name, array in arrays.items()}
    at_once = max(1, READS_AT_ONCE // record.op.fan_in(record.x.shape[:-1]))
    for start in range(0, done, at_once):
        cells = np.arange(start, min(start + at_once, done))
        for name, touched in _touched(record, cells, example).items():
            computed[name].reshape(-1)[touched] = True
    made: dict[str, Partial] = {}
    for name, array in arrays.items():
        gradient, *part = gradient_names(record, name)
        made |= {own: Partial(freeze(array), freeze(computed[name])) for own in (gradient, *part)}
        source = record.inputs.get(name)
        if source is not None and source.before is not None:
            made[gradient] = _complete(source.before[..., example] + array)
    return made


def pending(trace: Trace, record: Record, example: int) -> dict[str, Partial]:
    """The incomplete douts to which `record` does not add, while the backward pass is at `record`.

    Some of their readers have added their part already, others have not.
    """
    at, made = trace.records.index(record), {}
    for layer in {skip.layer for later in trace.records[at + 1 :] if (skip := later.skip)}:
        parts = readers(trace, layer)
        left = [(reader, name) for reader, name in parts if trace.records.index(reader) <= at]
        if left and left[0][0] is not record:
            reader, name = left[0]
            before = reader.inputs[name].before
            assert before is not None
            made[f"{layer}.dout"] = _complete(before[..., example])
    return made


def _complete(array: Array) -> Partial:
    return Partial(freeze(array), freeze(np.ones(array.shape, np.bool_)))


def _touched(record: Record, cells: Cells, example: int) -> dict[str, Cells]:
    """The cells of each operand that these output cells read. Cells on padding are left out."""
    saved = record.op.saved_of(record.saved, example)
    reads = record.op.reads(cells, record.x[..., example], saved)
    touched = {"x": reads.x[reads.x >= 0]}
    if isinstance(record.op, Coupled):
        touched["x"] = record.op.readers("x", cells, in_shape(record))
    if reads.w is not None:
        touched["w"] = reads.w
    if reads.b is not None:
        touched["b"] = reads.b
    if reads.skip is not None:
        touched["skip"] = reads.skip
    return touched


def _saved(record: Record, here: Cells) -> dict[str, Cells]:
    """These cells of the saved arrays that have one number for each output cell (a max-pool's winners)."""
    return {
        f"{record.layer}.{name}": here
        for name, array in record.saved.items()
        if array.shape == record.out.shape and name not in record.op.made_first
    }
