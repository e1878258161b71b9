"""Data sets and uploads."""

from pydantic import Field

from server.frozen import Frozen
from server.recipe.dataset_names import DatasetName
from server.recipe.recipe import Recipe
from server.wire.messages.arrays import TypedArray


class Examples(Frozen):
    """A page of the examples of a split, or of one of its classes.

    `numbers` are the numbers of the examples in the data set, `labels` their true classes (null without
    classes). `total` is the number of examples to page through, `counts` the examples of each class in the
    whole split.
    """

    start: int
    total: int
    numbers: tuple[int, ...]
    images: TypedArray
    labels: tuple[int | None, ...]
    signed: bool
    counts: tuple[int, ...]


class Download(Frozen):
    """A running or ended download: `done` of `total` bytes, and the `problem` if it failed."""

    done: int
    total: int
    running: bool
    problem: str | None


class DatasetInfo(Frozen):
    """A data set to choose: its title, its classes, the meaning and the shape of its inputs.

    A data set that is not `ready` must be downloaded first (`download_bytes`). The numbers of examples are
    null where they lie in files that are not read yet. `base` is the data set that an upload extends, if any.
    """

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
    """An upload as a data set that is not kept yet.

    `name` is a function of the content. `counts` are the examples of each class; `images` are some of them,
    with their `labels`. `left_out` gives the reasons for the first of `left_out_count` files that are not
    taken; `ignored` counts the files that only file managers add.
    """

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
    """A data set: the number of training and test examples of each class, the mean of each class's training
    examples (classes, *shape), and a recipe that learns it."""

    info: DatasetInfo
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    means: TypedArray
    signed: bool
    recipe: Recipe


class Preview(Frozen):
    """The first training examples of a recipe, as they are stored and as inputs of iteration 0.

    `labels` are the classes that the recipe assigns, `truths` the true ones, `counts` the training examples
    of each class. `colours` as in `Run`.
    """

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


class KeepCommand(Frozen):
    """Keep an upload as a data set with this title."""

    title: str = Field(max_length=200)
