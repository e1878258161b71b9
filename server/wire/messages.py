"""The contract: every message that crosses the network. The browser's types are generated from here."""

from typing import Annotated, Literal

from pydantic import Field

from server.data.stages import DoubtKey, StageKey
from server.trace.answering import Verdict
from server.trace.comparison import MAX_ITERATIONS
from server.trace.execution import Mark
from server.trace.explain import Sort as Sort  # of no message, but of the browser's types
from server.trace.formulas import Tag as MathTag
from server.trace.grids import Each, Kind
from server.trace.nearest import Metric
from server.trace.origin import Function as Rule
from server.trace.plan import Part
from server.trace.recipe import (
    MAX_PICTURE,
    BuiltIn,
    DatasetName,
    EarlyStopping,
    Frozen,
    Initialisation,
    Layer,
    Loss,
    Optimizer,
    Recipe,
    Schedule,
)
from server.trace.saliency import Method
from server.trace.sliding import Way
from server.trace.sweep import Axis as Axis  # of no message of its own, but of the browser's types
from server.trace.sweep import Sweep
from server.trace.tensors import Lane, Scope
from server.trace.timeline import Phase

Status = Literal["paused", "running", "finished", "stopped", "diverged"]
SurveyStatus = Literal["running", "done", "cancelled", "failed"]
SweepStatus = Literal["waiting", "running", "done", "cancelled"]
SweepRunStatus = Literal["waiting", "running", "done", "diverged", "cancelled", "failed"]


class TypedArray(Frozen):
    """An array in Plotly's typed-array convention: little-endian bytes as base64, shape as "8, 26, 26"."""

    dtype: Literal["f4", "f8", "i4", "u1"]
    shape: str
    bdata: str


class TensorInfo(Frozen):
    """A tensor of the stage: what it is called, where it is drawn, and whose numbers it holds.

    `scope` says whose: one chosen "example" of the batch, the whole "batch" (a gradient of its mean loss, or
    what the update made from it), or the "network" itself. `shape` leaves the batch axis out. `parameter` is
    the one that it is or belongs to. The lanes "before" and "after" are not on the stage: what an optimizer
    had kept before the update, parameters after it.
    """

    name: str
    layer: str
    tensor: str
    title: str
    lane: Lane
    scope: Scope
    shape: tuple[int, ...]
    signed: bool
    parameter: str | None


class LayerInfo(Frozen):
    """A column of the stage. `formula`, `forward` and `backward` are the op's own words.

    `skip` names the layer whose output it reads beside that of the one before it, if it does.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    formula: str
    forward: str
    backward: str
    skip: str | None
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


class Rates(Frozen):
    """The learning rate along a whole run, where it changes: `values` at `iterations`, evenly spread."""

    iterations: TypedArray
    values: TypedArray


class Run(Frozen):
    """A run: its recipe, its columns, and the order of the micro-steps of each of its iterations.

    `classes` are empty where examples have targets instead; `answer` names the tensor to read the network's
    answer from, one cell for each class or target. The run is evaluated on its `monitored` part (validation
    where there is one, else test); of a large one on some only, `evaluated_examples`. Where inputs are red,
    green and blue, `colours` are the numbers of dark and bright. `rates` are null where the learning rate
    stays the same. `drawable` says whether a drawing can become one of its examples.
    """

    id: str
    recipe: Recipe
    layers: tuple[LayerInfo, ...]
    segments: tuple[Segment, ...]
    positions: int
    iterations: int
    iterations_per_epoch: int
    dataset_title: str
    classes: tuple[str, ...]
    answer: str
    train_examples: int
    validation_examples: int
    test_examples: int
    monitored: Part
    evaluated_examples: int
    colours: tuple[float, float] | None
    rates: Rates | None
    drawable: bool


class Evaluation(Frozen):
    """Accuracy (0..1) and mean loss over the run's evaluated examples, after `iteration` iterations."""

    iteration: int
    accuracy: float
    loss: float


class Divergence(Frozen):
    """Where a run left the finite numbers: the first such iteration, and in it the first such tensor."""

    iteration: int
    tensor: str
    message: str


class Stopped(Frozen):
    """Where early stopping ended a run: it has `iteration` iterations, and the lowest loss on the examples
    that it watched was that after `best` iterations."""

    iteration: int
    best: int
    best_loss: float
    message: str


