"""A convolution's number as its windows make it: grids of products, their sums, the maps before the sum.

Forward the kernel slides over the input; backward the upstream gradient slides over the input (dw), and each
upstream cell stamps the kernel onto the input's gradient (dx), or the turned kernel slides over it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from server.errors import Refusal
from server.explain.convolution.full_correlation import (
    Agreement,
    agreement,
    correlation_grids,
    correlation_maps,
    spread,
)
from server.explain.convolution.grids import Each, Grids, Kind, Mask, OperandGrids, grids, maps
from server.explain.explanation import Factor, Sort
from server.explain.micro_step import partial
from server.explain.provenance import accumulators
from server.explain.relation import gates, out_shape
from server.explain.tensors import Place, place
from server.explain.timeline import UnknownMoment
from server.nn.arrays import Array, Cells, Shape, finite, shape_text, size, unravel
from server.nn.ops import Conv2d
from server.nn.ops.binary import gate_words
from server.nn.records import Record, Trace
from server.recipe.quoting import shortened

Way = Literal["stamps", "correlation"]


class NotSlid(Refusal):
    """A tensor that no window slides to make. The message names those that one does."""

    field = "name"


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A grid (R, S) of one operand: `cells` of the tensor `name`, -1 for a zero that nobody owns, and their
    `values`, float64."""

    symbol: str
    name: str
    example: int | None
    cells: Cells
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """The products of one channel, example or filter: left times right, and `value`, their sum.

    `computed` (R, S) says which products are made so far, `map` and `map_computed` are what this row adds to
    the whole map. `spread` is the spread upstream gradient, where the turned kernel slides over it.
    """

    number: int
    left: Patch
    right: Patch
    products: Array
    computed: Mask
    value: float | None
    map: Array
    map_computed: Mask
    spread: Patch | None


@dataclass(frozen=True, slots=True, eq=False)
class WindowView:
    """One number of a convolution: its rows `offset` and on of `count`, the `rest` of their sums, the bias.

    `total` is the sum of all rows and the bias, `value` the engine's number. `map` is the engine's map that
    holds the cell, from cell `start` on; the rows' maps, `rest_map` and the bias add up to it. `limit` is the
    largest product's size, `map_limit` that of the maps. `corner` is where in a row's `spread` the turned
    kernel lies, with its cells `dilation` apart. `gate` is what the products of a gradient are multiplied
    with, 0 or 1, on their way through the cell's sign, where the layer uses that instead of the cell.
    """

    name: str
    cell: int
    index: Shape
    example: int
    kind: Kind
    layer: str
    way: Way | None
    done: int | None
    each: Each
    words: str
    count: int
    offset: int
    rows: tuple[Row, ...]
    bias: Factor | None
    rest: float | None
    total: float | None
    value: float | None
    limit: float
    start: int
    map: Array
    map_computed: Mask
    rest_map: Array
    rest_computed: Mask
    map_limit: float
    corner: tuple[int, int] | None
    dilation: tuple[int, int]
    agreement: Agreement | None
    gate: float | None


