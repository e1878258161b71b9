"""Frames: the iterations that an event stream sends, with their tensors."""

from typing import Literal

from server.frozen import Frozen
from server.wire.messages.arrays import TypedArray
from server.wire.messages.runs import IterationHead, Progress

ArrayForm = Literal["typed", "shades", "list"]


class ListedArray(Frozen):
    """An array as plain numbers: `values` in row-major order, null for a number that is not finite."""

    shape: tuple[int, ...]
    values: tuple[float | None, ...]


class ShadedArray(Frozen):
    """An array as one byte per cell, for drawing: base64, in row-major order.

    Byte b from 0 to 254 means minimum + b · (maximum − minimum) / 254, with the limits of the tensor; the
    nearest byte is sent. Byte 255 means a number that is not finite. The exact numbers are in the iteration.
    A tensor of at most 64 cells is sent as a `TypedArray` instead.
    """

    shape: tuple[int, ...]
    bdata: str


class FrameTensor(Frozen):
    """One tensor of a frame.

    `minimum` and `maximum` are over its finite cells, and exact; null if no cell is finite. `nonfinite` is
    the number of the other cells.
    """

    name: str
    data: TypedArray | ShadedArray | ListedArray
    minimum: float | None
    maximum: float | None
    nonfinite: int


class Frame(IterationHead):
    """One computed iteration, with the tensors that the request names, for one example."""

    tensors: tuple[FrameTensor, ...]


class RunEvents(Frozen):
    """The events of a run's stream, with the data of each."""

    progress: Progress
    frame: Frame
