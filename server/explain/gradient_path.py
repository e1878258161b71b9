"""The strongest single path from the loss to one parameter, factor by factor."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.explain.place import Place, place
from server.explain.relation import chunks, gates, in_shape, operand_of, out_shape, slopes_within, uses
from server.explain.tensors import UnknownParameter, record_of
from server.explain.updates import expression
from server.frozen import Frozen
from server.nn.arrays import Array, Cells, Shape, finite, number_text, size, unravel
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace
from server.recipe.quoting import shortened


class Link(Frozen):
    """One cell of a gradient on the path. `factor` is the slope of the step that leads to it; null for the
    first.

    `value` is the whole gradient of the cell, the sum over all paths. `product` is this path's part of it:
    the first link's value times all factors so far.
    """

    name: str
    cell: int
    index: Shape
    example: int | None
    value: float | None
    factor: float | None
    product: float | None


class Chain(Frozen):
    """The strongest single path from the loss to one parameter.

    `links` go from the gradient of the loss down to the `gradient` of the parameter. The product of the last
    link is the path's `contribution` to that gradient, a part of one of its `paths` terms.
    """

    links: tuple[Link, ...]
    contribution: float | None
    gradient: float | None
    paths: int
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """The K cells of a layer's output that paths have reached, with the strongest path to each.

    `product` (K,) is the product of the path's slopes so far, `factor` (K,) the last slope. The path came
    from position `before` (K,) in the step of the previous layer on the path; `skips` (K,) is True where it
    came along the skip connection.
    """

    record: Record
    cells: Cells
    product: Array
    before: Cells
    factor: Array
    skips: NDArray[np.bool_]


def gradient_path(
    optimizer: Optimizer, trace: Trace, layer: str, parameter: str, cell: int, example: int
) -> Chain:
    """The strongest path, within one example, from the loss to a cell of a layer's parameter "w" or "b".

    A separate pass has added nothing to the gradient: its contribution is what it would add in the batch.
    Raises UnknownLayer, UnknownParameter, UnknownCell, UnknownExample.
    """
    record = record_of(trace, layer)
    if parameter not in record.params:
        has = " and ".join(record.params) or "none"
        raise UnknownParameter(f'{layer} has no parameter "{shortened(parameter)}"; it has {has}.')
    here = place(trace, f"{layer}.d{parameter}", cell, example)
    steps = _steps(trace, record, here)
    upstream = trace.loss.dout[:, example].astype(np.float64)
    last = steps[trace.records[-1].layer]
    with np.errstate(over="ignore", invalid="ignore"):
        strengths = np.abs(upstream[last.cells] * last.product)
    best = int(strengths.argmax()) if len(strengths) else None
    path = [] if best is None else _path(steps, last, best)
    contribution = float(upstream[last.cells[best]] * last.product[best]) if best is not None else 0.0
    gradient = float(here.array.ravel()[cell])
    use = uses(record, parameter, np.array([cell]), 0)
    return Chain(
        links=_links(here, path) if path else (),
        contribution=finite(contribution),
        gradient=finite(gradient),
        paths=len(use.out) * trace.examples.size,
        words=_words(record, parameter, cell, contribution, optimizer, trace) + _route_words(steps, path),
    )


def _steps(trace: Trace, record: Record, here: Place) -> dict[str, _Step]:
    """The strongest paths from the parameter to the outputs of its layer and of each later layer, by
    layer."""
    use = uses(record, here.parameter, np.array([here.cell]), here.example)
    slopes = np.ones(len(use.out))
    if here.parameter != "b":
        slopes = operand_of(record, "x").array[..., here.example].ravel()[use.x].astype(np.float64)
        passing = gates(record, here.parameter, np.full(len(use.x), here.cell), here.example)
        slopes = slopes if passing is None else slopes * passing
    nowhere = np.zeros(len(use.out), np.intp)
    steps = {record.layer: _Step(record, use.out, slopes, nowhere, slopes, nowhere.astype(np.bool_))}
    for later in trace.records[trace.records.index(record) + 1 :]:
        steps[later.layer] = _next(later, steps, here.example)
    return steps


_Candidates = tuple[Cells, Array, Cells, Array, NDArray[np.bool_]]


def _next(record: Record, steps: Mapping[str, _Step], example: int) -> _Step:
    """The next layer: each output continues the strongest path among the cells that it reads."""
    found: list[_Candidates] = []
    for operand, source in record.inputs.items():
        if source.layer in steps:
            through = _along_skip if operand == "skip" else _through_input
            found += through(record, steps[source.layer], example)
    cells, product, before, factor, skips = (
        np.concatenate(column) if column else np.empty(0, np.intp)
        for column in (zip(*found, strict=True) if found else ([], [], [], [], []))
    )
    # The stronger of two paths to a cell; of two equal ones, the path through the layers.
    order = np.lexsort((-np.abs(product), cells))
    best = order[np.unique(cells[order], return_index=True)[1]]
    return _Step(record, cells[best], product[best], before[best], factor[best], skips[best].astype(np.bool_))


def _through_input(record: Record, step: _Step, example: int) -> Iterator[_Candidates]:
    reached = np.full(size(in_shape(record)) + 1, -1)
    reached[step.cells] = np.arange(len(step.cells))
    for part in chunks(record, record.op.readers("x", step.cells, in_shape(record))):
        read = slopes_within(record, part, example)
        assert read.slope is not None
        before, slopes = reached[read.x], read.slope.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            products = np.where(before < 0, 0.0, step.product[before] * slopes)
            strengths = np.where(before < 0, -1.0, np.abs(products))
        best = strengths.argmax(axis=1)
        rows = np.arange(len(part))
        by_skip = np.zeros(len(part), np.bool_)
        yield part, products[rows, best], before[rows, best], slopes[rows, best], by_skip


def _along_skip(record: Record, step: _Step, example: int) -> Iterator[_Candidates]:
    use = uses(record, "skip", step.cells, example)
    places = np.argsort(step.cells)
    before = places[np.searchsorted(step.cells, use.read, sorter=places)]
    ones = np.ones(len(use.out))
    yield use.out, step.product[before], before, ones, ones.astype(np.bool_)


def _path(steps: Mapping[str, _Step], last: _Step, best: int) -> list[tuple[_Step, int]]:
    """The steps and positions of the path that ends at position `best` of the last step, the last one
    first."""
    path = [(last, best)]
    first = next(iter(steps.values()))
    while path[-1][0] is not first:
        step, at = path[-1]
        source = step.record.inputs["skip" if step.skips[at] else "x"].layer
        path.append((steps[source], int(step.before[at])))
    return path


def _links(here: Place, path: Sequence[tuple[_Step, int]]) -> tuple[Link, ...]:
    """The path from the loss down to the parameter."""
    links: list[Link] = []
    factor: float | None = None
    product = 1.0
    for step, at in path:
        shape, cell = out_shape(step.record), int(step.cells[at])
        value = float(step.record.dout[..., here.example].ravel()[cell])
        product *= (value if not links else math.nan) if factor is None else factor
        name, index = f"{step.record.layer}.dout", unravel(cell, shape)
        links.append(
            Link(
                name=name,
                cell=cell,
                index=index,
                example=here.example,
                value=finite(value),
                factor=factor,
                product=finite(product),
            )
        )
        factor = finite(float(step.factor[at]))
    gradient = finite(float(here.array.ravel()[here.cell]))
    product = math.nan if factor is None else product * factor
    last = Link(
        name=here.name,
        cell=here.cell,
        index=here.index,
        example=None,
        value=gradient,
        factor=factor,
        product=finite(product),
    )
    return (*links, last)


def _route_words(steps: Mapping[str, _Step], path: Sequence[tuple[_Step, int]]) -> str:
    """Where the path could go through the layers or along a skip connection: the way that it takes."""
    told = []
    for step, at in path:
        skip = step.record.inputs.get("skip")
        if skip is not None and skip.layer in steps:
            by_skip = f"takes the skip connection, straight to {skip.layer}"
            way = by_skip if step.skips[at] else f"goes through the layers, by {step.record.previous}"
            told.append(f" At {step.record.layer} it {way}.")
    return "".join(told)


def _words(
    record: Record, parameter: str, cell: int, contribution: float, optimizer: Optimizer, trace: Trace
) -> str:
    """The direction in which the update moves the parameter, and the strength of the path."""
    told = "It is held fixed: no update moves it."
    if parameter not in record.frozen:
        told = expression(optimizer, trace, record, parameter, cell, "delta").words
    before, after = (
        number_text(float(array.ravel()[cell]))
        for array in (record.params[parameter], record.updated[parameter])
    )
    moves = f" It goes from {before} to {after}." if before != after else ""
    adds = "adds" if trace.learned is None else "of this example, were it in the batch, would add"
    strongest = (
        f"The strongest single path {adds} {number_text(contribution)} to the gradient."
        if contribution
        else "In this example every path from the loss to it is shut: each has a 0 among its factors."
    )
    return f"{told}{moves} {strongest}"
