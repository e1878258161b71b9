"""The lens on the code: the lines that ran for a number, what each made, and the number by plain loops."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from server.explain.lens.batch_loops import coupled_loop, coupled_scale
from server.explain.lens.tracer import (
    Execution,
    Listing,
    Note,
    execute,
    handed_on,
    listing,
    listings,
    made_by,
    unpacked,
)
from server.explain.micro_step import partial
from server.explain.place import Place, place
from server.explain.relation import reads
from server.explain.subscripts import IMAGE, ROW
from server.explain.tensors import RENEWED, UnknownTensor
from server.explain.timeline import Phase, Segment, UnknownMoment
from server.frozen import Frozen
from server.nn import step
from server.nn.arrays import Array, Shape, finite, number_text
from server.nn.network import Network
from server.nn.ops.activation import Activation
from server.nn.ops.capabilities import Coupled, Stateful
from server.nn.ops.loops import Loop
from server.nn.optimizers import Optimizer, clipped_gradient
from server.nn.records import Record, Trace
from server.recipe.quoting import shortened

ROUNDINGS = 256
"""The loops agree with a number of the run's precision within so many roundings of the terms' sizes."""


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


class _Again(NamedTuple):
    """The loops for one cell, what they take, and the size of what they add up, which rounding grows with.

    `before` is what other layers had sent back to the cell already.
    """

    loop: Loop
    arguments: tuple[Any, ...]
    scale: float
    before: float = 0.0


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
    """The code that runs when cell number `cell` of a segment is done, and a number that the segment makes.

    The number is cell `at` of the tensor `name`; left out, one that this micro-step makes, of the segment's
    tensor or (backward) of the gradient of the layer's input. UnknownMoment, UnknownTensor, UnknownCell,
    UnknownExample.
    """
    if not 0 <= cell < segment.cells:
        raise UnknownMoment(f"{segment.name} has no cell {cell}; the last one is {segment.cells - 1}.")
    record = next((record for record in trace.records if record.layer == segment.layer), None)
    here = _chosen(trace, record, segment, cell, example, name, at)
    done = cell + 1
    dout = None if record is None else _first(record.dout, done if segment.accumulates else segment.cells)
    reached, number, array = _reached(record, segment, done, here)
    again = None if segment.layer == "input" else _again(network, optimizer, trace, record, here, dout)
    made = None if again is None else execute(again.loop, *again.arguments)
    value = float(array.ravel()[here.cell])
    looped = value if made is None or again is None else float(made.result) + again.before
    agree = None
    if reached and again is not None and isfinite(looped) and isfinite(value):
        agree = bool(abs(looped - value) <= _allowed(trace.x.dtype, again.scale))
    letters = _letters(again, here)
    loops = None if made is None else _shown(made, letters, reached)
    return Lens(
        phase=segment.phase,
        layer=segment.layer,
        tensor=segment.tensor,
        name=here.name,
        cell=here.cell,
        index=here.index,
        letters=letters,
        example=example,
        source=_source(network, optimizer, trace, record, here, dout),
        loops=loops,
        computed=reached,
        value=finite(value) if reached else None,
        loops_value=finite(looped) if reached and made is not None else None,
        agree=agree,
        words=_words(segment, done, here, reached, number, value, looped, agree, again),
    )


def _allowed(dtype: np.dtype[Any], scale: float) -> float:
    """How far the run's number may be off the loops'; the smallest numbers of a dtype have fewer digits."""
    return ROUNDINGS * float(np.finfo(dtype).eps) * scale + float(np.finfo(dtype).tiny)


def _chosen(
    trace: Trace,
    record: Record | None,
    segment: Segment,
    cell: int,
    example: int,
    name: str | None,
    at: int | None,
) -> Place:
    """The cell to look at. A parameter after the update is looked at as its change."""
    here = place(trace, name or segment.writes[-1 if segment.accumulates else 0], 0, example)
    if here.name not in segment.writes:
        made = " and ".join(segment.writes)
        raise UnknownTensor(
            f"At {segment.phase} {segment.layer}, {made} is made, not {shortened(here.name)}."
        )
    if here.role == "updated":
        here = place(trace, segment.name, 0, example)
    if at is None:
        at = _touched(record, here, cell, example) if segment.accumulates else min(cell, here.array.size - 1)
    return place(trace, here.name, at, example)


def _touched(record: Record | None, here: Place, cell: int, example: int) -> int:
    """A cell of a gradient that the micro-step adds to; the first where its window lies on padding."""
    assert record is not None
    read = reads(record, np.array([cell]), example)
    if read.skip is not None and _operand(record, here) == "skip":
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
    """The first `done` cells of each example, the others zero."""
    masked = np.zeros(array.shape, array.dtype)
    masked.reshape(-1, array.shape[-1])[:done] = array.reshape(-1, array.shape[-1])[:done]
    return masked


def _reached(record: Record | None, segment: Segment, done: int, here: Place) -> tuple[bool, int, Array]:
    """Whether the cell is computed after `done` steps, the first step to reach it, and the tensor so far."""
    # What goes along a skip connection is not all that its dout is put together from.
    is_whole = record is None or not segment.accumulates or _operand(record, here) != "skip"
    if done == segment.cells and is_whole:
        return True, done, here.array
    if segment.accumulates:
        assert record is not None
        now = partial(record, done, here.example)[here.name]
        readers = record.op.readers(_operand(record, here), np.array([here.cell]), record.x.shape[:-1])
        first = int(readers[0]) + 1 if len(readers) else segment.cells
        return bool(now.computed.ravel()[here.cell]), first, now.array
    if here.array.size == segment.cells:
        return here.cell < done, here.cell + 1, here.array
    return False, segment.cells, here.array


def _operand(record: Record, here: Place) -> str:
    """The operand of the op whose gradient is looked at."""
    if here.role == "dout":
        return next(name for name, source in record.inputs.items() if source.layer == here.layer)
    return here.parameter or here.tensor.removeprefix("d")


def _again(
    network: Network,
    optimizer: Optimizer,
    trace: Trace,
    record: Record | None,
    here: Place,
    dout: Array | None,
) -> _Again | None:
    """What makes the cell once more; None where no code did: a parameter held fixed."""
    made_last = here.name == f"{trace.records[-1].layer}.dout"
    if here.layer == "loss" or made_last:
        return _of_loss(network, trace, here)
    if here.role in ("delta", "step"):
        return _of_update(optimizer, trace, here)
    assert record is not None
    if isinstance(record.op, Coupled):
        scale, before = coupled_scale(network.loss, optimizer, trace, record, here), _sent(record, here)
        return _Again(*coupled_loop(record, here, dout), scale, before)
    return _of_op(record, here, dout)


def _of_update(optimizer: Optimizer, trace: Trace, here: Place) -> _Again | None:
    record, name = here.record, here.parameter
    assert record is not None
    if name in record.frozen:
        return None
    wide = {slot: array.astype(np.float64) for slot, array in record.slots.get(name, {}).items()}
    w, dw = record.params[name].astype(np.float64), record.dparams[name].astype(np.float64)
    step, scale = here.tensor.removesuffix(f"_{name}"), optimizer.scale(trace.norm)
    if step == "g":
        given: tuple[Any, ...] = (optimizer, w, dw, scale, here.index)
        largest = clipped_gradient(optimizer, np.abs(w), np.abs(dw), scale, here.index)
        return _Again(clipped_gradient, given, largest)
    g = record.intermediates[name].get("g", dw).astype(np.float64)
    rate = float(record.params[name].dtype.type(trace.learning_rate))
    loop, times = optimizer.loops[step], (rate, trace.iteration + 1, here.index)
    sizes = {slot: np.abs(array) for slot, array in wide.items()}
    largest = abs(loop(optimizer, np.abs(w), np.abs(g), sizes, *times))
    return _Again(loop, (optimizer, w, g, wide, *times), largest)


def _of_loss(network: Network, trace: Trace, here: Place) -> _Again:
    loss, record = network.loss, trace.loss
    out, goals = (
        array[:, here.example].astype(np.float64) for array in (record.out, loss.goals(record.targets))
    )
    tensor, batch = "dout" if here.role == "dout" else here.tensor, record.losses.size
    loop, whole = loss.loops[tensor], loss.loops["loss"]
    with np.errstate(all="ignore"):
        if loss.needs_classes:
            # An exponential is as far off as its exponent, which may be as large as the outputs are apart.
            spread = 1 + float(np.ptp(out))
            largest = {"loss": max(1.0, goals.sum()), "dout": 2 * goals[here.index[0]] / batch}
            scale = spread * (abs(loop(loss, out, goals, batch, here.index)) + largest.get(tensor, 0.0))
        else:
            scale = abs(loop(loss, np.abs(out), -np.abs(goals), batch, here.index))
        if loss.divides_by_loss and tensor == "dout":
            # Where outputs and targets nearly cancel, so does what the gradient is divided by.
            small = whole(loss, out, goals, batch, (0,))
            scale *= whole(loss, np.abs(out), -np.abs(goals), batch, (0,)) / small if small else 1
    return _Again(loop, (loss, out, goals, batch, here.index), scale)


def _of_op(record: Record, here: Place, dout: Array | None) -> _Again:
    op, index = record.op, here.index
    loops = op.loops
    params = {name: array.astype(np.float64) for name, array in record.params.items()}
    # What was drawn for this example goes in beside the parameters, and so does the second input.
    beside = {name: record.saved[name] for name in op.drawn}
    if record.skip is not None:
        beside["skip"] = record.skip.x
    params |= {name: array[..., here.example].astype(np.float64) for name, array in beside.items()}
    sizes = {name: np.abs(array) for name, array in params.items()}
    x = record.x[..., here.example].astype(np.float64)
    with np.errstate(all="ignore"):
        if here.role == "out":
            given: tuple[Any, ...] = (op, x, params, index)
            largest = loops.forward(op, np.abs(x), sizes, index) if params else abs(loops.forward(*given))
            return _Again(loops.forward, given, largest)
        if here.role == "saved":
            return _Again(loops.saved[here.tensor], (op, x, params, index), 0.0)
        assert dout is not None
        if here.role == "gradient":
            loop = loops.gradients[here.parameter]
            x, dout = record.x.astype(np.float64), dout.astype(np.float64)
            largest = loop(op, np.abs(dout), np.abs(x), sizes, index)
            return _Again(loop, (op, dout, x, params, index), largest)
        dout, operand = dout[..., here.example].astype(np.float64), _operand(record, here)
        loop = loops.dskip if operand == "skip" and loops.dskip else loops.backward
        # Where no weights are, gradients of this size are routed and added; a slope of its own is at most 1.
        if isinstance(op, Activation):
            largest = abs(float(dout[index]))
        elif op.function == "softmax":
            largest = float(np.abs(dout).max())
        else:
            largest = loop(op, np.abs(dout), x, sizes, index)
        before = _sent(record, here)
    return _Again(loop, (op, dout, x, params, index), largest + abs(before), before)


def _sent(record: Record, here: Place) -> float:
    """What other layers had sent back to the cell before this one; 0 where it is no dout."""
    sent = record.inputs[_operand(record, here)].before if here.role == "dout" else None
    return 0.0 if sent is None else float(sent[..., here.example][here.index])


def _letters(again: _Again | None, here: Place) -> tuple[str, ...]:
    """What the coordinates are called: as the loops call them, else as the formulas do."""
    dimensions = here.array.ndim
    if here.tensor == "loss":
        return ()
    loop: Callable[..., Any] | None = again.loop if again else None
    of = "w" if here.tensor == "sign_w" else here.parameter
    if here.role in ("delta", "step") or here.tensor == "sign_w":
        assert here.record is not None
        loop = here.record.op.loops.gradients[of]
    return (unpacked(loop, "index") if loop else ()) or tuple(IMAGE if dimensions == 3 else ROW)


def _shown(made: Execution, letters: Sequence[str], reached: bool) -> Listing:
    """The loops as they ran; of a number that is not reached, with no number but the cell's coordinates."""
    made = handed_on(made)
    lit, parts = made_by(made, made.result)
    shown = listing(made, (lit,), parts, (Note.of_number("→", float(made.result)),))
    if reached:
        return shown
    told = ("index", *letters)
    lines = tuple(
        line.model_copy(
            update={"notes": tuple(note for note in line.notes if note.shape or note.name in told)}
        )
        for line in shown.lines
    )
    return shown.model_copy(update={"lines": lines})