class Progress(Frozen):
    """How far a run has come: it has `computed` iterations; `losses` are those from number `since` on.

    Replies and events go different ways and can overtake each other: the larger `sequence` is the newer.
    """

    run: str
    sequence: int
    status: Status
    computed: int
    since: int
    losses: TypedArray
    evaluations: tuple[Evaluation, ...]
    diverged: Divergence | None = None
    stopped: Stopped | None = None


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
    """One example of a batch: its number in the training set, null for a picture of one's own, and its class,
    if it has one; `truth` is another one where the recipe gives it a wrong label."""

    index: int | None
    label: int | None
    truth: int | None


class Iteration(Frozen):
    """One computed iteration, with those of its tensors that were asked for, for the chosen example.

    `targets` are the chosen example's, one for each cell of the network's last output. `update` says in a
    sentence without its full stop what the optimizer does with the gradients.
    """

    run: str
    iteration: int
    epoch: int
    example: int
    examples: tuple[Example, ...]
    learning_rate: float
    update: str
    loss: float | None
    targets: tuple[float, ...]
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


class Examples(Frozen):
    """A stretch of a part of a data set, or of the examples of one class in it: `numbers` says which they
    are, `labels` their true classes where there are any. `total` is how many there are to go through,
    `counts` the examples of each class in the whole part."""

    start: int
    total: int
    numbers: tuple[int, ...]
    images: TypedArray
    labels: tuple[int | None, ...]
    signed: bool
    counts: tuple[int, ...]


class Download(Frozen):
    """How a download is going: `done` of `total` bytes; or how it ended, with the `problem` if it failed."""

    done: int
    total: int
    running: bool
    problem: str | None


class DatasetInfo(Frozen):
    """A data set to choose: what it is and what its numbers mean. One that is not `ready` has to be
    downloaded first, which takes `download_bytes`. How many examples there are is null where they lie in
    files that nobody has read yet. `base` is the set that one's own examples are more of, if there is one."""

    name: DatasetName
    title: str
    about: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    train_examples: int | None
    test_examples: int | None
    ready: bool
    download_bytes: int | None
    download: Download | None
    base: DatasetName | None = None


class OwnDraft(Frozen):
    """What an upload becomes, as a data set of one's own that is not kept yet: its name, a function of its
    content; what its numbers mean; the examples of each class; some `images` of each, with their `labels`.
    `left_out` says of the first of `left_out_count` files why they are not taken; `ignored` counts those that
    only file managers put there."""

    name: DatasetName
    about: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    shape: tuple[int, ...]
    signed: bool
    images: TypedArray
    labels: tuple[int, ...]
    left_out: tuple[str, ...]
    left_out_count: int
    ignored: int


class DatasetDetail(Frozen):
    """A data set as a whole: examples of each class in both parts, the mean of each class's training examples
    (classes, *shape), and a recipe that learns it."""

    info: DatasetInfo
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    means: TypedArray
    signed: bool
    recipe: Recipe


class SurveyPart(Frozen):
    """A part of the data, of which `done` examples are answered: what is found in these.

    `confusion` counts the examples of each class (row) that were answered with each class (column), `wrong`
    those beside its diagonal; where there are no classes it is null, as is the accuracy.
    """

    part: Part
    done: int
    total: int
    accuracy: float | None
    loss: float | None
    wrong: int
    confusion: TypedArray | None


class Survey(Frozen):
    """An evaluation of a run as it was after `iteration` iterations, on all of its data."""

    run: str
    iteration: int
    status: SurveyStatus
    parts: tuple[SurveyPart, ...]


class Answer(Frozen):
    """How one example was answered: by its number in its part, `certainty` is the answer's probability."""

    example: int
    label: int
    answer: int
    certainty: float | None
    loss: float | None


class Answers(Frozen):
    """A page of `total` examples with their answers, and their inputs one after the other."""

    part: Part
    start: int
    total: int
    images: TypedArray
    signed: bool
    answers: tuple[Answer, ...]


