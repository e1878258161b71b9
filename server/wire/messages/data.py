"""Data sets: what there is to train on, and one's own."""

from pydantic import Field

from server.frozen import Frozen
from server.recipe.dataset_names import DatasetName
from server.recipe.recipe import Recipe
from server.wire.messages.arrays import TypedArray


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
    """A running or ended download: `done` of `total` bytes, and the `problem` if it failed."""

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
    """A data set: the number of training and test examples of each class, the mean of each class's training
    examples (classes, *shape), and a recipe that learns it."""

    info: DatasetInfo
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    means: TypedArray
    signed: bool
    recipe: Recipe


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


class KeepCommand(Frozen):
    """Keep a data set of one's own, under this title."""

    title: str = Field(max_length=200)