def _source(
    network: Network,
    optimizer: Optimizer,
    trace: Trace,
    record: Record | None,
    here: Place,
    dout: Array | None,
) -> tuple[Listing, ...]:
    """The code that made the tensor, run once more for this batch."""
    if here.name == "input.out":
        return (_of_input(network, trace),)
    if here.role in ("delta", "step"):
        return _of_change(optimizer, trace, here)
    if here.layer == "loss" or here.name == f"{trace.records[-1].layer}.dout":
        made = execute(network.loss.forward, trace.loss.out, trace.loss.targets)
        tensor = "dout" if here.role == "dout" else here.tensor
        found = made.result
        arrays = {**found.saved, "loss": found.losses, "dout": found.dout}
        return listings(made, arrays[tensor])
    assert record is not None
    if here.role == "renewed":
        assert isinstance(record.op, Stateful)
        made = execute(record.op.renew, record.running, record.saved)
        renewed = made.result
        return listings(made, renewed[here.tensor.removeprefix(RENEWED)], _results(renewed))
    if here.role in ("out", "saved"):
        given = {name: record.saved[name] for name in record.op.drawn}
        if record.skip is not None:
            given["skip"] = record.skip.x
        made = execute(record.op.forward, record.x, record.params, given)
        out, saved = made.result
        return listings(
            made, saved[here.tensor] if here.role == "saved" else out, _results({"out": out, **saved})
        )
    made = execute(record.op.backward, dout, record.x, record.params, record.saved)
    dx, dparams = made.result
    results = _results({"dx": dx, **{f"d{name}": array for name, array in dparams.items()}})
    return listings(made, {"x": dx, **dparams}[_operand(record, here)], results)


