"""What one iteration leaves behind: every array that it computed, read-only, none of them copied."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, freeze
from server.nn.ops import Op

_asking = threading.Lock()


class Input(NamedTuple):
    """What a layer reads: the `out` of `layer`, or the batch of "input"; `dx` is what goes back to it.

    Where several read it, its `dout` is the sum of what all of them send back. `before` is that sum as it was
    when this one came to add to it; None where it is the first.
    """

    layer: str
    x: Array
    dx: Array
    before: Array | None


class Record(NamedTuple):
    """One layer's part of an iteration, for the whole batch (last axis of x, out, saved, dout, dx).

    `previous` names the layer before, or "input"; `x` is its `out` and `dx` its `dout`, the very same arrays,
    or where a `skip` reads it too, a part of it (see `Input`; `before` is there). `params` are the parameters
    that the iteration started from; `dparams` and `deltas` go by the same names: dL/dparameter of the batch's
    mean loss, and the change that the optimizer made from it. `updated` are the parameters with that change,
    from which the next iteration starts. The change of a `frozen` one is 0. `known` has "dx"; where the
    iteration itself did not need it, only once somebody has asked.

    By parameter: `slots` are what the optimizer had kept of it, `intermediates` what it computed before the
    change, in order; the slots that it keeps for the next iteration are among them.

    `running` is what the layer had kept from the batches before, `renewed` the same after this one.
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
        """What the op reads beside its parameters: "x", and "skip" where it has a second input."""
        first = {"x": Input(self.previous, self.x, self.dx, self.before)}
        return first if self.skip is None else {**first, "skip": self.skip}

    @property
    def dx(self) -> Array:
        """dL/dx. Training does not need that of the input: it is computed when it is read, and then kept."""
        if "dx" not in self.known:
            with _asking, np.errstate(over="ignore", invalid="ignore"):
                if "dx" not in self.known:
                    dx, _ = self.op.backward(self.dout, self.x, self.params, self.saved)
                    self.known["dx"] = freeze(dx)
        return self.known["dx"]


def input_gradient(records: Sequence[Record]) -> Array:
    """What the layers of a network send back to the batch, all together: the first sends its part last."""
    first = records[0]
    if first.before is None:
        return first.dx
    with np.errstate(over="ignore", invalid="ignore"):
        return freeze(first.before + first.dx)


@dataclass(frozen=True, slots=True, eq=False)
class LossRecord:
    """The loss's part: the last layer's `out`, its `targets`, and by name what was computed on the way, all
    (K, N); `losses` (N,), their mean `loss`, and `dout` = d(mean loss)/d(out), (K, N).
    """

    out: Array
    targets: Array
    saved: Params
    losses: Array
    loss: float
    dout: Array


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One whole iteration: its batch `x` (C, H, W, N), the numbers (N,) of its examples, and its records.

    `norm` is that of all gradients together, where the optimizer asks for it.
    """

    iteration: int
    examples: Cells
    x: Array
    records: tuple[Record, ...]
    loss: LossRecord
    learning_rate: float
    norm: float | None = None

    @property
    def dx(self) -> Array:
        """What goes back to the batch in all, computed when it is read."""
        return input_gradient(self.records)

    def dout(self, layer: str) -> Array:
        """dL/dout of a layer, or dL/dx of "input"."""
        found = next((record for record in self.records if record.layer == layer), None)
        return self.dx if found is None else found.dout

    def computed(self) -> Iterator[tuple[str, Array]]:
        """Every tensor that the iteration computed with its name, in that order, each once: all but the
        gradient of the input."""
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
        """What was drawn for this iteration, by layer, to go through its forward pass once more."""
        return {
            record.layer: {name: record.saved[name].astype(dtype) for name in record.op.drawn}
            for record in self.records
        }

    @property
    def nbytes(self) -> int:
        """The memory that this trace holds, the parameters before and after it included, and the gradient of
        the input, whether somebody has asked for it or not."""
        arrays = [self.x, self.x, *(array for _, array in self.computed())]
        for record in self.records:
            arrays += [*record.params.values(), *record.updated.values(), *record.running.values()]
            arrays += [array for slots in record.slots.values() for array in slots.values()]
        return sum(array.nbytes for array in arrays)