def window_view(
    trace: Trace,
    name: str,
    cell: int,
    example: int,
    *,
    way: Way = "stamps",
    done: int | None = None,
    offset: int = 0,
    count: int = 4,
    sort: Sort = "size",
) -> WindowView:
    """One cell of a convolution's out, dw or dx ("<layer>.dx", or the dout below it) as windows make it.

    With `done`, as it stands after that many windows. `way` is for dx alone, the others have one.
    NotSlid, UnknownTensor, UnknownCell, UnknownExample, UnknownMoment.
    """
    here = place(trace, name, cell, example)
    kind, record, op = _made_by(trace, here)
    if here.role == "dout" and record.before is not None:
        # Its windows make a part of this gradient: others send back to it too.
        here = place(trace, f"{record.layer}.dx", cell, example)
    windows = size(out_shape(record))
    _check_done(here, kind, done, windows)
    so_far = windows if done is None else done
    is_turned = kind == "dx" and way == "correlation"
    with np.errstate(over="ignore", invalid="ignore"):
        laid = (
            correlation_grids(record, op, cell, example) if is_turned else grids(record, kind, cell, example)
        )
        made = maps(record, kind, cell, example, so_far)
        turned = correlation_maps(record, op, cell, example, so_far) if kind == "dx" else None
        left, right = laid.left.values, laid.right.values
        computed = np.ones(left.shape, np.bool_) if kind == "out" else laid.left.cells < so_far
        gate = _gates(record, kind, np.array([cell]), example)
        products = np.where(computed, left * right, 0.0) * gate
        sums = products.sum(axis=(1, 2))
        order = np.argsort(-np.abs(sums), kind="stable") if sort == "size" else np.arange(len(sums))
        page, others = order[offset : offset + count], np.delete(order, slice(offset, offset + count))
        bias = _bias(record, cell) if kind == "out" else None
        plane = made.sums.shape[1:]
        passing = _gates(record, kind, made.start + np.arange(size(plane)), example).reshape(plane)
        stamps, turned = made.sums * passing, None if turned is None else turned * passing
        own = turned if is_turned and turned is not None else stamps
        whole, whole_computed = _map(record, here, made.start, own.shape[1:], done)
        rest_map = own[others].sum(axis=0)
        rest = float(sums[others].sum())
        total = float(sums.sum()) + (0.0 if bias is None or bias.value is None else bias.value)
        ways = None if turned is None else agreement(stamps.sum(axis=0), turned.sum(axis=0), whole)
    found = spread(record, op, cell, example) if is_turned else None
    # In a whole map every cell is made, also where no window lies.
    touched = np.ones(own.shape, np.bool_) if done is None else made.touched
    begun = computed & (laid.left.cells >= 0) if kind != "out" else computed
    return WindowView(
        name=here.name,
        cell=cell,
        index=here.index,
        example=example,
        kind=kind,
        layer=record.layer,
        way=way if kind == "dx" else None,
        done=done,
        each=laid.each,
        words=_words(kind, op, laid, is_turned) + _gate_words(record, here, kind),
        count=len(sums),
        offset=offset,
        rows=tuple(
            Row(
                laid.first + int(number),
                _patch(laid.left, left, number),
                _patch(laid.right, right, number),
                products[number],
                computed[number] if begun[number].any() or done is None else begun[number],
                finite(float(sums[number])),
                own[number],
                touched[number],
                None if found is None else _patch(found.dout, found.dout.values, number),
            )
            for number in page
        ),
        bias=bias,
        rest=finite(rest),
        total=finite(total),
        value=finite(float(whole.ravel()[cell - made.start])),
        limit=_largest(products),
        start=made.start,
        map=whole,
        map_computed=whole_computed,
        rest_map=rest_map,
        rest_computed=np.logical_or.reduce(touched[others], axis=0),
        map_limit=max(map(_largest, (own[page], rest_map, whole))),
        corner=None if found is None else found.corner,
        dilation=op.dilation,
        agreement=ways,
        gate=float(gate[0]) if _gated(kind) in op.binarised else None,
    )


def _made_by(trace: Trace, here: Place) -> tuple[Kind, Record, Conv2d]:
    """What the place's tensor is of which convolution."""
    kind: Kind = "out" if here.role == "out" else "dx" if here.role in ("dout", "part") else "dw"
    makers = (here.record,) if kind == "out" else accumulators(trace, here)
    record = makers[-1] if makers else None
    if record is None or not isinstance(record.op, Conv2d) or here.tensor not in ("out", "dout", "dx", "dw"):
        layers = [record.layer for record in trace.records if isinstance(record.op, Conv2d)]
        ask = ", ".join(f"{layer}.out, {layer}.dw or {layer}.dx" for layer in layers)
        instead = f"ask for {ask}" if layers else "this network has no convolution"
        raise NotSlid(f"No window slid over anything to make {shortened(here.name)}: {instead}.")
    return kind, record, record.op


