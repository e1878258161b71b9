"""Explanations: where a number comes from, what depends on it, and experiments on it.

Most of these messages are the records of `explain` and `probe` as they are. A message is declared here where
its form differs from the engine's: tuples instead of arrays of cells, bytes instead of arrays of numbers.
"""

from server.explain.catalogue import Lane, Scope
from server.explain.convolution.full_correlation import Agreement
from server.explain.convolution.grids import Each, Kind
from server.explain.convolution.view import Way
from server.explain.explanation import Explanation, Factor, Sort
from server.explain.formulas import MathTag
from server.explain.gradient_path import Chain
from server.explain.lens.lens import Lens
from server.explain.lens.tracer import Mark
from server.explain.stack import Stack
from server.explain.terms import Rule
from server.explain.timeline import Phase
from server.frozen import Frozen
from server.probe.gradient_check import GradientCheck
from server.probe.nudge import Nudge
from server.wire.messages.arrays import TypedArray
from server.wire.messages.runs import Cells

__all__ = [
    "Chain",
    "Cone",
    "Each",
    "Explanation",
    "GradientCheck",
    "Graph",
    "Histogram",
    "Kind",
    "Lane",
    "Lens",
    "Mark",
    "MathTag",
    "Nudge",
    "Patch",
    "Phase",
    "Rule",
    "Scope",
    "Sliding",
    "SlidingRow",
    "Sort",
    "Stack",
    "Way",
]


class Cone(Frozen):
    """All cells that one cell depends on (`inputs`), and all cells that depend on it (`influences`).

    The inputs of a value reach down to the pixels, its influences up to the loss. The inputs of a gradient
    reach up to the loss, its influences down to the gradients of the pixels and to the updated parameters.
    """

    inputs: tuple[Cells, ...]
    influences: tuple[Cells, ...]


class Graph(Frozen):
    """The function of an activation or of a loss as points: `y` at `x`, in order.

    The `slopes` of an activation are its derivatives at all cells of the example's input. For a loss they are
    null: `y` is the example's loss if only one output changed, and `x` that output's probability, or the
    output itself where the loss has no probabilities.
    """

    x: TypedArray
    y: TypedArray
    slopes: TypedArray | None


class Histogram(Frozen):
    """The numbers of a channel over the batch, before and after a layer that normalises it.

    `before` and `after` count the numbers between neighbouring edges.
    """

    before: TypedArray
    before_edges: TypedArray
    after: TypedArray
    after_edges: TypedArray


class Patch(Frozen):
    """A grid of numbers of one operand: `cells` (i4) of the tensor `name`, -1 for a zero of the padding."""

    symbol: str
    name: str
    example: int | None
    cells: TypedArray
    values: TypedArray


class SlidingRow(Frozen):
    """The products of one channel, example or filter: left times right. `value` is their sum.

    `computed` is 1 for the products that are computed so far, else 0. `map` is the row's part of the whole
    map, and `map_computed` marks its computed cells. `spread` is the upstream gradient spread out under the
    turned kernel; null where no kernel is turned.
    """

    number: int
    left: Patch
    right: Patch
    products: TypedArray
    computed: TypedArray
    value: float | None
    map: TypedArray
    map_computed: TypedArray
    spread: Patch | None


class Sliding(Frozen):
    """One number of a convolution as the sum of the products of its windows, after `done` of them (null:
    all).

    There are `count` rows, one for `each` channel, example or filter; `rows` is the page from `offset` on,
    `rest` the sum of all other rows, `total` the sum of all rows and the bias, `value` the engine's number.
    `map` is the engine's map that holds the cell; its first cell is cell `start` of the tensor. The maps of
    the rows, `rest_map` and the bias add up to it. `limit` and `map_limit` are the largest absolute values
    among the products and the maps.

    A dx is computed in two ways (`way`), which `agreement` compares: by stamps, or by the turned kernel,
    whose upper left cell lies at `corner` and whose cells lie `dilation` apart. Where the layer multiplies
    signs, a gradient is multiplied with the `gate` of its cell, 0 or 1; elsewhere `gate` is null.
    """

    name: str
    cell: int
    index: tuple[int, ...]
    example: int
    kind: Kind
    layer: str
    way: Way | None
    done: int | None
    each: Each
    words: str
    count: int
    offset: int
    rows: tuple[SlidingRow, ...]
    bias: Factor | None
    rest: float | None
    total: float | None
    value: float | None
    limit: float
    start: int
    map: TypedArray
    map_computed: TypedArray
    rest_map: TypedArray
    rest_computed: TypedArray
    map_limit: float
    corner: tuple[int, int] | None
    dilation: tuple[int, int]
    agreement: Agreement | None
    gate: float | None
