"""Data sets and uploads."""

from pydantic import Field

from server.data.uploads.doubts import UploadDoubt
from server.frozen import Frozen
from server.recipe.dataset_names import DatasetName
from server.recipe.recipe import Recipe
from server.wire.messages.arrays import TypedArray


class Examples(Frozen):
    """A page of the examples of a split, or of one of its classes.

    `numbers` are the numbers of the examples in the data set. `labels` are their true classes, null where
    the data set has no classes. `total` is the number of examples in all pages. `counts` is the number of
    examples of each class in the whole split.
    """

    start: int
    total: int
    numbers: tuple[int, ...]
    images: TypedArray
    labels: tuple[int | None, ...]
    signed: bool
    counts: tuple[int, ...]


class Download(Frozen):
    """A download, running or ended. `done` and `total` are bytes. `problem` is null unless it failed."""

    done: int
    total: int
    running: bool
    problem: str | None


class DatasetInfo(Frozen):
    """A data set that a recipe can use: its title, its classes, and what its inputs are.

    `shape` is the shape of an input. A data set that is not `ready` must be downloaded first; the download
    has `download_bytes`. The numbers of examples are null until the data set's files are read. `base` is the
    data set that an upload extends, if any.
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
    """An uploaded data set that is not saved yet.

    `name` depends on the content only. `counts` is the number of examples of each class. `images` are some
    examples, with their `labels`. `left_out_count` files cannot be used; `left_out` gives the reasons for the
    first of them. `ignored` is the number of files that file managers add. `doubts` are assumptions.
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
    doubts: tuple[UploadDoubt, ...]


class DatasetDetail(Frozen):
    """A data set with its statistics, and a recipe that trains on it.

    `train_counts` and `test_counts` are the numbers of examples of each class. `means` (classes, *shape) are
    the means of each class's training examples.
    """

    info: DatasetInfo
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    means: TypedArray
    signed: bool
    recipe: Recipe


class Preview(Frozen):
    """The first training examples of a recipe: as they are stored, and as inputs of iteration 0 (`made`).

    `labels` are the classes that the recipe assigns, `truths` the true classes. `counts` is the number of
    training examples of each class. `colours` has the meaning that it has in `Run`.
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


class KeepCommand(Frozen):
    """Save an uploaded data set under a title."""

    title: str = Field(max_length=200)