def _check_done(here: Place, kind: Kind, done: int | None, windows: int) -> None:
    if done is None:
        return
    if not 1 <= done <= windows:
        raise UnknownMoment(f"{here.name} is not made of {done} windows; it has 1 to {windows}.")
    if kind == "out" and here.cell >= done:
        raise UnknownMoment(
            f"{here.name} has no cell {here.cell} yet after {done} windows: window {here.cell + 1} makes it."
        )


def _bias(record: Record, cell: int) -> Factor:
    """The bias that an output cell adds, as a factor that leads to it."""
    b, filters = record.params["b"], out_shape(record)
    number = unravel(cell, filters)[0]
    return Factor(
        symbol="b",
        name=f"{record.layer}.b",
        cell=number,
        index=(number,),
        example=None,
        value=finite(float(b[number])),
    )


def _map(record: Record, here: Place, start: int, shape: Shape, done: int | None) -> tuple[Array, Mask]:
    """The engine's map that holds the cell, as it stands after `done` windows, and what of it is computed."""
    array, computed = here.array, np.ones(here.array.shape, np.bool_)
    if done is not None and here.role == "out":
        computed = (np.arange(array.size) < done).reshape(array.shape)
    elif done is not None:
        so_far = partial(record, done, here.example)[here.name]
        array, computed = so_far.array, so_far.computed
    within = slice(start, start + size(shape))
    return array.ravel()[within].reshape(shape), computed.ravel()[within].reshape(shape)


def _patch(operand: OperandGrids, values: Array, number: int) -> Patch:
    example = None if operand.examples is None else int(operand.examples[number])
    return Patch(operand.symbol, operand.name, example, operand.cells[number], values[number])


def _largest(numbers: Array) -> float:
    """The largest size among the finite numbers; 0 where there is none."""
    return float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))


def _gated(kind: Kind) -> str:
    """The operand whose signs a number of this kind passes backwards; "" for a value."""
    return {"out": "", "dw": "w", "dx": "x"}[kind]


def _gates(record: Record, kind: Kind, cells: Cells, example: int) -> Array:
    """What the products of these cells are multiplied with: all ones where there are no signs to pass."""
    passing = gates(record, _gated(kind), cells, example)
    return np.ones(len(cells)) if passing is None else passing


def _gate_words(record: Record, here: Place, kind: Kind) -> str:
    """How the gradient passes the cell's sign, where it has to."""
    operand = _gated(kind)
    if operand not in record.op.binarised:
        return ""
    array = record.x[..., here.example] if operand == "x" else record.params[operand]
    return f" {gate_words('input' if operand == 'x' else 'weight', float(array.ravel()[here.cell]))}"


def _words(kind: Kind, op: Conv2d, laid: Grids, is_turned: bool) -> str:
    """What slides over what."""
    if is_turned:
        spread_out = f"spread out by the stride {shape_text(op.stride)} and " if op.stride != (1, 1) else ""
        return (
            f"The upstream gradient, {spread_out}padded with zeros; over it slides the kernel, turned by 180 "
            "degrees. For this cell they meet like this."
        )
    if kind == "out":
        over = "each input channel" if op.groups == 1 else "each input channel of the filter's group"
        apart = f", its cells {shape_text(op.dilation)} apart" if op.dilation != (1, 1) else ""
        return f"The kernel lies over {over}{apart}; products, their sum for each channel, then the bias."
    if kind == "dw":
        return (
            "The upstream gradient lies over the input that this weight met, window by window; the products "
            "add up."
        )
    if not laid.left.cells.size:
        return "No window lies over this cell: nothing is stamped on it, and its gradient is 0."
    return (
        "Each upstream cell stamps the kernel, times itself, onto its window of this gradient; these are the "
        "stamps that reach this cell."
    )
