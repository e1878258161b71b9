"""One iteration of training: forward pass, loss, backward pass, update."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, freeze
from server.nn.losses import Loss
from server.nn.network import Layer, Network
from server.nn.ops.capabilities import Stateful
from server.nn.optimizers import Optimizer
from server.nn.records import Input, Record, Trace
from server.nn.rng import generator

Drawn = Mapping[str, Params]
"""The arrays that training draws at random for a batch, by layer and name."""
NOT_DRAWN: Drawn = MappingProxyType({})
"""No random arrays."""
NO_SLOTS: Mapping[str, Params] = MappingProxyType({})
"""The slots of an optimizer without slots."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The state of a run before iteration number `iteration`. All arrays are read-only.

    `params` holds the parameters, by layer and name. `slots` holds the optimizer's arrays, by layer,
    parameter and slot. `running` holds the arrays that layers keep from batch to batch, by layer and name;
    no gradient moves them.
    """

    iteration: int
    params: Mapping[str, Params]
    slots: Mapping[str, Mapping[str, Params]] = field(default_factory=dict)
    running: Mapping[str, Params] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """The memory in bytes of all arrays."""
        groups = [*self.params.values(), *self.running.values()]
        groups += [kept for of in self.slots.values() for kept in of.values()]
        return sum(array.nbytes for arrays in groups for array in arrays.values())


def state_before(trace: Trace) -> State:
    """The state from which the iteration of a trace was computed. Its arrays are those of the trace."""
    return State(
        trace.iteration,
        params={record.layer: record.params for record in trace.records},
        slots={record.layer: record.slots for record in trace.records},
        running={record.layer: record.running for record in trace.records if record.running},
    )


class Passed(NamedTuple):
    """One layer's entry on the stack: the forward pass pushes it, and the backward pass pops it."""

    layer: Layer
    x: Array
    params: Params
    out: Array
    saved: dict[str, Array]
    skip: Array | None = None
    prepared: Params = NOTHING


def draw(network: Network, seed: int, iteration: int, x: Array) -> Drawn:
    """The arrays that training draws at random for the batch `x` (*shape, N) of an iteration, by layer.

    They depend on `seed`, `iteration`, the layers' names, and the shape and dtype of `x` alone.
    """
    return {
        layer.name: layer.op.draw(
            (*layer.in_shape, x.shape[-1]), x.dtype, generator(seed, f"draw {layer.name}", iteration)
        )
        for layer in network.layers
        if layer.op.drawn
    }


def forward(network: Network, state: State, x: Array, drawn: Drawn = NOT_DRAWN) -> list[Passed]:
    """The stack after the forward pass of a batch `x` (*shape, N) in training. The last `out` is (K, N).

    `drawn` holds the arrays that `draw` returns for the batch, by layer.
    """
    stack: list[Passed] = []
    outs = {"input": x}
    for layer in network.layers:
        params = state.params[layer.name]
        given, skip = drawn.get(layer.name, NOTHING), None
        if layer.skip is not None:
            skip = outs[layer.skip]
            given = {**given, "skip": skip}
        prepared = layer.op.prepare(x)
        if prepared:
            given = {**given, **prepared}
        out, saved = layer.op.forward(x, params, given)
        out.setflags(write=False)
        for array in saved.values():
            array.setflags(write=False)
        stack.append(Passed(layer, x, params, out, saved, skip, prepared))
        x = outs[layer.name] = out
    return stack


def initial_state(network: Network, optimizer: Optimizer, params: Mapping[str, Params]) -> State:
    """The state before iteration 0, with the parameters `params`, by layer and name.

    Frozen parameters have no slots. Running arrays have the dtype of their layer's parameters.
    """
    slots: dict[str, Mapping[str, Params]] = {}
    for layer in network.layers:
        moved = {name: w for name, w in params[layer.name].items() if name not in layer.frozen}
        slots[layer.name] = optimizer.initial_slots(moved)
        for kept in slots[layer.name].values():
            for array in kept.values():
                freeze(array)
    running = {
        layer.name: {
            name: freeze(np.full(shape, layer.op.running[name], params[layer.name]["w"].dtype))
            for name, shape in layer.running_shapes.items()
        }
        for layer in network.layers
        if isinstance(layer.op, Stateful)
    }
    return State(0, params, slots, running)


class Returned(NamedTuple):
    """The gradients of one layer from the backward pass. `before` has the same meaning as in Record."""

    passed: Passed
    dout: Array
    dx: Array | None
    dparams: Params
    skip: Input | None
    before: Array | None


class Change(NamedTuple):
    """The update of one layer's parameters. `slots` holds the slots before the update."""

    deltas: Params = NOTHING
    updated: Params = NOTHING
    slots: Mapping[str, Params] = NO_SLOTS
    intermediates: Mapping[str, Params] = NO_SLOTS


UNCHANGED = Change()


def backward(stack: list[Passed], dout: Array) -> tuple[Record, ...]:
    """The records of all layers, first to last, without an update. `dout` (K, N) is the loss's gradient.

    Empties the stack.
    """
    return tuple(_record(returned, UNCHANGED) for returned in _returned(stack, dout))


