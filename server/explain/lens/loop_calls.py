"""Calls of the plain loops that compute one cell again in float64, and their listings."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from server.explain.lens.batch_loops import coupled_loop, coupled_scale
from server.explain.lens.statements import unpacked
from server.explain.lens.tracer import (
    Execution,
    Listing,
    Note,
    handed_on,
    listing,
    made_by,
)
from server.explain.place import Place
from server.explain.subscripts import IMAGE, ROW
from server.nn.arrays import Array
from server.nn.network import Network
from server.nn.ops.activation import Activation
from server.nn.ops.capabilities import Coupled
from server.nn.ops.loops import Loop
from server.nn.optimizers import Optimizer, clipped_gradient
from server.nn.records import Record, Trace


class LoopCall(NamedTuple):
    """The loops for one cell and their arguments.

    `scale` is the absolute size of the terms that they add up, which bounds the rounding error. `before` is
    the part of a dout that other layers added before.
    """

    loop: Loop
    arguments: tuple[Any, ...]
    scale: float
    before: float = 0.0


def gradient_operand(record: Record, here: Place) -> str:
    """The operand of the op to which the gradient at this place belongs."""
    if here.role == "dout":
        return next(name for name, source in record.inputs.items() if source.layer == here.layer)
    return here.parameter or here.tensor.removeprefix("d")


def loop_call(
    network: Network,
    optimizer: Optimizer,
    trace: Trace,
    record: Record | None,
    here: Place,
    dout: Array | None,
) -> LoopCall | None:
    """The call that computes the cell again; None for a frozen parameter, which no code changes."""
    made_last = here.name == f"{trace.records[-1].layer}.dout"
    if here.layer == "loss" or made_last:
        return _loss_call(network, trace, here)
    if here.role in ("delta", "step"):
        return _update_call(optimizer, trace, here)
    assert record is not None
    if isinstance(record.op, Coupled):
        scale, before = (
            coupled_scale(network.loss, optimizer, trace, record, here),
            _gradient_before(record, here),
        )
        return LoopCall(*coupled_loop(record, here, dout), scale, before)
    return _op_call(record, here, dout)


def _update_call(optimizer: Optimizer, trace: Trace, here: Place) -> LoopCall | None:
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
        return LoopCall(clipped_gradient, given, largest)
    g = record.intermediates[name].get("g", dw).astype(np.float64)
    rate = float(record.params[name].dtype.type(trace.learning_rate))
    loop, times = optimizer.loops[step], (rate, trace.iteration + 1, here.index)
    sizes = {slot: np.abs(array) for slot, array in wide.items()}
    largest = abs(loop(optimizer, np.abs(w), np.abs(g), sizes, *times))
    return LoopCall(loop, (optimizer, w, g, wide, *times), largest)


def _loss_call(network: Network, trace: Trace, here: Place) -> LoopCall:
    loss, record = network.loss, trace.loss
    out, goals = (
        array[:, here.example].astype(np.float64) for array in (record.out, loss.goals(record.targets))
    )
    tensor, batch = "dout" if here.role == "dout" else here.tensor, record.losses.size
    loop, whole = loss.loops[tensor], loss.loops["loss"]
    with np.errstate(all="ignore"):
        if loss.needs_classes:
            # The relative error of an exponential grows with its exponent, at most the spread of the outputs.
            spread = 1 + float(np.ptp(out))
            largest = {"loss": max(1.0, goals.sum()), "dout": 2 * goals[here.index[0]] / batch}
            scale = spread * (abs(loop(loss, out, goals, batch, here.index)) + largest.get(tensor, 0.0))
        else:
            scale = abs(loop(loss, np.abs(out), -np.abs(goals), batch, here.index))
        if loss.divides_by_loss and tensor == "dout":
            # The loss that divides the gradient is small where outputs and targets nearly cancel.
            small = whole(loss, out, goals, batch, (0,))
            scale *= whole(loss, np.abs(out), -np.abs(goals), batch, (0,)) / small if small else 1
    return LoopCall(loop, (loss, out, goals, batch, here.index), scale)


def _op_call(record: Record, here: Place, dout: Array | None) -> LoopCall:
    op, index = record.op, here.index
    loops = op.loops
    params = {name: array.astype(np.float64) for name, array in record.params.items()}
    # The drawn arrays of this example and the second input are passed with the parameters.
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
            return LoopCall(loops.forward, given, largest)
        if here.role == "saved":
            return LoopCall(loops.saved[here.tensor], (op, x, params, index), 0.0)
        assert dout is not None
        if here.role == "gradient":
            loop = loops.gradients[here.parameter]
            x, dout = record.x.astype(np.float64), dout.astype(np.float64)
            largest = loop(op, np.abs(dout), np.abs(x), sizes, index)
            return LoopCall(loop, (op, dout, x, params, index), largest)
        dout, operand = dout[..., here.example].astype(np.float64), gradient_operand(record, here)
        loop = loops.dskip if operand == "skip" and loops.dskip else loops.backward
        # Without weights gradients are routed and added; the slope of an activation is at most about 1.
        if isinstance(op, Activation):
            largest = abs(float(dout[index]))
        elif op.function == "softmax":
            largest = float(np.abs(dout).max())
        else:
            largest = loop(op, np.abs(dout), x, sizes, index)
        before = _gradient_before(record, here)
    return LoopCall(loop, (op, dout, x, params, index), largest + abs(before), before)


def _gradient_before(record: Record, here: Place) -> float:
    """The part of a dout that other layers added before this one; 0 for other tensors."""
    sent = record.inputs[gradient_operand(record, here)].before if here.role == "dout" else None
    return 0.0 if sent is None else float(sent[..., here.example][here.index])


def index_letters(call: LoopCall | None, here: Place) -> tuple[str, ...]:
    """The names of the coordinates: those of the loops, else those of the formulas."""
    dimensions = here.array.ndim
    if here.tensor == "loss":
        return ()
    loop: Callable[..., Any] | None = call.loop if call else None
    of = "w" if here.tensor == "sign_w" else here.parameter
    if here.role in ("delta", "step") or here.tensor == "sign_w":
        assert here.record is not None
        loop = here.record.op.loops.gradients[of]
    return (unpacked(loop, "index") if loop else ()) or tuple(IMAGE if dimensions == 3 else ROW)


def loop_listing(execution: Execution, letters: Sequence[str], reached: bool) -> Listing:
    """The loops as they ran. For a cell that is not computed yet, only the coordinates have numbers."""
    maker = handed_on(execution)
    lit, parts = made_by(maker, maker.result)
    shown = listing(maker, (lit,), parts, (Note.of_number("→", float(maker.result)),))
    if reached:
        return shown
    coordinates = ("index", *letters)
    lines = tuple(
        line.model_copy(
            update={"notes": tuple(note for note in line.notes if note.shape or note.name in coordinates)}
        )
        for line in shown.lines
    )
    return shown.model_copy(update={"lines": lines})
