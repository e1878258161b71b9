"""A number of a convolution, window by window: grids of products, their sums, and the maps that add up.

In the forward pass the kernel slides over the input. In the backward pass the upstream gradient slides over
the input (dw), and each upstream cell stamps the kernel onto the gradient of the input (dx), or the turned
kernel slides over the upstream gradient (dx by full correlation).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from server.errors import Refusal
from server.explain.convolution.full_correlation import (
    Agreement,
    agreement,
)
from server.explain.convolution.grids import Each, Kind, Mask, OperandGrids
from server.explain.convolution.products import MapParts, Products, map_parts, products_of
from server.explain.convolution.words import GATED, sign_words, view_words
from server.explain.explanation import Factor, Sort
from server.explain.micro_step import partial
from server.explain.place import Place, place
from server.explain.provenance import accumulators
from server.explain.relation import out_shape
from server.explain.tensors import trace_of
from server.explain.timeline import UnknownMoment
from server.nn.arrays import Array, Cells, Shape, finite, size, unravel
from server.nn.ops import Conv2d
from server.nn.records import Record, Trace
from server.recipe.quoting import shortened

Way = Literal["stamps", "correlation"]


class NotSlid(Refusal):
    """A tensor that no window slides to make. The message names those that one does."""

    field = "name"


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A grid (R, S) of one operand: `cells` of the tensor `name`, -1 for a zero of the padding, and their
    `values`, float64."""

    symbol: str
    name: str
    example: int | None
    cells: Cells
    values: Array


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """The products (R, S) of one channel, example or filter: left times right. `value` is their sum.

    `computed` (R, S) is True for the products that are computed so far. `map` is this row's part of the whole
    map, `map_computed` its computed cells. `spread` is the upstream gradient spread out, where the kernel is
    turned.
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
    """One number of a convolution as the sum of the products of its windows.

    There are `count` rows; `rows` is the page from `offset` on, `rest` the sum of the other rows. `total` is
    the sum of all rows and the bias, `value` the engine's number. `map` (R, S) is the engine's map that holds
    the cell; its first cell is cell `start` of the tensor. The maps of the rows, `rest_map` and the bias add
    up to it. `limit` is the largest absolute value among all products, `map_limit`
    that among the maps. `corner` is the position of the turned kernel in a row's `spread`, with its cells
    `dilation` apart. Where the layer multiplies the sign of the cell, a gradient is multiplied with the
    `gate` of the cell, 0 or 1.
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
    """One cell of a convolution's out, dw or dx ("<layer>.dx", or the dout below it) as its windows add it
    up.

    With `done`, the cell after that many windows. `way` selects one of the two ways to a dx; out and dw have
    one. Raises NotSlid, UnknownTensor, UnknownCell, UnknownExample, UnknownMoment.
    """
    trace = trace_of(trace, name)
    here = place(trace, name, cell, example)
    kind, record, op = _convolution_of(trace, here)
    if here.role == "dout" and record.before is not None:
        # Several layers add to this dout: the windows of this layer compute its part alone.
        here = place(trace, f"{record.layer}.dx", cell, example)
    _check_done(here, kind, done, size(out_shape(record)))
    is_turned = kind == "dx" and way == "correlation"
    with np.errstate(over="ignore", invalid="ignore"):
        products = products_of(record, op, here, kind, done, is_turned)
        parts = map_parts(record, op, here, kind, done)
        sums = products.sums
        order = np.argsort(-np.abs(sums), kind="stable") if sort == "size" else np.arange(len(sums))
        return _view(record, op, here, kind, way, done, products, parts, order, offset, count)


def _view(
    record: Record,
    op: Conv2d,
    here: Place,
    kind: Kind,
    way: Way,
    done: int | None,
    products: Products,
    parts: MapParts,
    order: Cells,
    offset: int,
    count: int,
) -> WindowView:
    page, others = order[offset : offset + count], np.delete(order, slice(offset, offset + count))
    bias = _bias(record, here.cell) if kind == "out" else None
    total = float(products.sums.sum()) + (0.0 if bias is None or bias.value is None else bias.value)
    own = parts.correlation if products.is_turned and parts.correlation is not None else parts.stamps
    whole, whole_computed = _engine_map(record, here, parts.start, own.shape[1:], done)
    rest_map = own[others].sum(axis=0)
    ways = None
    if parts.correlation is not None:
        ways = agreement(parts.stamps.sum(axis=0), parts.correlation.sum(axis=0), whole)
    words = view_words(kind, op, products.grids, products.is_turned)
    return WindowView(
        name=here.name,
        cell=here.cell,
        index=here.index,
        example=here.example,
        kind=kind,
        layer=record.layer,
        way=way if kind == "dx" else None,
        done=done,
        each=products.grids.each,
        words=words + sign_words(record, kind, here.cell, here.example),
        count=len(products.sums),
        offset=offset,
        rows=tuple(_row(products, own, parts.touched, int(number)) for number in page),
        bias=bias,
        rest=finite(float(products.sums[others].sum())),
        total=finite(total),
        value=finite(float(whole.ravel()[here.cell - parts.start])),
        limit=_largest(products.values),
        start=parts.start,
        map=whole,
        map_computed=whole_computed,
        rest_map=rest_map,
        rest_computed=np.logical_or.reduce(parts.touched[others], axis=0),
        map_limit=max(map(_largest, (own[page], rest_map, whole))),
        corner=None if products.spread is None else products.spread.corner,
        dilation=op.dilation,
        agreement=ways,
        gate=products.gate if GATED[kind] in record.op.binarised else None,
    )


def _row(products: Products, maps: Array, touched: Mask, number: int) -> Row:
    laid, found = products.grids, products.spread
    return Row(
        number=laid.first + number,
        left=_patch(laid.left, number),
        right=_patch(laid.right, number),
        products=products.values[number],
        computed=products.computed[number],
        value=finite(float(products.sums[number])),
        map=maps[number],
        map_computed=touched[number],
        spread=None if found is None else _patch(found.dout, number),
    )


def _convolution_of(trace: Trace, here: Place) -> tuple[Kind, Record, Conv2d]:
    """The kind of the tensor at this place, and the convolution that it belongs to. Raises NotSlid."""
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
    """The bias of an output cell, as a factor with a link to it."""
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


def _engine_map(
    record: Record, here: Place, start: int, shape: Shape, done: int | None
) -> tuple[Array, Mask]:
    """The engine's map that holds the cell after `done` windows, and a mask of its computed cells."""
    array, computed = here.array, np.ones(here.array.shape, np.bool_)
    if done is not None and here.role == "out":
        computed = (np.arange(array.size) < done).reshape(array.shape)
    elif done is not None:
        so_far = partial(record, done, here.example)[here.name]
        array, computed = so_far.array, so_far.computed
    within = slice(start, start + size(shape))
    return array.ravel()[within].reshape(shape), computed.ravel()[within].reshape(shape)


def _patch(operand: OperandGrids, number: int) -> Patch:
    example = None if operand.examples is None else int(operand.examples[number])
    return Patch(operand.symbol, operand.name, example, operand.cells[number], operand.values[number])


def _largest(numbers: Array) -> float:
    """The largest absolute value among the finite numbers; 0 where there is none."""
    return float(np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0))