class SweepRun(Frozen):
    """A run of a sweep: its value on each axis, its recipe, and what it has come to so far.

    `train_loss` is the mean loss of its last epoch's batches, `accuracy` and `loss` those of the last
    evaluation, `best_epoch` the one (0: before the training) whose evaluation has the highest accuracy. The
    curves: `accuracies` and `losses` after `evaluated_at` iterations, and `train_losses`, means of the
    stretches that end after `trained_at`. `problem` says why it failed.
    """

    values: tuple[float | str, ...]
    recipe: Recipe
    status: SweepRunStatus
    problem: str | None
    computed: int
    iterations: int
    seconds: float | None
    train_loss: float | None
    accuracy: float | None
    loss: float | None
    best_epoch: int | None
    diverged: int | None
    evaluated_at: TypedArray
    accuracies: TypedArray
    losses: TypedArray
    trained_at: TypedArray
    train_losses: TypedArray


class Spread(Frozen):
    """The mean of some numbers, and their standard deviation (with one degree of freedom less than there are
    numbers), null of a single one."""

    mean: float
    deviation: float | None


class FoldSummary(Frozen):
    """The folds that are `done` of those runs whose values on the other axes are `values`."""

    values: tuple[float | str, ...]
    done: int
    train_loss: Spread | None
    accuracy: Spread | None
    loss: Spread | None


class SweepReport(Frozen):
    """How far a sweep has come. Its runs are evaluated on the part `monitored`; accuracy means something
    where the data `has_classes`. `folds` sums the runs up over their folds, where these vary."""

    id: str
    status: SweepStatus
    sweep: Sweep
    monitored: Part
    has_classes: bool
    runs: tuple[SweepRun, ...]
    folds: tuple[FoldSummary, ...]


class Prediction(Frozen):
    """What the network before `iteration` answers to a picture of one's own; nothing of it is stored.

    `picture` is that picture as text, as a `PictureEdit` has it. `answers` has a number for each class or
    target: a probability where the loss makes them (see `answer` in `Run`), else the output. The `margin` is
    that between the `winner` and the `runner_up`. `verdict`, only on probabilities, says what the answer is
    worth, and `words` why. `tensors` are those asked for.
    """

    run: str
    iteration: int
    picture: str
    answers: tuple[float | None, ...]
    winner: int | None
    runner_up: int | None
    margin: float | None
    verdict: Verdict | None
    words: str
    tensors: tuple[Tensor, ...]


class SaliencyMethod(Frozen):
    """A way to ask why: what its map means, and what it does not tell."""

    method: Method
    title: str
    meaning: str
    limit: str


class Saliency(Frozen):
    """A map over the input of why cell `cell` of `layer`'s output is `value`, made by the engine's passes.

    `map` has the input's shape, or (1, H, W) where it is one for all channels. Grad-CAM and occlusion make it
    from a `coarse` one: a cell for each place in `maps`, the activations of `convolution` (one of
    `convolutions`, those that can be chosen); or for each place of the `patch`, `stride` apart.
    """

    run: str
    iteration: int
    about: SaliencyMethod
    layer: str
    cell: int
    index: tuple[int, ...]
    value: float | None
    map: Tensor
    signed: bool
    coarse: Tensor | None
    convolution: str | None
    convolutions: tuple[str, ...]
    maps: str | None
    patch: int | None
    stride: int | None
    words: str


class Neighbour(Frozen):
    """An example by its number in its part, its class, and how far its features are from the picture's."""

    example: int
    label: int | None
    distance: float | None


class Nearest(Frozen):
    """The examples of a part nearest to an input in the tensor `features`, the nearest first, with their
    pictures one after the other. `compared` of `total` were looked at, and `words` say which."""

    part: Part
    metric: Metric
    features: str
    compared: int
    total: int
    neighbours: tuple[Neighbour, ...]
    images: TypedArray
    signed: bool
    words: str


class Side(Frozen):
    """A network before `iteration` of a run: its answer to a picture, the loss of that where the picture has
    a label, and how it does on the examples that the run is evaluated on, where there are any."""

    run: str
    iteration: int
    answers: tuple[float | None, ...]
    winner: int | None
    verdict: Verdict | None
    words: str
    loss: float | None
    test: Evaluation | None


class Moved(Frozen):
    """A cell of the parameter `name` (conv1.w), before and after; numbers that are not finite are null."""

    name: str
    cell: int
    index: tuple[int, ...]
    before: float | None
    after: float | None
    change: float | None


class Comparison(Frozen):
    """Two moments side by side: what they answer to a picture, how good they are, and which parameters moved
    most, the largest change first. `changed` of all `parameters` differ; `distance` is the length of all
    changes together."""

    picture: str
    before: Side
    after: Side
    moved: tuple[Moved, ...]
    changed: int
    parameters: int
    distance: float | None
    words: str


