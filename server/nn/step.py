"""One iteration of training: forward, loss, backward, update. The only code path there is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, freeze
from server.nn.losses import Loss
from server.nn.network import Layer, Network
from server.nn.optimizers import SGD
from server.nn.records import Record, Trace
from server.nn.rng import generator

EVALUATION_PRODUCTS = 8_000_000

Drawn = Mapping[str, Params]
"""What training draws at random for a batch, by layer and name."""
NOT_DRAWN: Drawn = {}


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The parameters before iteration number `iteration`, by layer and name: read-only arrays."""

    iteration: int
    params: Mapping[str, Params]

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for params in self.params.values() for array in params.values())


class Passed(NamedTuple):
    """What the forward pass pushes on its stack for a layer, and the backward pass pops."""

    layer: Layer
    x: Array
    params: Params
    out: Array
    saved: dict[str, Array]


def draw(network: Network, seed: int, iteration: int, x: Array) -> Drawn:
    """What training draws for the batch `x` of an iteration, by layer: the same for the same three."""
    return {
        layer.name: layer.op.draw(
            (*layer.in_shape, x.shape[-1]), x.dtype, generator(seed, f"draw {layer.name}", iteration)
        )
        for layer in network.layers
        if layer.op.drawn
    }


def forward(network: Network, state: State, x: Array, drawn: Drawn = NOT_DRAWN) -> list[Passed]:
    """The stack after the forward pass of a batch `x` (C, H, W, N); the last `out` is (K, N).

    `drawn` is what `draw` gives for the batch, by layer; without it the network evaluates.
    """
    stack: list[Passed] = []
    for layer in network.layers:
        params = state.params[layer.name]
        out, saved = layer.op.forward(x, params, drawn.get(layer.name, NOTHING))
        for array in (out, *saved.values()):
            freeze(array)
        stack.append(Passed(layer, x, params, out, saved))
        x = out
    return stack


def backward(stack: list[Passed], dout: Array, optimizer: SGD, learning_rate: float) -> tuple[Record, ...]:
    """The records of all layers, first to last, from the loss's `dout` (K, N). Empties the stack."""
    records: list[Record] = []
    while stack:
        layer, x, params, out, saved = stack.pop()
        dx, dparams = layer.op.backward(dout, x, params, saved)
        for gradient in (dx, *dparams.values()):
            freeze(gradient)
        deltas = {
            name: freeze(np.zeros_like(dw) if name in layer.frozen else optimizer.delta(dw, learning_rate))
            for name, dw in dparams.items()
        }
        records.append(
            Record(
                layer=layer.name,
                op=layer.op,
                previous=layer.previous,
                x=x,
                out=out,
                params=params,
                saved=saved,
                dout=dout,
                dx=dx,
                dparams=dparams,
                deltas=deltas,
                updated={name: freeze(w + deltas[name]) for name, w in params.items()},
                frozen=layer.frozen,
            )
        )
        dout = dx
    return tuple(reversed(records))


def train_step(
    network: Network,
    loss: Loss,
    optimizer: SGD,
    state: State,
    x: Array,
    targets: Array,
    learning_rate: float,
    examples: Cells,
    seed: int = 0,
) -> tuple[State, Trace]:
    """The next state, and the trace of how it came about. Pure: no argument changes.

    `x` (C, H, W, N) and `targets` (K, N) have the dtype of the parameters; `examples` (N,) are the batch's
    numbers in the training set; `seed` and the state's iteration decide what is drawn at random. Numbers that
    leave the finite range do so silently: see `first_nonfinite`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        x, targets, examples = (freeze(array.view()) for array in (x, targets, examples))
        stack = forward(network, state, x, draw(network, seed, state.iteration, x))
        loss_record = loss.forward(stack[-1].out, targets)
        records = backward(stack, loss_record.dout, optimizer, learning_rate)
        updated = {record.layer: record.updated for record in records}
    trace = Trace(state.iteration, examples, x, records, loss_record, learning_rate)
    return State(state.iteration + 1, updated), trace


def evaluate(network: Network, loss: Loss, state: State, x: Array, targets: Array) -> tuple[float, float]:
    """Accuracy (0..1) and mean loss over a whole set `x` (C, H, W, N), in chunks of bounded memory.

    An answer is right when the largest output belongs to the largest of the `targets` (K, N).
    """
    chunk = max(1, EVALUATION_PRODUCTS // network.products)
    right, total = 0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, x.shape[-1], chunk):
            part = slice(start, start + chunk)
            out = forward(network, state, np.ascontiguousarray(x[..., part]))[-1].out
            right += int((out.argmax(axis=0) == targets[:, part].argmax(axis=0)).sum())
            total += float(loss.forward(out, targets[:, part]).losses.sum(dtype=np.float64))
    return right / x.shape[-1], total / x.shape[-1]


def first_nonfinite(trace: Trace, state: State) -> str | None:
    """The first tensor, in order of computation, that holds a number which is not finite; None is the rule.

    `state` is the one that the traced iteration led to.
    """
    tensors = [*trace.computed()]
    tensors += [
        (f"{layer}.{name}", w) for layer, params in state.params.items() for name, w in params.items()
    ]
    # A finite sum of squares proves that all cells are finite, and is far quicker than looking at each.
    with np.errstate(over="ignore", invalid="ignore"):
        if math.isfinite(sum(np.vdot(array, array) for _, array in tensors)):
            return None
    return next((name for name, array in tensors if not np.isfinite(array).all()), None)
