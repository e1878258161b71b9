"""The contract: every message that crosses the network. The browser's types are generated from here."""

from typing import Literal

from pydantic import Field

from server.trace.explain import Sort as Sort  # of no message, but of the browser's types
from server.trace.formulas import Tag as MathTag
from server.trace.lens import Direction
from server.trace.origin import Function as Rule
from server.trace.recipe import Frozen, Recipe
from server.trace.tensors import Lane, Scope
from server.trace.timeline import Phase

Status = Literal["paused", "running", "finished", "diverged"]


class TypedArray(Frozen):
    """An array in Plotly's typed-array convention: little-endian bytes as base64, shape as "8, 26, 26"."""

    dtype: Literal["f4", "f8", "i4", "u1"]
    shape: str
    bdata: str


class TensorInfo(Frozen):
    """A tensor of the stage: what it is called, where it is drawn, and whose numbers it holds.

    `scope` says whose: one chosen "example" of the batch, the whole "batch" (a gradient of its mean loss, or
    what the update made from it), or the "network" itself. `shape` leaves the batch axis out.
    """

    name: str
    layer: str
    tensor: str
    title: str
    lane: Lane
    scope: Scope
    shape: tuple[int, ...]
    signed: bool


class LayerInfo(Frozen):
    """A column of the stage. `formula`, `forward` and `backward` are the op's own words."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    formula: str
    forward: str
    backward: str
    tensors: tuple[TensorInfo, ...]


class Segment(Frozen):
    """A stretch of micro-steps: `cells` steps of one phase of one layer, the first at position `start` + 1.

    After k of them the first k cells of `name` are done. A segment that accumulates goes through the cells of
    an upstream gradient; what it `writes` is then a partial picture that the server draws (see `Window`).
    """

    phase: Phase
    layer: str
    tensor: str
    name: str
    start: int
    cells: int
    accumulates: bool
    writes: tuple[str, ...]


class Run(Frozen):
    """A run: its recipe, its columns, and the order of the micro-steps of each of its iterations."""

    id: str
    recipe: Recipe
    layers: tuple[LayerInfo, ...]
    segments: tuple[Segment, ...]
    positions: int
    iterations: int
    iterations_per_epoch: int
    classes: tuple[str, ...]
    train_examples: int
    test_examples: int


class Evaluation(Frozen):
    """Accuracy (0..1) and mean loss over the whole test set, after `iteration` iterations."""

    iteration: int
    accuracy: float
    loss: float


class Divergence(Frozen):
    """Where a run left the finite numbers: the first such iteration, and in it the first such tensor."""

    iteration: int
    tensor: str
    message: str


class Progress(Frozen):
    """How far a run has come: it has `computed` iterations; `losses` are those from number `since` on."""

    run: str
    status: Status
    computed: int
    since: int
    losses: TypedArray
    evaluations: tuple[Evaluation, ...]
    diverged: Divergence | None = None


class Tensor(Frozen):
    """A tensor's numbers. `minimum` and `maximum` are over its finite cells; `computed` (1 or 0 a cell) is
    there when only some of its cells are computed at the moment asked for."""

    name: str
    data: TypedArray
    minimum: float | None
    maximum: float | None
    nonfinite: int
    computed: TypedArray | None = None


class Example(Frozen):
    """One example of a batch: its number in the training set, and its true class."""

    index: int
    label: int


class Iteration(Frozen):
    """One computed iteration, with those of its tensors that were asked for, for the chosen example."""

    run: str
    iteration: int
    epoch: int
    example: int
    examples: tuple[Example, ...]
    learning_rate: float
    loss: float | None
    tensors: tuple[Tensor, ...]


class Cells(Frozen):
    """Some cells of a tensor, as row-major numbers within its shape."""

    name: str
    cells: tuple[int, ...]


class Window(Frozen):
    """One micro-step from close by: the cells it reads, the cells it writes, and the tensors it is building.

    `partial` holds the accumulating tensors as they stand after this micro-step.
    """

    reads: tuple[Cells, ...]
    writes: tuple[Cells, ...]
    partial: tuple[Tensor, ...]


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

    The functions: "sum": the total itself; "softmax": exp(own) / total; "negative_log": -log(total);
    "argmax": the number, in their own order, of the largest term (there is no total then); "given": nothing
    in this iteration made it, it has no terms. `terms` is the page from `offset` on, `rest` the exact sum of
    all others; `rounding` is what the run's precision rounded away: value minus the function of the total.
    `symbols` and `numbers` are the formula of this cell; `shares` add up to the value of a batch's sum.
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


class Cone(Frozen):
    """What a cell was made from, down to the pixels (for a gradient: down from the loss), and what it
    influences, up to the loss (for a gradient: down to the pixels' gradients and the parameters to be)."""

    inputs: tuple[Cells, ...]
    influences: tuple[Cells, ...]


class Link(Frozen):
    """One step of a chain: a gradient's cell, its value, and by how much this step multiplies (its slope)."""

    name: str
    cell: int
    index: tuple[int, ...]
    example: int | None
    value: float | None
    factor: float | None


class Chain(Frozen):
    """The strongest single path from the loss to one parameter.

    `links` go from the loss's gradient down to the parameter's; the first value times all factors is the
    path's `contribution` to the parameter's `gradient`. At the last step it is part of one of `paths` terms.
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
    passed: bool
    tolerance: float
    words: str


class Change(Frozen):
    """What a nudge does to one number: `gradient` (its slope by the nudged number) times the amount is the
    `predicted` change, `after` - `before` the `actual` one.

    `example` is null for the batch's mean loss. Numbers that are not finite are null.
    """

    name: str
    cell: int
    index: tuple[int, ...]
    example: int | None
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


class NamedShape(Frozen):
    """The shape of an array that a layer's code works on, the batch axis last."""

    name: str
    shape: tuple[int, ...]


class Lens(Frozen):
    """The code of one layer in one direction, and one number made once more by plain loops.

    `source` are lines of `file` from number `first_line` on. The cell belongs to `name`, the layer's output
    or (backward) the gradient of its input; `value` is its number, `loops_value` what the `loops` give.
    """

    layer: str
    phase: Direction
    name: str
    cell: int
    index: tuple[int, ...]
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


class Examples(Frozen):
    """A stretch of the training set: images (C, H, W) one after the other, with their true classes."""

    start: int
    total: int
    images: TypedArray
    labels: tuple[int, ...]


class Problem(Frozen):
    """What went wrong, in a sentence that says what would be right. `field` names the input at fault."""

    code: str
    message: str
    field: str | None = None


class ErrorReply(Frozen):
    """The one shape of every 4xx and 5xx reply."""

    error: Problem


class StepCommand(Frozen):
    """Compute `count` more iterations."""

    count: int = Field(default=1, ge=1, le=100_000)


class RunCommand(Frozen):
    """Go on, `rate` iterations a second (null: at full speed), to `until` iterations in all (null: all)."""

    rate: float | None = Field(default=None, gt=0, le=1e9)
    until: int | None = Field(default=None, ge=0)


class SeekCommand(Frozen):
    """Make sure that `iteration` is computed, so that it can be read."""

    iteration: int = Field(ge=0)