class Preview(Frozen):
    """What a recipe makes of its first training examples: as they are stored, and as iteration 0 would be
    given them. `labels` are the classes that they are given, `truths` their own; `counts` the training
    examples of each class. `colours` as in `Run`."""

    numbers: tuple[int, ...]
    stored: TypedArray
    made: TypedArray
    stored_signed: bool
    made_signed: bool
    colours: tuple[float, float] | None
    labels: tuple[int, ...]
    truths: tuple[int, ...]
    counts: tuple[int, ...]


class Trial(Frozen):
    """A nudge to try at a stop: `amount` added to its cell, while cell `watch_cell` of `watch` is watched."""

    amount: float
    watch: str
    watch_cell: int


class Stop(Frozen):
    """A number worth looking at: cell `cell` of the tensor `name`, at the moment `at`, as addresses write it.

    `published` is that number as the example's source prints it, or as it comes out by hand.
    """

    words: str
    at: str
    name: str
    cell: int
    published: str
    trial: Trial | None


class Option(Frozen):
    """Something that a recipe can choose: `value` has its default numbers."""

    title: str
    about: str
    value: Optimizer | Loss | Schedule | Initialisation | EarlyStopping


class Options(Frozen):
    """What a recipe can choose between, by the recipe's fields."""

    optimizer: tuple[Option, ...]
    loss: tuple[Option, ...]
    schedule: tuple[Option, ...]
    initialisation: tuple[Option, ...]
    early_stopping: tuple[Option, ...]


class Preset(Frozen):
    """A worked example: a recipe, and the stops at which to look at its run; it opens at the first."""

    key: str
    title: str
    words: str
    recipe: Recipe
    stops: tuple[Stop, ...]


class Setting(Frozen):
    """A setting of a layer, and all that it can be: any of these `words`, a number, a pair of numbers (rows,
    columns), on or off (`switch`), or null (`optional`: the layer then chooses). Numbers are within the
    bounds, where there are any. A number may stand for the layer (`layer`) so many before this one."""

    name: str
    number: Literal["integer", "number"] | None
    pair: bool
    switch: bool
    layer: bool
    words: tuple[str, ...]
    optional: bool
    minimum: float | None
    maximum: float | None


class LayerKind(Frozen):
    """A kind of layer: what it does in a sentence, its settings, and one to begin with."""

    kind: str
    title: str
    words: str
    settings: tuple[Setting, ...]
    layer: Layer


class NetworkPreset(Frozen):
    """A network to begin with, with the data and all other settings that go with it."""

    key: str
    title: str
    words: str
    recipe: Recipe


class Networks(Frozen):
    """What networks are made of: every kind of layer, and some networks to begin with."""

    kinds: tuple[LayerKind, ...]
    presets: tuple[NetworkPreset, ...]


class LayerPlan(Frozen):
    """A layer that fits: its output's shape, what it learns, the multiply-adds of one example, the bytes that
    an iteration's trace keeps of it, and what one of its cells sees of the input.

    `field` are rows and columns (of a row of numbers: cells), no more than the input has; its neighbour's
    field lies `field_stride` further, null where cells stand in a row.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    field: tuple[int, ...]
    field_stride: tuple[int, ...] | None


class Fix(Frozen):
    """A recipe close by of which more fits, and in words what it changes."""

    words: str
    recipe: Recipe


class Blueprint(Frozen):
    """A recipe's network on paper, from inputs of `shape` on: nothing of it is trained.

    `names` are those of all layers, `layers` describes those before the first that does not fit; the sums
    are over these. `bytes` is what one iteration takes. `problem` says why the recipe cannot be run, null
    where it can; the nearest of the `fixes` comes first.
    """

    shape: tuple[int, ...]
    names: tuple[str, ...]
    layers: tuple[LayerPlan, ...]
    parameters: int
    multiply_adds: int
    bytes: int
    problem: "Problem | None"
    fixes: tuple[Fix, ...]


class Problem(Frozen):
    """What went wrong, in a sentence that says what would be right. `field` names the input at fault."""

    code: str
    message: str
    field: str | None = None


class ErrorReply(Frozen):
    """The one shape of every 4xx and 5xx reply."""

    error: Problem


class DigitStage(Frozen):
    """One step from a picture to an input, and the picture after it: (H, W), from 0 to 255.

    That is from black to white or, where it `is_ink`, from paper to ink.
    """

    key: StageKey
    title: str
    words: str
    picture: TypedArray
    is_ink: bool


class Doubt(Frozen):
    """Something that may have gone wrong on the way, and what a person can do about it."""

    key: DoubtKey
    words: str


class DigitReading(Frozen):
    """A picture as an input of a data set, and the stages in which it became one.

    `input` has the shape and the numbers of the data set's examples, as they are meant. `boxes` are the
    digits found, from left to right, in parts of the picture (left, top, right, bottom); `chosen` is the one
    taken.
    """

    dataset: str
    stages: tuple[DigitStage, ...]
    input: TypedArray
    boxes: tuple[tuple[float, float, float, float], ...]
    chosen: int
    doubts: tuple[Doubt, ...]


class CollectedDigit(Frozen):
    """A picture of one's own as text, as a `PictureEdit` has it, and its class by number."""

    picture: str = Field(max_length=MAX_PICTURE)
    label: int = Field(ge=0)


