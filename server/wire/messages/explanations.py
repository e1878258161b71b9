"""What a number is made of, where it goes, and whether that is right."""

from server.explain.convolution.grids import Each, Kind
from server.explain.convolution.view import Way
from server.explain.explanation import Sort as Sort  # of no message, but of the browser's types
from server.explain.formulas import Tag as MathTag
from server.explain.lens.tracer import Mark
from server.explain.provenance import Function as Rule
from server.explain.timeline import Phase
from server.recipe.recipe import Frozen
from server.wire.messages.arrays import TypedArray
from server.wire.messages.runs import Cells


class Math(Frozen):
    """A MathML element: `text` is what mi, mn, mo and mtext hold, `items` what the others hold."""

    tag: MathTag
    text: str | None = None
    items: tuple["Math", ...] = ()


class Factor(Frozen):
    """One number of a product: what `symbol` says, of a cell of the tensor `name`, or (null) a plain number.

    `cell` is row-major; `example` is the slot of the batch, null for what belongs to all of it or to the
    network; a `value` that is not finite is null.
    """

    symbol: str
    name: str | None
    cell: int | None
    index: tuple[int, ...]
    example: int | None
    value: float | None


class Term(Frozen):
    """One term of a sum: the product of its factors, in float64."""

    factors: tuple[Factor, ...]
    value: float | None


class Share(Frozen):
    """What one example of the batch adds to a sum over the batch."""

    example: int
    value: float | None


class Explanation(Frozen):
    """How one cell's `value` came about: a `function` applied to the `total` of `count` terms.

    The functions: "sum": the total itself; "sigmoid", "tanh", "gelu", "sign": that function of it; "softmax":
    exp(own) / total; "negative_log": -log(total); "root": its square root; "quotient": the first term over
    the sum of the others; "argmax": the number, in their own order, of the largest term (these two have no
    total); "given": nothing in this iteration made it, it has no terms. `terms` is the page from `offset` on,
    `rest` the exact sum of all others; `rounding` is what the run's precision rounded away: value minus the
    function of the total. `symbols` and `numbers` are the formula of this cell; `shares` add up to the value
    of a batch's sum. `earlier` is the tensor of the iteration before whose same cell this one is, where the
    update left it.
    """

    name: str
    cell: int
    index: tuple[int, ...]
    example: int
    value: float | None
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


class Cone(Frozen):
    """What a cell was made from, down to the pixels (for a gradient: down from the loss), and what it
    influences, up to the loss (for a gradient: down to the pixels' gradients and the parameters to be)."""

    inputs: tuple[Cells, ...]
    influences: tuple[Cells, ...]


class Link(Frozen):
    """One step of a chain: a gradient's cell, and by how much this step multiplies (its slope).

    `product` is the path's own part of the gradient there, the first value times all factors so far; `value`
    is that whole gradient, to which all other paths add too.
    """

    name: str
    cell: int
    index: tuple[int, ...]
    example: int | None
    value: float | None
    factor: float | None
    product: float | None


class Chain(Frozen):
    """The strongest single path from the loss to one parameter.

    `links` go from the loss's gradient down to the parameter's; the last of their products is the path's
    `contribution` to the parameter's `gradient`. At the last step it is part of one of `paths` terms.
    """

    links: tuple[Link, ...]
    contribution: float | None
    gradient: float | None
    paths: int
    words: str


class GradientCheck(Frozen):
    """A layer's analytic gradients against central differences of the mean loss, in float64.

    `checked` of `total` cells were compared; `left_out` of those drawn sit on a kink of the loss, where there
    is no derivative. The largest relative error is that of `cell` of the gradient `name`.
    `estimates` names the gradients that pass a sign: straight-through estimates, which are no slopes and are
    not compared. `passed` is null where all of the layer's are.
    """

    layer: str
    checked: int
    total: int
    left_out: int
    largest_error: float | None
    name: str
    cell: int
    index: tuple[int, ...]
    example: int | None
    analytic: float | None
    numeric: float | None
    passed: bool | None
    tolerance: float
    estimates: tuple[str, ...]
    words: str


