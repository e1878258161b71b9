"""The stack of records that the forward pass pushes and the backward pass pops, with its size in bytes."""

from collections.abc import Iterator, Sequence

import numpy as np

from server.explain.timeline import Segment, UnknownMoment, find, positions
from server.frozen import Frozen
from server.nn.arrays import Array
from server.nn.records import Record, Trace


class StackRecord(Frozen):
    """The tensors that one layer keeps for its backward pass, with their sizes in bytes.

    The forward pass pushes the record, the backward pass pops it. A tensor that shares its memory with a
    tensor of an earlier record counts 0 bytes.
    """

    layer: str
    pushed: bool
    popped: bool
    bytes: int
    tensors: tuple[tuple[str, int], ...]


class Stack(Frozen):
    """The stack of records at one position of an iteration, first layer first."""

    records: tuple[StackRecord, ...]


def stack(trace: Trace, segments: Sequence[Segment], position: int) -> Stack:
    """The stack after `position` micro-steps. Raises UnknownMoment.

    The last output of a layer pushes its record. The first micro-step of its backward pass pops the record.
    """
    if not 0 <= position <= positions(segments):
        raise UnknownMoment(f"Position {position} is not between 0 and {positions(segments)}.")
    counted: list[Array] = []
    records = []
    for record in trace.records:
        forward = find(segments, "forward", record.layer, "out")
        backward = find(segments, "backward", record.layer, "dout")
        tensors = tuple(_bytes(record, counted))
        records.append(
            StackRecord(
                layer=record.layer,
                pushed=position >= forward.start + forward.cells,
                popped=position > backward.start,
                bytes=sum(count for _, count in tensors),
                tensors=tensors,
            )
        )
    return Stack(records=tuple(records))


def _bytes(record: Record, counted: list[Array]) -> Iterator[tuple[str, int]]:
    """The tensors of a record by their names on the stage. `counted` collects the arrays that count."""
    own = {**record.params, "out": record.out, **record.saved}
    held = {
        **{f"{source.layer}.out": source.x for source in record.inputs.values()},
        **{f"{record.layer}.{name}": array for name, array in own.items()},
    }
    for name, array in held.items():
        shared = any(np.may_share_memory(array, other) for other in counted)
        if not shared:
            counted.append(array)
        yield name, 0 if shared else array.nbytes