def _of_input(network: Network, trace: Trace) -> Listing:
    """The forward pass as far as the first layer: what takes the batch, lit where it comes in."""
    first = network.layers[0]
    state = step.State(trace.iteration, {first.name: trace.records[0].params})
    drawn = trace.drawn(str(trace.x.dtype))
    made = execute(step.forward, replace(network, layers=(first,)), state, trace.x, drawn)
    return listing(made, (made.code.co_firstlineno,))


def _of_change(optimizer: Optimizer, trace: Trace, here: Place) -> tuple[Listing, ...]:
    """The optimizer's lines, or the engine's own for a parameter that is held fixed."""
    record, name, scale = here.record, here.parameter, optimizer.scale(trace.norm)
    assert record is not None
    if name in record.frozen:
        old, number = record.slots.get(name, {}), trace.iteration + 1
        made = execute(
            step.change,
            record.params[name],
            record.dparams[name],
            True,
            old,
            optimizer,
            trace.learning_rate,
            number,
            scale,
        )
        return listings(made, made.result[0])
    w, dw = record.params[name], record.dparams[name]
    if here.tensor == f"g_{name}":
        made = execute(optimizer.gradient, w, dw, scale)
        return listings(made, made.result)
    g, slots = record.intermediates[name].get("g", dw), record.slots.get(name, {})
    made = execute(optimizer.update, w, g, slots, trace.learning_rate, trace.iteration + 1)
    delta, steps = made.result
    wanted = {**steps, "delta": delta}[here.tensor.removesuffix(f"_{name}")]
    return listings(made, wanted, _results({**steps, "delta": delta}))


def _results(arrays: dict[str, Array]) -> tuple[Note, ...]:
    return tuple(Note.of_array(name, array.shape) for name, array in arrays.items())


def _words(
    segment: Segment,
    done: int,
    here: Place,
    reached: bool,
    number: int,
    value: float,
    looped: float,
    agree: bool | None,
    again: _Again | None,
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
    if again is None:
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
    others = f", with the {number_text(again.before)} that others had sent back," if again.before else ""
    return (
        f"The plain loops, really executed for this cell in float64, give{others} {number_text(looped)}: the "
        f"number that the run has{so_far}{', up to its rounding' if looped != value else ''}."
    )
