"""The lens on the code: the lines that ran for a layer, their shapes, and one number again by plain loops."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np

from server.nn.arrays import Array, Shape, number_text
from server.nn.loops import LOOPS
from server.nn.records import Record, Trace
from server.trace.chain import record_of
from server.trace.explain import finite
from server.trace.tensors import Place, UnknownLayer, place

Direction = Literal["forward", "backward"]

ROUNDINGS = 256
"""The loops agree with a number of the run's precision within so many roundings of the terms' sizes."""


@dataclass(frozen=True, slots=True)
class NamedShape:
    """The shape of an array that a layer's code works on, the batch axis last."""

    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Lens:
    """`source` are lines of `file`, from number `first_line` on: the method of the layer's op that ran.

    The cell belongs to `name`: the layer's output, or (backward) the gradient of its input. `value` is its
    own number, `loops_value` what the `loops` give in float64. Numbers that are not finite are None.
    """

    layer: str
    phase: Direction
    name: str
    cell: int
    index: Shape
    example: int
    file: str
    first_line: int
    source: tuple[str, ...]
    shapes: tuple[NamedShape, ...]
    loops: tuple[str, ...]
    loops_value: float | None
    value: float | None
    agree: bool
    words: str


def lens(trace: Trace, phase: Direction, layer: str, cell: int, example: int) -> Lens:
    """The code of a layer in one direction, and one cell of what it made: of out, or of dL/dx.

    UnknownLayer, UnknownCell, UnknownExample.
    """
    if layer in ("input", "loss"):
        known = ", ".join(record.layer for record in trace.records)
        raise UnknownLayer(f"Only layers have code to look at, and {layer} is none; the layers are: {known}.")
    record = record_of(trace, layer)
    here = place(trace, f"{layer}.out" if phase == "forward" else f"{record.previous}.dout", cell, example)
    method = type(record.op).forward if phase == "forward" else type(record.op).backward
    first_line, source = _source(method)
    loops = LOOPS[record.op.kind]
    value = float(here.array.ravel()[cell])
    again, scale = _again(record, phase, here)
    allowed = ROUNDINGS * float(np.finfo(here.array.dtype).eps) * scale
    agree = isfinite(again) and isfinite(value) and abs(again - value) <= allowed
    return Lens(
        layer=layer,
        phase=phase,
        name=here.name,
        cell=cell,
        index=here.index,
        example=example,
        file=method.__module__.replace(".", "/") + ".py",
        first_line=first_line,
        source=source,
        shapes=tuple(NamedShape(name, array.shape) for name, array in _arrays(record, phase)),
        loops=_source(loops.forward if phase == "forward" else loops.backward)[1],
        loops_value=finite(again),
        value=finite(value),
        agree=agree,
        words=_words(here, again, value, agree),
    )


def _source(function: Callable[..., Any]) -> tuple[int, tuple[str, ...]]:
    """The number of a function's first line, and its lines, without their common indentation."""
    lines, first = inspect.getsourcelines(function)
    return first, tuple(textwrap.dedent("".join(lines)).splitlines())


def _arrays(record: Record, phase: Direction) -> Iterator[tuple[str, Array]]:
    """The arrays that the method takes and returns, in the order of its text."""
    if phase == "backward":
        yield "dout", record.dout
    yield "x", record.x
    yield from record.params.items()
    if phase == "forward":
        yield "out", record.out
    yield from record.saved.items()
    if phase == "backward":
        yield "dx", record.dx
        for name, gradient in record.dparams.items():
            yield f"d{name}", gradient


def _again(record: Record, phase: Direction, here: Place) -> tuple[float, float]:
    """The cell by plain loops in float64, and the size of what was added up: by how much it may be off."""
    x, dout = (array[..., here.example].astype(np.float64) for array in (record.x, record.dout))
    params = {name: array.astype(np.float64) for name, array in record.params.items()}
    loops, op, index = LOOPS[record.op.kind], record.op, here.index
    sizes = {name: np.abs(array) for name, array in params.items()}
    with np.errstate(over="ignore", invalid="ignore"):
        if phase == "forward":
            again = loops.forward(op, x, params, index)
            return again, loops.forward(op, np.abs(x), sizes, index) if params else abs(again)
        again = loops.backward(op, dout, x, params, index)
        # Where no weights are, gradients of this size are routed and added.
        return again, loops.backward(op, np.abs(dout), x, sizes, index)


def _words(here: Place, again: float, value: float, agree: bool) -> str:
    if not (isfinite(again) and isfinite(value)):
        return f"{here.name} is not finite here, so there is nothing to compare."
    if not agree:
        return (
            f"The plain loops give {number_text(again)}, and the run has {number_text(value)}: "
            "they should agree, and do not."
        )
    return (
        f"The plain loops, really executed for this cell in float64, give {number_text(again)}: the number "
        f"that the run has{' up to its rounding' if again != value else ''}."
    )
