"""Plain loops over all examples, for ops that couple the examples of a batch."""

from typing import Any

import numpy as np

from server.explain.place import Place, place
from server.explain.provenance import provenance
from server.explain.relation import in_shape
from server.explain.tensors import RENEWED
from server.nn.arrays import Array, Shape
from server.nn.losses import Loss
from server.nn.ops.capabilities import Coupled
from server.nn.ops.loops import Loop
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace


def coupled_loop(record: Record, here: Place, dout: Array | None) -> tuple[Loop, tuple[Any, ...]]:
    """The loop that computes the cell in float64, and its arguments. `dout` has the whole batch."""
    op, loops, index = record.op, record.op.loops, _index(record, here)
    x = record.x.astype(np.float64)
    params = {name: array.astype(np.float64) for name, array in record.params.items()}
    if here.role == "out":
        return loops.forward, (op, x, params, index)
    if here.role == "saved":
        return loops.saved[here.tensor], (op, x, params, index)
    if here.role == "renewed":
        running = {name: array.astype(np.float64) for name, array in record.running.items()}
        return loops.running[here.tensor.removeprefix(RENEWED)], (op, running, x, index)
    assert dout is not None
    loop = loops.gradients[here.parameter] if here.role == "gradient" else loops.backward
    return loop, (op, dout.astype(np.float64), x, params, index)


def coupled_scale(loss: Loss, optimizer: Optimizer, trace: Trace, record: Record, here: Place) -> float:
    """The absolute size of the terms, which bounds the rounding error: the terms of the cell, and those of
    the saved array between input and output."""
    assert isinstance(record.op, Coupled)

    def terms(at: Place) -> float:
        blocks = provenance(loss, optimizer, trace, at).blocks
        return float(sum(np.abs(block.products).sum() for block in blocks))

    cell = np.array([here.cell])
    if not _has_batch_axis(record, here):
        cell = record.op.readers("b", cell, in_shape(record))
    between = terms(place(trace, f"{record.layer}.{record.op.through}", int(cell[0]), here.example))
    return terms(here) * (1 + between) + between * float(np.abs(record.params["w"]).max())


def _index(record: Record, here: Place) -> Shape:
    """The coordinates of the cell in the batch. The last one is the example, where the tensor has a batch
    axis."""
    return (*here.index, here.example) if _has_batch_axis(record, here) else here.index


def _has_batch_axis(record: Record, here: Place) -> bool:
    return here.role not in ("gradient", "renewed") and here.tensor not in record.op.shared
