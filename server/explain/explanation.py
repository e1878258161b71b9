"""The explanation of a number: a page of its terms, the sum of the others, formulas and words."""

import math
from dataclasses import replace
from typing import Literal

import numpy as np

from server.explain.formulas import SHOWN, Math, numbers, symbols
from server.explain.meaning import meaning
from server.explain.micro_step import partial, pending
from server.explain.place import Place, place
from server.explain.provenance import accumulators, provenance
from server.explain.tensors import trace_of
from server.explain.terms import Block, Column, Function, Provenance, Rule
from server.explain.timeline import UnknownMoment
from server.frozen import Frozen
from server.nn.arrays import Array, Cells, Shape, finite, unravel
from server.nn.losses import Loss
from server.nn.optimizers import Optimizer
from server.nn.records import Trace
from server.recipe.recipe import Recipe

Sort = Literal["size", "order"]
SMALLER = 2.0**64
"""A power of two, so that dividing by it is exact, and larger than any number of terms."""


class Factor(Frozen):
    """One number of a product: a cell of the tensor `name`, or (null) a plain number. `symbol` names it.

    `cell` is the row-major number of the cell, `index` its coordinates. `example` is the slot in the batch,
    null for a tensor of the whole batch or of the network. A `value` that is not finite is null.
    """

    symbol: str
    name: str | None
    cell: int | None
    index: Shape
    example: int | None
    value: float | None


class Term(Frozen):
    """One term of a sum: the product of its factors, in float64."""

    factors: tuple[Factor, ...]
    value: float | None


class Share(Frozen):
    """The part of one example in a sum over the batch."""

    example: int
    value: float | None


class Explanation(Frozen):
    """One cell explained: its `value` is a `function` of the `total` of `count` terms.

    `meaning` says of a gradient, a parameter or an update in one sentence which way it goes, and why; null
    for other numbers.

    The functions are: "sum", the total itself; "sign", or the kind of an activation, that function of the
    total; "softmax", exp(own) / total; "negative_log", -log(total); "root", the square root of the total;
    "quotient", the first term over the sum of the others; "argmax", the number of the largest term in their
    own order; "given", no computation in this iteration, and no terms. "quotient", "argmax" and "given" have
    no total.

    `terms` is the page from `offset` on; `rest` is the exact sum of all other terms. `rounding` is the value
    minus the function of the total: the run's own rounding. `symbols` and `numbers` are the formula of the
    cell. `shares` add up to a value that sums over the batch. `earlier` is the tensor of the previous
    iteration whose update left the same cell here. Numbers that are not finite are null.
    """

    name: str
    cell: int
    index: Shape
    example: int
    value: float | None
    meaning: str | None
    function: Rule
    symbols: Math
    numbers: Math
    words: str
    count: int
    offset: int
    terms: tuple[Term, ...]
    rest: float | None
    total: float | None
    rounding: float | None
    shares: tuple[Share, ...]
    earlier: str | None


def explain(
    loss: Loss,
    optimizer: Optimizer,
    trace: Trace,
    name: str,
    cell: int,
    example: int,
    *,
    done: int | None = None,
    at: str | None = None,
    offset: int = 0,
    count: int = 12,
    sort: Sort = "size",
    recipe: Recipe | None = None,
) -> Explanation:
    """Explain one cell of any tensor, with its terms `offset` to `offset` + `count`, by size or in order.

    With `done`, a gradient is explained after that many cells of the upstream gradient of the layer `at`, by
    default the last layer that adds to it. In a separate pass, what was learned is explained by the iteration
    that was learned from. The `recipe` tells where start values come from. Raises UnknownTensor, UnknownCell,
    UnknownExample, UnknownMoment.
    """
    trace = trace_of(trace, name)
    here = place(trace, name, cell, example)
    made = provenance(loss, optimizer, trace, here, recipe)
    array = here.array
    if done is not None:
        made, array = _so_far(trace, here, made, done, at)
    values = np.concatenate([block.products for block in made.blocks] or [np.empty(0)])
    by_size = _by_size(values, made.function)
    order = by_size if sort == "size" else np.arange(len(values))
    page = order[offset : offset + count]
    value = float(array.ravel()[cell])
    summed = made.function not in ("argmax", "given", "quotient")
    total = _sum(values) if summed else math.nan
    return Explanation(
        name=here.name,
        cell=cell,
        index=here.index,
        example=example,
        value=finite(value),
        meaning=meaning(here, value, is_partial=done is not None),
        function=made.function if isinstance(made.function, str) else made.function.name,
        symbols=symbols(here.name, here.index, made),
        numbers=numbers(value, made, values, by_size[:SHOWN], _rest(values, by_size[:SHOWN])),
        words=made.words,
        count=len(values),
        offset=offset,
        terms=tuple(_term(made, values, int(number)) for number in page),
        rest=finite(_rest(values, page)) if summed else None,
        total=finite(total),
        rounding=finite(value - _apply(made, values, total)),
        shares=_shares(here, made, values),
        earlier=made.earlier,
    )