class Collection(Frozen):
    """Digits of one's own that become a data set: more training examples of the set `base`, whose test
    examples they are tested with; or, `alone`, the only ones."""

    base: BuiltIn
    alone: bool = False
    title: str = Field(default="my digits", max_length=200)
    digits: tuple[CollectedDigit, ...] = Field(min_length=1, max_length=1000)


class StepCommand(Frozen):
    """Compute `count` more iterations."""

    count: int = Field(default=1, ge=1, le=100_000)


class KeepCommand(Frozen):
    """Keep a data set of one's own, under this title."""

    title: str = Field(max_length=200)


class RunCommand(Frozen):
    """Go on, `rate` iterations a second (null: at full speed), to `until` iterations in all (null: all).

    With an `accuracy` (0..1), only until an evaluation has at least that.
    """

    rate: float | None = Field(default=None, gt=0, le=1e9)
    until: int | None = Field(default=None, ge=0)
    accuracy: float | None = Field(default=None, gt=0, le=1)


class SeekCommand(Frozen):
    """Make sure that `iteration` is computed, so that it can be read."""

    iteration: int = Field(ge=0)


class PictureQuestion(Frozen):
    """A picture of the data set's shape, in numbers as those of the set are meant, and the tensors wanted."""

    picture: TypedArray
    names: tuple[Annotated[str, Field(max_length=256)], ...] = Field(default=(), max_length=256)


class InputQuestion(Frozen):
    """About a picture of one's own or, without one, an example of the iteration's batch, by its slot."""

    picture: TypedArray | None = None
    example: int = Field(default=0, ge=0)


class SaliencyQuestion(InputQuestion):
    """Why cell `cell` of `layer`'s output is what it is. `convolution` is Grad-CAM's: null is the last one.
    `patch`, `stride` (null: some that suit the input) and `fill`, the number that it covers the picture with,
    are those of the occlusion."""

    layer: str = Field(max_length=256)
    cell: int = Field(ge=0)
    method: Method
    convolution: str | None = Field(default=None, max_length=256)
    patch: int | None = Field(default=None, ge=1, le=10**6)
    stride: int | None = Field(default=None, ge=1, le=10**6)
    fill: float = 0


class NearestQuestion(InputQuestion):
    """Which `count` examples of a part are nearest in the last layer's features, by which distance."""

    part: Part = "train"
    count: int = Field(default=8, ge=1, le=64)
    metric: Metric = "euclidean"


class EffectQuestion(Frozen):
    """What training on a picture with this label would do: `iterations` on end, in this slot of the batch.
    `count` is how many of the parameters that move most are told."""

    picture: TypedArray
    label: int = Field(ge=0)
    slot: int = Field(default=0, ge=0)
    iterations: int = Field(default=1, ge=1, le=MAX_ITERATIONS)
    count: int = Field(default=10, ge=0, le=1000)


class ComparisonQuestion(Frozen):
    """A picture, shown to this moment and to another: before `iteration` of `run`, null for the same run."""

    picture: TypedArray
    label: int | None = Field(default=None, ge=0)
    run: str | None = Field(default=None, max_length=64)
    iteration: int = Field(ge=0)
    count: int = Field(default=10, ge=0, le=1000)
