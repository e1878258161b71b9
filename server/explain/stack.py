"""The stack of records: what the forward pass has pushed and the backward pass has popped, and its bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from server.explain.timeline import Segment, UnknownMoment, find, positions
from server.nn.arrays import Array
from server.nn.records import Record, Trace


@dataclass(frozen=True, slots=True)
class StackRecord:
    """What one layer keeps for its backward pass: tensors with their bytes.

    One that shares its memory with a tensor before it counts 0 bytes.
    """

    layer: str
    pushed: bool
    popped: bool
    bytes: int
    tensors: tuple[tuple[str, int], ...]


def stack(trace: Trace, segments: Sequence[Segment], position: int) -> tuple[StackRecord, ...]:
    """The records, first layer first, when `position` micro-steps are done. UnknownMoment.

    A layer's record is pushed with its last output, and popped with the first step of its backward pass.
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
    return tuple(records)


def _bytes(record: Record, counted: list[Array]) -> Iterator[tuple[str, int]]:
    """The tensors of a record, by their names on the stage; `counted` grows by those that count."""
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
