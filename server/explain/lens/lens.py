"""The NumPy lens: the code that ran for a number, the values on its lines, and the number by plain loops."""

from math import isfinite
from typing import Any

import numpy as np

from server.explain.lens.loop_calls import LoopCall, gradient_operand, index_letters, loop_call, loop_listing
from server.explain.lens.sources import source_listings
from server.explain.lens.tracer import Listing, execute
from server.explain.micro_step import partial
from server.explain.place import Place, place
from server.explain.relation import reads
from server.explain.tensors import UnknownTensor, trace_of
from server.explain.timeline import Phase, Segment, UnknownMoment
from server.frozen import Frozen
from server.nn.arrays import Array, Shape, finite, number_text
from server.nn.network import Network
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace
from server.recipe.quoting import shortened

ROUNDINGS = 256
"""The largest difference between loops and run, in roundings of the run's dtype relative to the size of the
terms."""


class Lens(Frozen):
    """The code that runs at a moment, and one of its numbers, computed once more by plain loops.

    The moment is a micro-step of the segment (`phase`, `layer`, `tensor`). `source` is the function that ran,
    followed by the functions that it called on the way to the tensor `name`; the lit line made that tensor.
    `loops` compute the cell alone; null where nothing is computed. `value` is the number of the run,
    `loops_value` that of the loops, in float64. Both are null where they are not finite, and where the moment
    has not `computed` the cell yet. `agree` is null where there is nothing to compare. `letters` are the
    loops' names for the coordinates in `index`.
    """

    phase: Phase
    layer: str
    tensor: str
    name: str
    cell: int
    index: Shape
    letters: tuple[str, ...]
    example: int
    source: tuple[Listing, ...]
    loops: Listing | None
    computed: bool
    value: float | None
    loops_value: float | None
    agree: bool | None
    words: str


def lens(
    network: Network,
    optimizer: Optimizer,
    trace: Trace,
    segment: Segment,
    cell: int,
    example: int,
    name: str | None = None,
    at: int | None = None,
) -> Lens:
    """The code that runs in the micro-step of cell number `cell` of a segment, and one number of the segment.

    The number is cell `at` of the tensor `name`. By default it is a cell that this micro-step computes, of
    the segment's tensor or (backward) of the gradient of the layer's input. Raises UnknownMoment,
    UnknownTensor, UnknownCell, UnknownExample.
    """
    if not 0 <= cell < segment.cells:
        raise UnknownMoment(f"{segment.name} has no cell {cell}; the last one is {segment.cells - 1}.")
    name = name or segment.writes[-1 if segment.accumulates else 0]
    trace = trace_of(trace, name)
    record = next((record for record in trace.records if record.layer == segment.layer), None)
    here = _chosen(trace, record, segment, cell, example, name, at)
    done = cell + 1
    dout = None if record is None else _first(record.dout, done if segment.accumulates else segment.cells)
    reached, number, array = _reached(record, segment, done, here)
    call = None if segment.layer == "input" else loop_call(network, optimizer, trace, record, here, dout)
    execution = None if call is None else execute(call.loop, *call.arguments)
    value = float(array.ravel()[here.cell])
    looped = value if execution is None or call is None else float(execution.result) + call.before
    agree = None
    if reached and call is not None and isfinite(looped) and isfinite(value):
        agree = bool(abs(looped - value) <= _allowed(trace.x.dtype, call.scale))
    letters = index_letters(call, here)
    loops = None if execution is None else loop_listing(execution, letters, reached)
    return Lens(
        phase=segment.phase,
        layer=segment.layer,
        tensor=segment.tensor,
        name=here.name,
        cell=here.cell,
        index=here.index,
        letters=letters,
        example=example,
        source=source_listings(network, optimizer, trace, record, here, dout),
        loops=loops,
        computed=reached,
        value=finite(value) if reached else None,
        loops_value=finite(looped) if reached and execution is not None else None,
        agree=agree,
        words=_words(segment, done, here, reached, number, value, looped, agree, call),
    )


def _allowed(dtype: np.dtype[Any], scale: float) -> float:
    """The tolerance of the comparison. The smallest numbers of a dtype have fewer digits, so it is at least
    `tiny`."""
    return ROUNDINGS * float(np.finfo(dtype).eps) * scale + float(np.finfo(dtype).tiny)


