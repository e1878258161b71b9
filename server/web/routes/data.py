"""Routes of data sets: the sets, their examples, and downloads."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from server.data.sets.sources import SOURCES, SourceName
from server.data.uploads import store
from server.errors import Refusal
from server.recipe.dataset_names import DatasetName, UploadName
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.web.body_limits import RECIPE, TITLE
from server.web.downloads import Downloads
from server.web.routes.dependencies import resource
from server.web.routes.uploads import ServerUploads
from server.wire import encode
from server.wire.messages.data import DatasetDetail, DatasetInfo, Examples, KeepCommand, Preview

router = resource("/api/data")


async def server_downloads(request: Request) -> Downloads:
    """The downloads of this server."""
    store: Downloads = request.app.state.downloads
    return store


ServerDownloads = Annotated[Downloads, Depends(server_downloads)]


@router.get("")
def read_datasets(downloads: ServerDownloads) -> tuple[DatasetInfo, ...]:
    """All data sets, uploads last, with the progress of their downloads."""
    choices = (encode.data.info(name, downloads.of(name)) for name in encode.data.CHOICES)
    return (*choices, *map(encode.data.kept_info, store.saved()))


@router.post("/preview", max_body_size=RECIPE)
def preview_data(recipe: Recipe) -> Preview:
    """The first training examples of a recipe, before and after preprocessing and augmentation."""
    return encode.data.preview(recipe)


SplitName = Annotated[Split, Path(description="The split of the data.")]
Start = Annotated[int, Query(ge=0)]
Count = Annotated[int, Query(ge=1, le=200)]
Label = Annotated[int | None, Query(ge=0, description="Only examples of this class, by its number.")]


@router.post("/examples/{part}", max_body_size=RECIPE)
def read_divided_examples(
    recipe: Recipe, part: SplitName, start: Start = 0, count: Count = 60, label: Label = None
) -> Examples:
    """A page of the examples of a split, as a recipe divides the data: of all classes, or of one."""
    return _examples(recipe, part, start, count, label)


@router.get("/{dataset}")
def read_dataset(dataset: encode.data.Choice, downloads: ServerDownloads) -> DatasetDetail:
    """A data set: the number of examples of each class, their means, and a recipe that learns it."""
    return encode.data.detail(dataset, downloads.of(dataset))


@router.post("/{dataset}", status_code=201, max_body_size=TITLE)
def keep_dataset(dataset: UploadName, command: KeepCommand, uploads: ServerUploads) -> DatasetInfo:
    """Keep a draft, the result of an upload, as a data set on this machine."""
    data = uploads.draft(dataset)
    info = encode.data.kept_info(store.save(data, command.title))
    uploads.forget(dataset)
    return info


@router.delete("/{dataset}")
def delete_dataset(dataset: UploadName, downloads: ServerDownloads) -> tuple[DatasetInfo, ...]:
    """Delete an uploaded data set. Runs that use it go on. The reply lists all data sets that are left."""
    store.delete(dataset)
    return read_datasets(downloads)


@router.get("/{dataset}/{part}")
def read_examples(
    dataset: DatasetName,
    part: SplitName,
    start: Start = 0,
    count: Count = 60,
    label: Label = None,
) -> Examples:
    """A page of the examples of a split, from place `start` on: of all classes, or of one."""
    return _examples(Recipe(dataset=dataset), part, start, count, label)


def _examples(recipe: Recipe, split: Split, start: int, count: int, label: int | None) -> Examples:
    examples = encode.data.examples(recipe, split, start, count, label)
    if start >= examples.total:
        last = f"the last place is {examples.total - 1}" if examples.total else "there is none"
        which = "" if label is None else f" of class {label}"
        raise Refusal(
            f"Of the {split} examples{which} of {recipe.dataset} {last}.", "start", code="beyond_the_end"
        )
    return examples


@router.post("/{dataset}/download")
def start_download(dataset: SourceName, downloads: ServerDownloads) -> DatasetInfo:
    """Start to download a data set that is not on this machine. GET /api/data tells its progress."""
    if not encode.data.info(dataset, None).ready:
        downloads.start(SOURCES[dataset])
    return encode.data.info(dataset, downloads.of(dataset))


@router.delete("/{dataset}/download")
def stop_download(dataset: SourceName, downloads: ServerDownloads) -> DatasetInfo:
    """Stop a download. Incomplete files are deleted. The download can be started again at any time."""
    downloads.stop(dataset)
    return encode.data.info(dataset, downloads.of(dataset))
