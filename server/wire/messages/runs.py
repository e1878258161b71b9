"""Runs: structure, progress, iterations, micro-steps, and commands."""

from typing import Literal

from pydantic import Field

from server.explain.catalogue import TensorInfo
from server.explain.timeline import Segment
from server.frozen import Frozen
from server.nn.ops.op import Form
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.run.past import Evaluation
from server.wire.messages.arrays import TypedArray

Status = Literal["paused", "running", "finished", "stopped", "diverged", "failed"]


class Extent(Frozen):
    """The rows and columns of the window that an output cell reads, and the steps between neighbours."""

    size: tuple[int, ...]
    stride: tuple[int, ...]


class LayerInfo(Frozen):
    """A column of the stage: the input, a layer or the loss.

    `title` is its name in words ("Convolution 1") and `summary` its settings in a few words. `form` says how
    to show it. `formula`, `forward` and `backward` describe its op. `source` is the name of the layer whose
    output it reads, null for the input; `skip` that of the second one, null without a skip connection.
    `window` is null for the input and the loss.
    """

    name: str
    title: str
    summary: str
    form: Form
    kind: str
    source: str | None
    skip: str | None
    shape: tuple[int, ...]
    window: Extent | None
    parameters: int
    formula: str
    forward: str
    backward: str
    tensors: tuple[TensorInfo, ...]


class Rates(Frozen):
    """The learning rate over a whole run: `values` at evenly spaced `iterations` and at those of edits."""

    iterations: TypedArray
    values: TypedArray


class Run(Frozen):
    """A run: its recipe, its columns, and the order of the micro-steps in each iteration.

    `classes` is empty where examples have targets instead. `answer` is the name of the tensor with the
    network's answer, one cell for each class or target. The run is evaluated on `evaluated_examples` examples
    of the split `monitored`: validation, or test without validation examples. `colours` are the numbers of
    dark and bright where the input channels are red, green and blue. `rates` is null where the learning rate
    is constant. `frame_cells` is the most cells of a frame in shades. `edit_words` has a sentence for each
    edit of the recipe. `drawable` is true where a drawing can become an example.
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
    frame_cells: int
    edit_words: tuple[str, ...]
    drawable: bool


class Divergence(Frozen):
    """The first iteration with a number that is not finite, and its first tensor with such a number."""

    iteration: int
    tensor: str
    message: str


class Stopped(Frozen):
    """Early stopping ended the run after `iteration` iterations. The lowest loss on the monitored split was
    `best_loss`, after `best` iterations."""

    iteration: int
    best: int
    best_loss: float
    message: str


class Progress(Frozen):
    """The progress of a run: `computed` iterations, and the `losses` of iteration `since` and all later ones.

    Replies and events can arrive out of order. Of two with the same `source`, the one with the larger
    `sequence` is newer. A run that is evicted and created again has another source.
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

    `nonfinite` is the number of cells that are not finite. `computed` is 1 for each cell that is computed at
    the moment, else 0; null where all cells are computed.
    """

    name: str
    data: TypedArray
    minimum: float | None
    maximum: float | None
    nonfinite: int
    computed: TypedArray | None = None


class Example(Frozen):
    """One example of a batch: its number in the training set (null for an edited-in picture) and its class.

    `truth` differs from `label` where the recipe assigns a wrong label.
    """

    index: int | None
    label: int | None
    truth: int | None


class IterationHead(Frozen):
    """One computed iteration, read for one example.

    `examples` are the examples of the batch, and `example` is the slot of the one that it is read for. If
    this is a training example outside the batch, `looked_at` describes it (else null) and `example` is 0:
    its numbers are those of a separate pass, in which it replaces the first example of the batch. Nothing is
    trained on it. The gradients and changes of parameters are always those of the batch. `loss` is the mean
    loss of the batch; null if it is not finite.

    `targets` are the targets of the example, one for each cell of the network's last output. `update` is a
    sentence about the optimizer, without its full stop.
    """

    run: str
    iteration: int
    epoch: int
    example: int
    examples: tuple[Example, ...]
    looked_at: Example | None
    learning_rate: float
    update: str
    loss: float | None
    targets: tuple[float, ...]


class Iteration(IterationHead):
    """One computed iteration, with the requested tensors for one example of its batch."""

    tensors: tuple[Tensor, ...]


class Cells(Frozen):
    """Cells of a tensor, as row-major numbers."""

    name: str
    cells: tuple[int, ...]


class Window(Frozen):
    """One micro-step: the cells that it reads and writes, and the partial sums after it."""

    reads: tuple[Cells, ...]
    writes: tuple[Cells, ...]
    partial: tuple[Tensor, ...]


class StepCommand(Frozen):
    """Compute `count` more iterations."""

    count: int = Field(default=1, ge=1, le=100_000)


class RunCommand(Frozen):
    """Train in the background, at `rate` iterations per second (null: at full speed).

    Training stops after `until` iterations in all (null: at the end of the run) or, with an `accuracy`
    (0..1), when an evaluation reaches it.
    """

    rate: float | None = Field(default=None, gt=0, le=1e9)
    until: int | None = Field(default=None, ge=0)
    accuracy: float | None = Field(default=None, gt=0, le=1)


class SeekCommand(Frozen):
    """Compute all iterations up to and including `iteration`."""

    iteration: int = Field(ge=0)


class ReachCommand(Frozen):
    """The tensors to return of an iteration: for the example in slot `example` of its batch, or for training
    example `look`.

    `names` are names or patterns. The progress of the reply has the losses from iteration `since` on.
    """

    names: tuple[str, ...] = Field(default=(), max_length=256)
    example: int = Field(default=0, ge=0)
    look: int | None = Field(default=None, ge=0)
    since: int = Field(default=0, ge=0)


class Reached(Frozen):
    """An iteration, and the progress of its run after computing it."""

    progress: Progress
    iteration: Iteration