class Change(Frozen):
    """What a nudge does to one number: `gradient` (its slope by the nudged number) times the amount is the
    `predicted` change, `after` - `before` the `actual` one.

    `example` is null for the batch's mean loss. Numbers that are not finite are null. Where a sign lies on
    the way, `gradient` is a straight-through `estimate`, not the slope.
    """

    name: str
    cell: int
    index: tuple[int, ...]
    example: int | None
    estimate: bool
    gradient: float | None
    predicted: float | None
    before: float | None
    after: float | None
    actual: float | None


class Nudge(Frozen):
    """A parameter or a pixel moved by `amount` from `before`, and what that does to the batch's mean loss and
    to one watched number. `example` is null for a parameter. Nothing of it is stored."""

    name: str
    cell: int
    index: tuple[int, ...]
    example: int | None
    amount: float
    before: float | None
    loss: Change
    watched: Change | None
    words: str


class Patch(Frozen):
    """A grid of numbers of one operand: `cells` (i4) of the tensor `name`, -1 for a zero that nobody owns."""

    symbol: str
    name: str
    example: int | None
    cells: TypedArray
    values: TypedArray


class SlidingRow(Frozen):
    """The products of one channel, example or filter: left times right, and `value`, their sum.

    `computed` (1 or 0) says which products are made so far. `map` is what the row adds to the whole map, and
    `map_computed` what of it is computed. `spread` is the upstream gradient as it is spread out under the
    turned kernel; null where nothing is turned.
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


class Agreement(Frozen):
    """Both ways of a map of dx compared in float64, in all `cells`; null where numbers are not finite.

    `difference` is the largest between the two, `from_engine` that of the stamps from the engine's numbers.
    """

    cells: int
    difference: float | None
    from_engine: float | None
    agree: bool
    words: str


class Sliding(Frozen):
    """One number of a convolution as its windows make it, after `done` of them (null: all).

    `rows` are those from `offset` on of `count`, one for `each` channel, example or filter; `rest` is the sum
    of all others, `total` that of all rows and the bias, `value` the engine's number. `map` is the engine's
    map that holds the cell, from cell `start` of its tensor on; the rows' maps, `rest_map` and the bias add
    up to it. `limit` and `map_limit` are the largest sizes among products and maps. A dx comes about in two
    ways (`way`) that `agreement` compares: stamps, or the turned kernel with its upper left at `corner` and
    its cells `dilation` apart. Where the layer multiplies signs, the products of a gradient are multiplied
    with the `gate` of their cell, 0 or 1; else it is null.
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


class Note(Frozen):
    """What a line of code made: an array has a `shape`, coordinates are an `index`, a number has a `value`,
    null where it is not finite."""

    name: str
    shape: tuple[int, ...] | None
    index: tuple[int, ...] | None
    value: float | None


class CodeLine(Frozen):
    """A line of a file, by its number there. "lit" made the number looked at, a "part" led to it."""

    number: int
    text: str
    notes: tuple[Note, ...]
    mark: Mark | None


class Listing(Frozen):
    """The source of one function, as it is installed."""

    file: str
    name: str
    lines: tuple[CodeLine, ...]


class Lens(Frozen):
    """The code that runs at a moment, and one number that it makes, made once more by plain loops.

    `source` is the function that ran, and below it those that it called on the way to the tensor `name`;
    `loops` is null where nothing is computed. `computed` says whether the moment has reached the cell: if
    not, `value` (the run's number) and `loops_value` are null, as they are where they are not finite. `agree`
    is null where there is nothing to compare. `letters` name the coordinates in `index`.
    """

    phase: Phase
    layer: str
    tensor: str
    name: str
    cell: int
    index: tuple[int, ...]
    letters: tuple[str, ...]
    example: int
    source: tuple[Listing, ...]
    loops: Listing | None
    computed: bool
    value: float | None
    loops_value: float | None
    agree: bool | None
    words: str


class StackRecord(Frozen):
    """What the forward pass pushes for a layer and the backward pass pops: its tensors, and their bytes.

    A tensor that shares its memory with one of an earlier record counts 0 bytes.
    """

    layer: str
    pushed: bool
    popped: bool
    bytes: int
    tensors: tuple[tuple[str, int], ...]


class Stack(Frozen):
    """The stack of records at one position of an iteration, first layer first."""

    records: tuple[StackRecord, ...]
