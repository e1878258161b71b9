"""The place of a cell in an iteration: its tensor, the role of that tensor, and the record of its layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from server.explain.tensors import RENEWED, UnknownCell, tensor
from server.explain.updates import BEFORE
from server.nn.arrays import Array, Shape, unravel
from server.nn.records import Record, Trace

Role = Literal[
    "out",
    "saved",
    "dout",
    "part",
    "parameter",
    "gradient",
    "step",
    "slot",
    "delta",
    "updated",
    "running",
    "renewed",
    "loss",
]
PREFIXES: Mapping[str, Role] = {"": "parameter", "d": "gradient", "delta_": "delta", "new_": "updated"}
"""The roles of the tensors of a parameter, by the prefix of the tensor's name."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The place of one cell in an iteration: number `cell` of `array`, the tensor `name`
    ("<layer>.<tensor>").

    `array` is the tensor for slot `example` of the batch, as `tensor` returns it. `record` is the record of
    the layer, None for the input and the loss. `parameter` is the parameter that the tensor is or belongs to,
    else empty. Of the roles, "step" is an intermediate of the optimizer, "slot" a number that the optimizer
    kept from the iteration before; "running" is an array that a layer keeps from batch to batch, before this
    batch, "renewed" the same array after it; "part" is one layer's part of a dout to which several layers
    add.
    """

    name: str
    layer: str
    tensor: str
    role: Role
    record: Record | None
    parameter: str
    array: Array
    cell: int
    example: int

    @property
    def index(self) -> Shape:
        """The cell's coordinates."""
        return unravel(self.cell, self.array.shape)


def place(trace: Trace, name: str, cell: int, example: int) -> Place:
    """The place of a cell, given the name of its tensor.

    "<layer>.x" and "<layer>.skip" are the out of another layer. "<layer>.dx" is the dout of the previous
    layer, or one part of it where several layers add to that dout. Raises UnknownTensor, UnknownCell,
    UnknownExample.
    """
    array = tensor(trace, name, example)
    if not 0 <= cell < array.size:
        raise UnknownCell(f"{name} has no cell {cell}; the last one is {array.size - 1}.")
    layer, _, kind = name.rpartition(".")
    records = {record.layer: record for record in trace.records}
    if kind in ("x", "skip"):
        layer, kind = records[layer].inputs[kind].layer, "out"
    elif kind == "dx" and records[layer].before is None:
        layer, kind = records[layer].previous, "dout"
    record = records.get(layer)
    role, parameter = _role(record, layer, kind)
    return Place(f"{layer}.{kind}", layer, kind, role, record, parameter, array, cell, example)


def _role(record: Record | None, layer: str, kind: str) -> tuple[Role, str]:
    if layer == "loss":
        return "loss", ""
    if kind == "out":
        return "out", ""
    if kind == "dout":
        return "dout", ""
    assert record is not None
    if kind in ("dx", "dskip"):
        return "part", ""
    if kind in record.saved:
        return "saved", ""
    if kind in record.running:
        return "running", ""
    if kind.removeprefix(RENEWED) in record.renewed:
        return "renewed", ""
    for name, computed in record.intermediates.items():
        if kind.removesuffix(f"_{name}") in computed and kind.endswith(f"_{name}"):
            return "step", name
        if kind.startswith(BEFORE) and kind.endswith(f"_{name}"):
            return "slot", name
    for prefix, role in PREFIXES.items():
        if kind.removeprefix(prefix) in record.params and kind.startswith(prefix):
            return role, kind.removeprefix(prefix)
    raise AssertionError(kind)
