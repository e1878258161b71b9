"""The numbers that a stream of events sends while a run advances."""

from typing import Literal

from server.frozen import Frozen
from server.wire.messages.arrays import TypedArray
from server.wire.messages.runs import IterationHead, Progress

ArrayForm = Literal["typed", "shades", "list"]


class ListedArray(Frozen):
    """An array as plain numbers: `values` row by row, null for a number that is not finite."""

    shape: tuple[int, ...]
    values: tuple[float | None, ...]


class ShadedArray(Frozen):
    """An array as one byte a cell, for drawing: base64, row by row.

    Byte b from 0 to 254 stands for minimum + b · (maximum − minimum) / 254 of the tensor's limits, rounded to
    the nearest; byte 255 is a number that is not finite. Exact numbers are read from the iteration. A tensor
    of a few cells is sent as a `TypedArray` instead, exactly.
    """

    shape: tuple[int, ...]
    bdata: str


class FrameTensor(Frozen):
    """One tensor of a frame. `minimum` and `maximum` are exact, over its finite cells; null without any."""

    name: str
    data: TypedArray | ShadedArray | ListedArray
    minimum: float | None
    maximum: float | None
    nonfinite: int


class Frame(IterationHead):
    """One computed iteration, with the tensors that the stream was asked for, of one example."""

    tensors: tuple[FrameTensor, ...]


class RunEvents(Frozen):
    """The events of a run's stream, with the data of each."""

    progress: Progress
    frame: Frame
