"""The strongest single path from the loss to one parameter, factor by factor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.nn.arrays import Array, Cells, Shape, number_text, size, unravel
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace
from server.trace.explain import finite
from server.trace.quoting import shortened
from server.trace.relation import gates, in_shape, out_shape, portions, reads, used, uses
from server.trace.tensors import Place, UnknownLayer, UnknownParameter, place
from server.trace.updates import parts


@dataclass(frozen=True, slots=True)
class Link:
    """One step: a gradient's cell, its value, and by how much the step to it multiplies (None: the first)."""

    name: str
    cell: int
    index: Shape
    example: int | None
    value: float | None
    factor: float | None


@dataclass(frozen=True, slots=True)
class Chain:
    """`links` go from the loss's gradient down to the parameter's `gradient`.

    The first value times all factors is the path's `contribution` to it: part of one of `paths` terms.
    """

    links: tuple[Link, ...]
    contribution: float | None
    gradient: float | None
    paths: int
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """The cells of a layer's output that paths have reached, with the best path to each.

    `product` (K,) is its product of slopes so far, `before` (K,) the place it came from in the step before,
    `factor` (K,) the last slope.
    """

    record: Record
    cells: Cells
    product: Array
    before: Cells
    factor: Array


def record_of(trace: Trace, layer: str) -> Record:
    """The record of a layer. UnknownLayer."""
    for record in trace.records:
        if record.layer == layer:
            return record
    known = ", ".join(record.layer for record in trace.records)
    raise UnknownLayer(f'There is no layer "{shortened(layer)}"; the layers are: {known}.')


def chain(
    optimizer: Optimizer,
    trace: Trace,
    layer: str,
    parameter: str,
    cell: int,
    example: int,
) -> Chain:
    """The strongest path, in one example, of a layer's parameter "w" or "b".

    UnknownLayer, UnknownParameter, UnknownCell, UnknownExample.
    """
    record = record_of(trace, layer)
    if parameter not in record.params:
        has = " and ".join(record.params) or "none"
        raise UnknownParameter(f'{layer} has no parameter "{shortened(parameter)}"; it has {has}.')
    here = place(trace, f"{layer}.d{parameter}", cell, example)
    steps = _steps(trace, record, here)
    upstream = trace.loss.dout[:, example].astype(np.float64)
    last = steps[-1]
    with np.errstate(over="ignore", invalid="ignore"):
        strengths = np.abs(upstream[last.cells] * last.product)
    best = int(strengths.argmax()) if len(strengths) else None
    links = () if best is None else _links(trace, here, steps, best)
    contribution = float(upstream[last.cells[best]] * last.product[best]) if best is not None else 0.0
    gradient = float(here.array.ravel()[cell])
    use = uses(record, parameter, np.array([cell]), 0)
    return Chain(
        links=links,
        contribution=finite(contribution),
        gradient=finite(gradient),
        paths=len(use.out) * trace.examples.size,
        words=_words(record, parameter, cell, contribution, optimizer, trace),
    )


def _steps(trace: Trace, record: Record, here: Place) -> list[_Step]:
    """The best paths from the parameter to the outputs of its layer and of each layer after."""
    use = uses(record, here.parameter, np.array([here.cell]), here.example)
    slopes = np.ones(len(use.out))
    if here.parameter != "b":
        slopes = used(record, "x").array[..., here.example].ravel()[use.x].astype(np.float64)
        passing = gates(record, here.parameter, np.full(len(use.x), here.cell), here.example)
        slopes = slopes if passing is None else slopes * passing
    steps = [_Step(record, use.out, slopes, np.zeros(len(use.out), np.intp), slopes)]
    for later in trace.records[trace.records.index(record) + 1 :]:
        steps.append(_next(later, steps[-1], here.example))
    return steps


def _next(record: Record, step: _Step, example: int) -> _Step:
    """One layer on: each output takes the best path through one of the cells that it reads."""
    reached = np.full(size(in_shape(record)) + 1, -1)
    reached[step.cells] = np.arange(len(step.cells))
    found: list[tuple[Cells, Array, Cells, Array]] = []
    for part in portions(record, record.op.readers("x", step.cells, in_shape(record))):
        read = reads(record, part, example)
        slopes = read.slope if read.w is None else used(record, "w").array.ravel()[read.w]
        assert slopes is not None
        before = reached[read.x]
        passing = gates(record, "x", read.x, example)
        slopes = slopes.astype(np.float64) * (1.0 if passing is None else passing)
        with np.errstate(over="ignore", invalid="ignore"):
            products = np.where(before < 0, 0.0, step.product[before] * slopes)
            strengths = np.where(before < 0, -1.0, np.abs(products))
        best = strengths.argmax(axis=1)
        rows = np.arange(len(part))
        found.append((part, products[rows, best], before[rows, best], slopes[rows, best]))
    cells, product, before, factor = (
        np.concatenate(column) if column else np.empty(0, np.intp)
        for column in (zip(*found, strict=True) if found else ([], [], [], []))
    )
    return _Step(record, cells, product, before, factor)


def _links(trace: Trace, here: Place, steps: Sequence[_Step], best: int) -> tuple[Link, ...]:
    """The path that ends at place `best` of the last step, from the loss down to the parameter."""
    links: list[Link] = []
    factor: float | None = None
    for step in reversed(steps):
        shape, cell = out_shape(step.record), int(step.cells[best])
        value = float(step.record.dout[..., here.example].ravel()[cell])
        name = f"{step.record.layer}.dout"
        links.append(Link(name, cell, unravel(cell, shape), here.example, finite(value), factor))
        factor, best = finite(float(step.factor[best])), int(step.before[best])
    gradient = finite(float(here.array.ravel()[here.cell]))
    return (*links, Link(here.name, here.cell, here.index, None, gradient, factor))


def _words(
    record: Record, parameter: str, cell: int, contribution: float, optimizer: Optimizer, trace: Trace
) -> str:
    """In which direction the update moves the parameter and why."""
    told = "It is held fixed: no update moves it."
    if parameter not in record.frozen:
        told = parts(optimizer, trace, record, parameter, cell, "delta").words
    before, after = (
        number_text(float(array.ravel()[cell]))
        for array in (record.params[parameter], record.updated[parameter])
    )
    moves = f" It goes from {before} to {after}." if before != after else ""
    strongest = (
        f"The strongest single path adds {number_text(contribution)} to the gradient."
        if contribution
        else "In this example every path from the loss to it is shut: each has a 0 among its factors."
    )
    return f"{told}{moves} {strongest}"
