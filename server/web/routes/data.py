"""The JSON API of the data: the sets, what is in them, and those that can be downloaded."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from server.data.sets.sources import SOURCES, SourceName
from server.data.uploads import store
from server.errors import Refusal
from server.recipe.dataset_names import DatasetName, UploadName
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.web.downloads import Downloads
from server.web.routes.dependencies import REFUSED
from server.web.routes.uploads import Coming
from server.wire import encode
from server.wire.messages.data import DatasetDetail, DatasetInfo, Examples, KeepCommand, Preview

router = APIRouter(prefix="/api/data", responses=REFUSED)


async def downloads(request: Request) -> Downloads:
    """The downloads of the server that is asked."""
    store: Downloads = request.app.state.downloads
    return store


Bringing = Annotated[Downloads, Depends(downloads)]


@router.get("")
def read_datasets(bringing: Bringing) -> tuple[DatasetInfo, ...]:
    """The data sets to choose from, one's own last, and how those that are being downloaded come along."""
    choices = (encode.data.info(name, bringing.of(name)) for name in encode.data.CHOICES)
    return (*choices, *map(encode.data.kept_info, store.saved()))


@router.post("/preview")
def preview_data(recipe: Recipe) -> Preview:
    """What a recipe's preprocessing and augmentation make of its first training examples."""
    return encode.data.preview(recipe)


PartName = Annotated[Split, Path(description="The part of the data.")]
Start = Annotated[int, Query(ge=0)]
Count = Annotated[int, Query(ge=1, le=200)]
Label = Annotated[int | None, Query(ge=0, description="Only those of this class, by its number.")]


@router.post("/examples/{part}")
def read_divided_examples(
    recipe: Recipe, part: PartName, start: Start = 0, count: Count = 60, label: Label = None
) -> Examples:
    """Some examples of one part of the data, as a recipe divides them: of all of them, or of one class."""
    return _examples(recipe, part, start, count, label)


@router.get("/{dataset}")
def read_dataset(dataset: encode.data.Choice, bringing: Bringing) -> DatasetDetail:
    """A data set as a whole: how many examples of each class, their means, and a recipe that learns it."""
    return encode.data.detail(dataset, bringing.of(dataset))


@router.post("/{dataset}", status_code=201)
def keep_dataset(dataset: UploadName, command: KeepCommand, uploads: Coming) -> DatasetInfo:
    """Keep a data set of one's own, that an upload became, on this machine; its name leads to it."""
    data = uploads.draft(dataset)
    info = encode.data.kept_info(store.save(data, command.title))
    uploads.forget(dataset)
    return info


@router.delete("/{dataset}")
def delete_dataset(dataset: UploadName, bringing: Bringing) -> tuple[DatasetInfo, ...]:
    """Delete a kept data set of one's own. A run that has it goes on; what is left is the reply."""
    store.delete(dataset)
    return read_datasets(bringing)


@router.get("/{dataset}/{part}")
def read_examples(
    dataset: DatasetName,
    part: PartName,
    start: Start = 0,
    count: Count = 60,
    label: Label = None,
) -> Examples:
    """Some examples of one part: of all of them, or of those of one class, from place `start` on."""
    return _examples(Recipe(dataset=dataset), part, start, count, label)


def _examples(recipe: Recipe, part: Split, start: int, count: int, label: int | None) -> Examples:
    examples = encode.data.examples(recipe, part, start, count, label)
    if start >= examples.total:
        last = f"the last place is {examples.total - 1}" if examples.total else "there is none"
        which = "" if label is None else f" of class {label}"
        raise Refusal(
            f"Of the {part} examples{which} of {recipe.dataset} {last}.", "start", code="beyond_the_end"
        )
    return examples


@router.post("/{dataset}/download")
def start_download(dataset: SourceName, bringing: Bringing) -> DatasetInfo:
    """Begin to download a data set that is not here, once for all; GET /api/data tells how it comes along."""
    if not encode.data.info(dataset, None).ready:
        bringing.start(SOURCES[dataset])
    return encode.data.info(dataset, bringing.of(dataset))


@router.delete("/{dataset}/download")
def stop_download(dataset: SourceName, bringing: Bringing) -> DatasetInfo:
    """Stop a download. What was broken off leaves nothing behind; it can begin again at any time."""
    bringing.stop(dataset)
    return encode.data.info(dataset, bringing.of(dataset))
