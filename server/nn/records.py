"""The records of one iteration: every array that it computed, read-only and not copied."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, freeze
from server.nn.ops import Op

_asking = threading.Lock()


class Input(NamedTuple):
    """An input of a layer: `x` is the `out` of `layer`, or the batch of "input", and `dx` its gradient.

    Where several layers read the same output, its `dout` is the sum of their `dx`. `before` is that sum
    before this layer added to it; None where this layer is the first.
    """

    layer: str
    x: Array
    dx: Array
    before: Array | None


class Record(NamedTuple):
    """One layer's part of an iteration. The last axis of activations and their gradients is the batch, N.

    `previous` names the layer before, or "input". `x` is the same array as its `out`, and `dx` the same as
    its `dout`, or a part of it where a skip connection reads that output too: see `Input`, also for `before`.
    By parameter: `params` are the parameters before the iteration, `dparams` the gradients of the mean loss
    of the batch, `deltas` the changes (0 for a `frozen` parameter), and `updated` the parameters after the
    iteration. `known` holds "dx" once it is computed.

    By parameter, too: `slots` are the optimizer's slots before the update, and `intermediates` the arrays
    computed before the change, in order, with the slots for the next iteration among them.

    `running` are the arrays that the layer keeps from batch to batch, before this batch; `renewed` are the
    same after it.
    """

    layer: str
    op: Op
    previous: str
    x: Array
    out: Array
    params: Params
    saved: Params
    dout: Array
    known: dict[str, Array]
    dparams: Params
    deltas: Params
    updated: Params
    frozen: frozenset[str]
    slots: Mapping[str, Params]
    intermediates: Mapping[str, Params]
    running: Params = NOTHING
    renewed: Params = NOTHING
    skip: Input | None = None
    before: Array | None = None

    @property
    def inputs(self) -> dict[str, Input]:
        """The inputs of the op by name: "x", and "skip" where it has a second input."""
        first = {"x": Input(self.previous, self.x, self.dx, self.before)}
        return first if self.skip is None else {**first, "skip": self.skip}

    @property
    def dx(self) -> Array:
        """dL/dx. Training does not need that of the first layer: it is computed when first read, and kept."""
        if "dx" not in self.known:
            with _asking, np.errstate(over="ignore", invalid="ignore"):
                if "dx" not in self.known:
                    dx, _ = self.op.backward(self.dout, self.x, self.params, self.saved)
                    self.known["dx"] = freeze(dx)
        return self.known["dx"]


def input_gradient(records: Sequence[Record]) -> Array:
    """The gradient of the batch: the sum over the layers that read it. The first layer adds its part last."""
    first = records[0]
    if first.before is None:
        return first.dx
    with np.errstate(over="ignore", invalid="ignore"):
        return freeze(first.before + first.dx)


@dataclass(frozen=True, slots=True, eq=False)
class LossRecord:
    """The loss's part of an iteration.

    `out` (K, N) is the last layer's output, and `targets` (K, N) are the numbers that it is compared with.
    `saved` holds the tensors computed before the loss, (K, N), by name. `losses` (N,) are the examples'
    losses, and `loss` is their mean. `dout` (K, N) is d(loss)/d(out).
    """

    out: Array
    targets: Array
    saved: Params
    losses: Array
    loss: float
    dout: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One whole iteration: its batch `x` (*shape, N), and the records of its layers and its loss.

    `examples` (N,) are the indices of the batch in the training set. `norm` is the norm of all gradients
    together; None unless the optimizer clips by norm. `learned` is None for an iteration. A separate pass,
    for an example that is only looked at, has there the iteration that was learned from: its records hold
    that iteration's gradients and changes of parameters.
    """

    iteration: int
    examples: Cells
    x: Array
    records: tuple[Record, ...]
    loss: LossRecord
    learning_rate: float
    norm: float | None = None
    learned: "Trace | None" = None

    @property
    def dx(self) -> Array:
        """dL/dx of the batch `x`. Computed when first read."""
        return input_gradient(self.records)

    def dout(self, layer: str) -> Array:
        """dL/dout of a layer, or dL/dx of "input"."""
        found = next((record for record in self.records if record.layer == layer), None)
        return self.dx if found is None else found.dout

    def computed(self) -> Iterator[tuple[str, Array]]:
        """The name and the array of every tensor, once each, in the order of computation.

        The gradient of the input is left out.
        """
        for record in self.records:
            yield f"{record.layer}.out", record.out
            for name, array in record.saved.items():
                yield f"{record.layer}.{name}", array
        for name, array in self.loss.saved.items():
            yield f"loss.{name}", array
        yield "loss.loss", self.loss.losses
        yield f"{self.records[-1].layer}.dout", self.loss.dout
        for record in reversed(self.records):
            for name, array in record.dparams.items():
                yield f"{record.layer}.d{name}", array
            if record.skip:
                yield f"{record.layer}.dskip", record.skip.dx
            if record.previous == "input":
                continue
            if record.before is None:
                yield f"{record.previous}.dout", record.dx
            else:
                yield f"{record.layer}.dx", record.dx
                yield f"{record.previous}.dout", self.dout(record.previous)
        for record in self.records:
            for name, delta in record.deltas.items():
                for tensor, array in record.intermediates.get(name, {}).items():
                    yield f"{record.layer}.{tensor}_{name}", array
                yield f"{record.layer}.delta_{name}", delta
            for name, array in record.renewed.items():
                yield f"{record.layer}.new_{name}", array

    def drawn(self, dtype: str) -> dict[str, dict[str, Array]]:
        """The random arrays of this iteration, cast to `dtype`, by layer and name."""
        return {
            record.layer: {name: record.saved[name].astype(dtype) for name in record.op.drawn}
            for record in self.records
        }

    @property
    def nbytes(self) -> int:
        """The memory in bytes of this trace, with the parameters before and after the iteration.

        The gradient of the input counts, computed or not, and what a separate pass learned from.
        """
        arrays = [self.x, self.x, *(array for _, array in self.computed())]
        for record in self.records:
            arrays += [*record.params.values(), *record.updated.values(), *record.running.values()]
            arrays += [array for slots in record.slots.values() for array in slots.values()]
        return sum(array.nbytes for array in arrays) + (self.learned.nbytes if self.learned else 0)
