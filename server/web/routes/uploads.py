"""The JSON API of data of one's own: a file is a request's body, and what it becomes is looked at first."""

from collections.abc import Callable
from typing import IO, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from server.data.uploads.csv_table import MAX_TEXT
from server.data.uploads.pictures import MAX_SIDE, MIN_SIDE, Fit, PictureOptions, from_zip
from server.data.uploads.signals import Column, SignalOptions, from_csv
from server.data.uploads.upload import Upload
from server.web.routes.dependencies import REFUSED
from server.web.settings import UPLOADS
from server.web.uploads import Uploads
from server.wire.messages.data import OwnDraft

router = APIRouter(prefix=UPLOADS.rstrip("/"), responses=REFUSED)


async def uploads(request: Request) -> Uploads:
    """The uploads of the server that is asked."""
    store: Uploads = request.app.state.uploads
    return store


Coming = Annotated[Uploads, Depends(uploads)]


def _body(kind: str) -> dict[str, Any]:
    """What OpenAPI says of a body that is a file."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": content}}


@router.put("/pictures", openapi_extra=_body("application/octet-stream"))
async def upload_pictures(
    request: Request,
    coming: Coming,
    side: Annotated[int, Query(ge=MIN_SIDE, le=MAX_SIDE, description="Rows and columns of each.")] = 28,
    colour: bool = False,
    fit: Annotated[Fit, Query(description="All of a picture with margins, or its middle.")] = "pad",
    inverted: Annotated[bool, Query(description="Dark is 1 instead of bright.")] = False,
) -> OwnDraft:
    """What a zip of pictures becomes, one subfolder for each class. POST to /api/data/{name} keeps it."""
    options = PictureOptions(side, colour, fit, inverted)
    return await coming.receive(request, lambda file, go_on: from_zip(file, options, go_on))


@router.put("/signals", openapi_extra=_body("text/csv"))
async def upload_signals(
    request: Request,
    coming: Coming,
    label: Annotated[Column, Query(description="The column of the class.")] = "detect",
    normalise: Annotated[bool, Query(description="Divide all numbers by the largest.")] = True,
) -> OwnDraft:
    """What a CSV file becomes, with a signal in each row. POST to /api/data/{name} keeps it."""
    options = SignalOptions(label, normalise)

    def make(file: IO[bytes], go_on: Callable[[], None]) -> Upload:
        return from_csv(file.read(MAX_TEXT + 1), options, go_on)

    return await coming.receive(request, make)
