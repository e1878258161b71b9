"""Routes of uploads: the body of a request is a file, and the reply is a draft of the data set."""

from collections.abc import Callable
from typing import IO, Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import AfterValidator

from server.data.uploads.columns import label_choice
from server.data.uploads.encodings import Encoding
from server.data.uploads.number_format import Decimal
from server.data.uploads.pictures import MAX_SIDE, MIN_SIDE, Fit, Ground, PictureOptions, from_zip
from server.data.uploads.signals import SignalOptions, from_csv
from server.data.uploads.table_text import MAX_TEXT
from server.data.uploads.upload import Upload
from server.web.body_limits import TABLE
from server.web.routes.dependencies import resource
from server.web.settings import UPLOADS
from server.web.uploads import Uploads
from server.wire.messages.data import OwnDraft

router = resource(UPLOADS.rstrip("/"))


async def server_uploads(request: Request) -> Uploads:
    """The uploads of this server."""
    store: Uploads = request.app.state.uploads
    return store


ServerUploads = Annotated[Uploads, Depends(server_uploads)]


def _body(kind: str) -> dict[str, Any]:
    """The OpenAPI description of a body that is a file."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": content}}


EncodingChoice = Annotated[Encoding, Query(description="The encoding of letters that are not UTF-8.")]


@router.put("/pictures", openapi_extra=_body("application/octet-stream"))
async def upload_pictures(
    request: Request,
    uploads: ServerUploads,
    side: Annotated[
        int, Query(ge=MIN_SIDE, le=MAX_SIDE, description="The rows and columns of each picture.")
    ] = 28,
    colour: bool = False,
    fit: Annotated[Fit, Query(description="pad: all of a picture, with margins. crop: its middle.")] = "pad",
    inverted: Annotated[bool, Query(description="1 stands for dark instead of bright.")] = False,
    ground: Annotated[Ground, Query(description="The colour of transparent parts.")] = "detect",
    encoding: EncodingChoice = "detect",
    outer: Annotated[bool, Query(description="The outermost folders name the classes.")] = False,
) -> OwnDraft:
    """Make a draft from a zip file of pictures with one subfolder for each class.

    POST /api/data/{name} keeps the draft.
    """
    options = PictureOptions(side, colour, fit, inverted, ground, encoding, outer)
    return await uploads.receive(request, lambda file, go_on: from_zip(file, options, go_on))


@router.put("/signals", openapi_extra=_body("text/csv"), max_body_size=TABLE)
async def upload_signals(
    request: Request,
    uploads: ServerUploads,
    label: Annotated[
        str,
        AfterValidator(label_choice),
        Query(description="The column of the class: detect, first, last, or its number, counted from 1."),
    ] = "detect",
    normalise: Annotated[bool, Query(description="Divide all numbers by the largest absolute value.")] = True,
    encoding: EncodingChoice = "detect",
    decimal: Annotated[Decimal, Query(description="The decimal mark of the numbers.")] = "detect",
    all_columns: Annotated[
        bool, Query(description="Keep columns that only count, date or name the rows.")
    ] = False,
    pictures: Annotated[bool, Query(description="Read each row as a square picture.")] = False,
) -> OwnDraft:
    """Make a draft from a table with one signal in each row. POST /api/data/{name} keeps the draft."""
    options = SignalOptions(label, normalise, encoding, decimal, all_columns, pictures)

    def make(file: IO[bytes], go_on: Callable[[], None]) -> Upload:
        return from_csv(file.read(MAX_TEXT + 1), options, go_on)

    return await uploads.receive(request, make)
