"""Data sets, their examples and uploads as messages."""

from dataclasses import asdict
from typing import Literal, cast, get_args

import numpy as np

from server.data import is_ready, load
from server.data.dataset import Dataset
from server.data.sets.sources import SOURCES, SourceName
from server.data.summary import summarise
from server.data.uploads import store
from server.data.uploads.upload import Upload, is_upload
from server.nn.arrays import Cells
from server.recipe.batches import training_inputs
from server.recipe.dataset_names import UploadName
from server.recipe.defaults import suggested
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.recipe.splits import Split, examples_of
from server.wire.encode.arrays import typed_array
from server.wire.encode.runs import labels
from server.wire.messages.arrays import TypedArray
from server.wire.messages.data import DatasetDetail, DatasetInfo, Download, Examples, OwnDraft, Preview

BuiltInChoice = Literal["digits", "drawn", "handwriting", "lines", "signals", "shapes", SourceName]
Choice = BuiltInChoice | UploadName
CHOICES = cast(tuple[BuiltInChoice, ...], get_args(BuiltInChoice))
"""The data sets that the page offers, simple ones first. Worked examples use the others."""
PREVIEWED = 8
"""The number of examples in a preview."""
MAX_SHOWN, MAX_SHOWN_OF_CLASS = 60, 8
"""The most examples that a draft shows: of all classes, and of each."""


def info(name: Choice, download: Download | None) -> DatasetInfo:
    """The description of a data set; its files are not read. Raises DataUnavailable for a deleted upload."""
    if is_upload(name):
        return kept_info(store.find(name))
    source = SOURCES.get(name)
    if source is not None:
        ready = is_ready(name)
        # The files on this machine may be a subset of the published ones.
        train, test = (None, None) if ready else source.examples
        return DatasetInfo(
            name=name,
            title=source.title,
            about=source.about,
            classes=source.classes,
            shape=source.shape,
            train_examples=train,
            test_examples=test,
            ready=ready,
            download_bytes=source.size,
            download=download,
        )
    dataset = load(name)
    return DatasetInfo(
        name=name,
        title=dataset.title,
        about=dataset.about,
        classes=dataset.classes,
        shape=dataset.shape,
        train_examples=dataset.train_examples,
        test_examples=dataset.test_examples,
        ready=True,
        download_bytes=None,
        download=None,
    )


def kept_info(kept: store.SavedUpload) -> DatasetInfo:
    """The description of a saved upload."""
    return DatasetInfo(**asdict(kept), ready=True, download_bytes=None, download=None)


def draft(name: str, data: Upload) -> OwnDraft:
    """An upload that is not saved yet, with some examples of each class."""
    each = max(1, min(MAX_SHOWN_OF_CLASS, MAX_SHOWN // len(data.classes)))
    shown = [np.flatnonzero(data.labels == label)[:each] for label in range(len(data.classes))]
    chosen = np.concatenate(shown)
    return OwnDraft(
        name=name,
        about=data.about,
        classes=data.classes,
        counts=data.counts,
        shape=data.inputs.shape[1:],
        signed=data.signed,
        images=typed_array((data.inputs[chosen] * data.scale).astype(np.float32)),
        labels=tuple(data.labels[chosen].tolist()),
        left_out=data.left_out,
        left_out_count=data.left_out_count,
        ignored=data.ignored,
        doubts=data.doubts,
    )


def detail(name: Choice, download: Download | None) -> DatasetDetail:
    """A data set with its class counts and means. Raises DataUnavailable."""
    dataset = load(name)
    whole = summarise(dataset)
    counts = {"train_examples": dataset.train_examples, "test_examples": dataset.test_examples}
    return DatasetDetail(
        info=info(name, download).model_copy(update=counts),
        train_counts=whole.train_counts,
        test_counts=whole.test_counts,
        means=typed_array(whole.means.astype(np.float32)),
        signed=dataset.signed,
        recipe=suggested(name, dataset),
    )


def preview(recipe: Recipe) -> Preview:
    """The first training examples of a recipe, stored and preprocessed.

    Raises RecipeError, DataUnavailable.
    """
    planned = plan(recipe)
    dataset, chosen = planned.dataset, planned.training[:PREVIEWED]
    x, targets = training_inputs(planned, chosen, 0)
    truths = dataset.train_targets.argmax(axis=0)
    return Preview(
        numbers=tuple(chosen.tolist()),
        stored=typed_array(
            np.moveaxis(dataset.train_x[..., chosen] * dataset.scale, -1, 0).astype(np.float32)
        ),
        made=typed_array(np.moveaxis(x, -1, 0).astype(np.float32)),
        stored_signed=dataset.signed,
        made_signed=planned.network.input_signed,
        colours=planned.colours,
        labels=tuple(targets.argmax(axis=0).tolist()),
        truths=tuple(truths[chosen].tolist()),
        counts=tuple(np.bincount(truths[planned.training], minlength=dataset.targets).tolist()),
    )


def examples(recipe: Recipe, split: Split, start: int, count: int, label: int | None) -> Examples:
    """Up to `count` examples of a split from position `start` on: of the class `label`, or of all (None).

    The images (n, *shape) are not preprocessed. Raises DataUnavailable, RecipeError.
    """
    dataset = load(recipe.dataset)
    targets = dataset.test_targets if split == "test" else dataset.train_targets
    whole = of_class = examples_of(recipe, split)
    if label is not None:
        is_class = dataset.classes and label < len(dataset.classes)
        of_class = whole[targets[label, whole] > 0] if is_class else whole[:0]
    chosen = of_class[start : start + count]
    return Examples(
        start=start,
        total=of_class.size,
        numbers=tuple(chosen.tolist()),
        images=images(dataset, split, chosen),
        labels=labels(dataset, targets[:, chosen]),
        signed=dataset.signed,
        counts=tuple(targets[:, whole].sum(axis=1).astype(int).tolist()) if dataset.classes else (),
    )


def images(dataset: Dataset, split: Split, chosen: Cells) -> TypedArray:
    """The examples `chosen` of a split, not preprocessed: (n, *shape), float32."""
    x = dataset.test_x if split == "test" else dataset.train_x
    return typed_array((np.moveaxis(x, -1, 0)[chosen] * dataset.scale).astype(np.float32))