def _returned(stack: list[Passed], dout: Array) -> list[Returned]:
    """The gradients of all layers, first to last. Empties the stack."""
    found: list[Returned] = []
    sent = {stack[-1].layer.name: dout}
    while stack:
        passed = stack.pop()
        layer, x, params, _, saved, skip, prepared = passed
        if prepared:
            saved = {**saved, **prepared}
        dout = sent[layer.name]
        skipped = None
        if layer.previous == "input":
            # No layer needs the gradient of the input here: `Record.dx` computes it on demand.
            dx, before = None, sent.get("input")
            dparams = layer.op.parameter_gradients(dout, x, params, saved) if params else {}
        else:
            dx, dparams = layer.op.backward(dout, x, params, saved)
            dx.setflags(write=False)
            if layer.skip is not None and skip is not None:
                dskip = dparams.pop("skip")
                skipped = Input(layer.skip, skip, dskip, _send(sent, layer.skip, dskip))
            before = _send(sent, layer.previous, dx)
        for gradient in dparams.values():
            gradient.setflags(write=False)
        found.append(Returned(passed, dout, dx, dparams, skipped, before))
    found.reverse()
    return found


def _send(sent: dict[str, Array], layer: str, part: Array) -> Array | None:
    """Add `part` to the gradient sent to `layer`. Return the sum before it; None when `part` is the first."""
    before = sent.get(layer)
    sent[layer] = part if before is None else freeze(before + part)
    return before


def _record(returned: Returned, change: Change) -> Record:
    passed, dout, dx, dparams, skip, before = returned
    layer, x, params, out, saved, _, _ = passed
    deltas, updated, slots, intermediates = change
    return Record(
        layer.name,
        layer.op,
        layer.previous,
        x,
        out,
        params,
        saved,
        dout,
        {} if dx is None else {"dx": dx},
        dparams,
        deltas,
        updated,
        layer.frozen,
        slots,
        intermediates,
        skip=skip,
        before=before,
    )


def _updated(
    returned: Returned, optimizer: Optimizer, learning_rate: float, state: State, scale: float
) -> Record:
    layer, params, dparams = returned.passed.layer, returned.passed.params, returned.dparams
    if not params:
        return _record(returned, UNCHANGED)
    slots, number = state.slots.get(layer.name, NO_SLOTS), state.iteration + 1
    deltas, updated, intermediates = {}, {}, {}
    for name, w in params.items():
        kept, held = slots.get(name, NOTHING), name in layer.frozen
        delta, made = change(w, dparams[name], held, kept, optimizer, learning_rate, number, scale)
        deltas[name], updated[name] = freeze(delta), freeze(w + delta)
        if not held:
            intermediates[name] = made
            for array in made.values():
                array.setflags(write=False)
    return _record(returned, Change(deltas, updated, slots, intermediates))


def change(
    w: Array,
    dw: Array,
    frozen: bool,
    slots: Params,
    optimizer: Optimizer,
    learning_rate: float,
    number: int,
    scale: float,
) -> tuple[Array, Params]:
    """The change of one parameter `w` in update `number`, counted from 1, and the intermediates by name.

    `dw` is the gradient of `w`, and `scale` the factor of clipping by norm. All arrays have the shape of `w`.
    The change of a `frozen` parameter is 0, without intermediates.
    """
    if frozen:
        delta = np.zeros_like(dw)
        return delta, NOTHING
    g = optimizer.gradient(w, dw, scale)
    delta, intermediates = optimizer.update(w, g, slots, learning_rate, number)
    return delta, intermediates if g is dw else {"g": g, **intermediates}


def renew(record: Record, state: State) -> Record:
    """The record with its layer's running arrays before and after this batch, where the layer has any."""
    before = state.running.get(record.layer)
    if before is None:
        return record
    assert isinstance(record.op, Stateful)
    after = record.op.renew(before, record.saved)
    for array in after.values():
        freeze(array)
    return record._replace(running=before, renewed=after)


def train_step(
    network: Network,
    loss: Loss,
    optimizer: Optimizer,
    state: State,
    x: Array,
    targets: Array,
    learning_rate: float,
    examples: Cells,
    seed: int = 0,
) -> tuple[State, Trace]:
    """The next state, and the trace of the iteration that leads to it. Pure: no argument changes.

    `x` (*shape, N) and `targets` (K, N) have the dtype of the parameters. `examples` (N,) are the indices of
    the batch's examples in the training set. `seed` and `state.iteration` determine the random arrays.
    Overflow and NaN raise no error and no warning: see `first_nonfinite` in `server.nn.nonfinite`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        x, targets, examples = (freeze(array.view()) for array in (x, targets, examples))
        stack = forward(network, state, x, draw(network, seed, state.iteration, x))
        loss_record = loss.forward(stack[-1].out, targets)
        layers = _returned(stack, loss_record.dout)
        norm = optimizer.norm(
            dw
            for layer in layers
            for name, dw in layer.dparams.items()
            if name not in layer.passed.layer.frozen
        )
        scale = optimizer.scale(norm)
        records = tuple(
            renew(_updated(layer, optimizer, learning_rate, state, scale), state) for layer in layers
        )
    trace = Trace(state.iteration, examples, x, records, loss_record, learning_rate, norm)
    params = {record.layer: record.updated for record in records}
    slots = {
        record.layer: {
            name: {slot: computed[slot] for slot in optimizer.slots}
            for name, computed in record.intermediates.items()
        }
        for record in records
        if optimizer.slots
    }
    running = {record.layer: record.renewed for record in records if record.renewed}
    return State(state.iteration + 1, params, slots, running), trace