def _so_far(
    trace: Trace, here: Place, made: Provenance, done: int, at: str | None
) -> tuple[Provenance, Array]:
    """The terms of a gradient so far, after `done` cells of the backward pass of the layer `at`, and its
    array."""
    records = accumulators(trace, here)
    candidates = records[-1:] if at is None else [record for record in trace.records if record.layer == at]
    now = candidates[0] if records and candidates else None
    if now is None or not 1 <= done <= now.dout[..., 0].size:
        raise UnknownMoment(f"{here.name} is not put together from {done} windows; leave `done` out.")
    later = trace.records[trace.records.index(now) + 1 :]
    reached = {f"{record.layer}.dout": record.dout.size for record in records if record in later}
    missing = " and ".join(record.layer for record in records if record not in later and record is not now)
    told = "So far"
    if now in records:
        told += f", after {done:,} windows"
        reached[f"{now.layer}.dout"] = done
        array = partial(now, done, here.example)[here.name].array
    else:
        waiting = pending(trace, now, here.example)
        if here.name not in waiting:
            raise UnknownMoment(f"{now.layer} does not add to {here.name}; leave `at` out.")
        array = waiting[here.name].array
    if missing:
        told += f"; what {missing} sends back is still to come"
    terms = made.so_far(reached)
    return replace(terms, words=f"{told}. {made.words}"), array


def _by_size(values: Array, function: Function) -> Cells:
    """The numbers of the terms by absolute value, for argmax by value; the largest first, equal ones in
    order."""
    return np.argsort(-(values if function == "argmax" else np.abs(values)), kind="stable")


def _sum(values: Array) -> float:
    """The exact sum, rounded once. It is infinite if it is too large for float64."""
    if not np.isfinite(values).all():
        with np.errstate(invalid="ignore"):
            return float(values.sum())
    try:
        return math.fsum(values.tolist())
    except OverflowError:
        # Partial sums of finite terms overflow. Those of scaled terms do not.
        small = math.fsum((values / SMALLER).tolist())
        with np.errstate(over="ignore"):
            return float(np.float64(small) * SMALLER)


def _rest(values: Array, page: Cells) -> float:
    """The exact sum of the terms that are not on the page."""
    others = np.ones(len(values), np.bool_)
    others[page] = False
    return _sum(values[others])


def _apply(made: Provenance, values: Array, total: float) -> float:
    """The function of the total."""
    match made.function:
        case "sum":
            return total
        case "softmax":
            return float(values[made.numerator]) / total
        case "quotient":
            under = _rest(values, np.array([made.numerator]))
            return float(values[made.numerator]) / under if under else math.nan
        case "negative_log":
            return -math.log(total) if total > 0 else math.inf
        case "root":
            return math.sqrt(total) if total >= 0 else math.nan
        case "argmax" | "given":
            return math.nan
    return made.function.value(total)


def _term(made: Provenance, values: Array, number: int) -> Term:
    block, row = _locate(made.blocks, number)
    return Term(
        factors=tuple(_factor(column, row) for column in block.columns),
        value=finite(float(values[number])),
    )


def _locate(blocks: tuple[Block, ...], number: int) -> tuple[Block, int]:
    """The block that holds a term, and the term's row in it."""
    for block in blocks:
        count = len(block.columns[0].values)
        if number < count:
            return block, number
        number -= count
    raise IndexError(number)


def _factor(column: Column, row: int) -> Factor:
    value = finite(float(column.values[row]))
    if column.cells is None:
        return Factor(symbol=column.symbol, name=None, cell=None, index=(), example=None, value=value)
    cell = int(column.cells[row])
    example = None if column.examples is None else int(column.examples[row])
    return Factor(
        symbol=column.symbol,
        name=column.name,
        cell=cell,
        index=unravel(cell, column.shape),
        example=example,
        value=value,
    )


def _shares(here: Place, made: Provenance, values: Array) -> tuple[Share, ...]:
    """The part of each example in a parameter's gradient; empty for a batch of one."""
    batch = 1 if here.record is None else here.record.x.shape[-1]
    if here.role != "gradient" or batch == 1:
        return ()
    examples = made.blocks[0].columns[0].examples
    assert examples is not None
    return tuple(
        Share(example=number, value=finite(_sum(values[examples == number]))) for number in range(batch)
    )