def _chosen(
    trace: Trace,
    record: Record | None,
    segment: Segment,
    cell: int,
    example: int,
    name: str,
    at: int | None,
) -> Place:
    """The place of the number. An updated parameter stands for its change."""
    here = place(trace, name, 0, example)
    if here.name not in segment.writes:
        written = " and ".join(segment.writes)
        raise UnknownTensor(
            f"At {segment.phase} {segment.layer}, {written} is made, not {shortened(here.name)}."
        )
    if here.role == "updated":
        here = place(trace, segment.name, 0, example)
    if at is None:
        at = _touched(record, here, cell, example) if segment.accumulates else min(cell, here.array.size - 1)
    return place(trace, here.name, at, example)


def _touched(record: Record | None, here: Place, cell: int, example: int) -> int:
    """A cell to which the micro-step adds a gradient; cell 0 where its window lies on padding."""
    assert record is not None
    read = reads(record, np.array([cell]), example)
    if read.skip is not None and gradient_operand(record, here) == "skip":
        return int(read.skip[0])
    if here.role == "gradient":
        found = read.w if here.parameter == "w" else read.b
        return 0 if found is None else int(found.ravel()[0])
    inside = read.x[0] >= 0
    if not inside.any():
        return 0
    strength = (
        inside.astype(np.float64) if read.slope is None else np.where(inside, np.abs(read.slope[0]), -1)
    )
    return int(read.x[0][strength.argmax()])


def _first(array: Array, done: int) -> Array:
    """The first `done` cells of each example; the others are zero."""
    masked = np.zeros(array.shape, array.dtype)
    masked.reshape(-1, array.shape[-1])[:done] = array.reshape(-1, array.shape[-1])[:done]
    return masked


def _reached(record: Record | None, segment: Segment, done: int, here: Place) -> tuple[bool, int, Array]:
    """True where the cell is computed after `done` steps; the first step that reaches it; the tensor so
    far."""
    # The skip connection adds only a part of its dout.
    is_whole = record is None or not segment.accumulates or gradient_operand(record, here) != "skip"
    if done == segment.cells and is_whole:
        return True, done, here.array
    if segment.accumulates:
        assert record is not None
        now = partial(record, done, here.example)[here.name]
        readers = record.op.readers(
            gradient_operand(record, here), np.array([here.cell]), record.x.shape[:-1]
        )
        first = int(readers[0]) + 1 if len(readers) else segment.cells
        return bool(now.computed.ravel()[here.cell]), first, now.array
    if here.array.size == segment.cells:
        return here.cell < done, here.cell + 1, here.array
    return False, segment.cells, here.array


def _words(
    segment: Segment,
    done: int,
    here: Place,
    reached: bool,
    number: int,
    value: float,
    looped: float,
    agree: bool | None,
    call: LoopCall | None,
) -> str:
    if segment.layer == "input":
        what = "image was" if here.array.ndim == 3 else "inputs were"
        return f"Nothing is computed here: the {what} given. The forward pass takes the batch as x."
    cell = f"{here.name}[{', '.join(map(str, here.index))}]"
    if not reached:
        return (
            f"{cell} is not computed yet at this moment: step {number:,} of {segment.cells:,} of "
            f"{segment.phase} {segment.layer} {'reaches' if segment.accumulates else 'makes'} it."
        )
    if call is None:
        return f"{here.layer}.{here.parameter} is held fixed: no update moves it, so its change is 0."
    if agree is None:
        return f"{here.name} is not finite here, so there is nothing to compare."
    if not agree:
        return (
            f"The plain loops give {number_text(looped)}, and the run has {number_text(value)}: "
            "they should agree, and do not."
        )
    so_far = (
        f" so far, after {done:,} of {segment.cells:,} steps"
        if done < segment.cells and segment.accumulates
        else ""
    )
    others = f", with the {number_text(call.before)} that others had sent back," if call.before else ""
    return (
        f"The plain loops, really executed for this cell in float64, give{others} {number_text(looped)}: the "
        f"number that the run has{so_far}{', up to its rounding' if looped != value else ''}."
    )
