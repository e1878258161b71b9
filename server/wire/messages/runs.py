"""A run: its structure, its progress, its numbers at a moment, and the commands to it."""

from typing import Literal

from pydantic import Field

from server.explain.catalogue import TensorInfo
from server.explain.timeline import Segment
from server.frozen import Frozen
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.wire.messages.arrays import TypedArray

Status = Literal["paused", "running", "finished", "stopped", "diverged"]


class LayerInfo(Frozen):
    """A column of the stage. `formula`, `forward` and `backward` are the words of the op.

    `skip` names the second layer whose output it reads, null without a skip connection.
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
    monitored: Split
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
    """The first iteration of a run with a number that is not finite, and the first such tensor in it."""

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
    """The progress of a run: it has `computed` iterations; `losses` are those from number `since` on.

    Replies and events take different ways and can overtake each other. Of two from one `source`, the larger
    `sequence` is the newer. A run that is evicted and created again is another source.
    """

    run: str
    source: str
    sequence: int
    status: Status
    computed: int
    since: int
    losses: TypedArray
    evaluations: tuple[Evaluation, ...]
    diverged: Divergence | None = None
    stopped: Stopped | None = None


class Tensor(Frozen):
    """The numbers of a tensor. `minimum` and `maximum` are over its finite cells.

    `computed` (1 or 0 for each cell) is null where all cells are computed at the moment.
    """

    name: str
    data: TypedArray
    minimum: float | None
    maximum: float | None
    nonfinite: int
    computed: TypedArray | None = None


class Example(Frozen):
    """One example of a batch: its number in the training set (null for a picture of the person) and its
    class.

    `truth` differs from `label` where the recipe assigns a wrong label.
    """

    index: int | None
    label: int | None
    truth: int | None


class Iteration(Frozen):
    """One computed iteration, with the requested tensors of the chosen example.

    `targets` are those of the chosen example, one for each cell of the network's last output. `update` is a
    sentence about the optimizer, without its full stop.
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
    """Cells of a tensor, by their row-major numbers."""

    name: str
    cells: tuple[int, ...]


class Window(Frozen):
    """One micro-step: the cells that it reads, the cells that it writes, and the partial sums after it."""

    reads: tuple[Cells, ...]
    writes: tuple[Cells, ...]
    partial: tuple[Tensor, ...]


class StepCommand(Frozen):
    """Compute `count` more iterations."""

    count: int = Field(default=1, ge=1, le=100_000)


class RunCommand(Frozen):
    """Go on, `rate` iterations a second (null: at full speed), to `until` iterations in all (null: all).

    With an `accuracy` (0..1), only until an evaluation has at least that.
    """

    rate: float | None = Field(default=None, gt=0, le=1e9)
    until: int | None = Field(default=None, ge=0)
    accuracy: float | None = Field(default=None, gt=0, le=1)


class SeekCommand(Frozen):
    """Compute up to and including `iteration`, so that it can be read."""

    iteration: int = Field(ge=0)
