"""Routes of pictures that become inputs. Pictures are not stored."""

from typing import Annotated

from anyio import to_thread
from fastapi import Path, Query, Request

from server.data.pictures.corrections import MAX_THICKER, Corrections
from server.web.body_limits import COLLECTION, PICTURE_FILE
from server.web.routes.dependencies import READING, Store, resource
from server.web.settings import UPLOADS
from server.wire import encode
from server.wire.messages.data import DatasetInfo
from server.wire.messages.digits import Collection, DigitReading

router = resource(UPLOADS.rstrip("/"))

Fraction = Annotated[float, Query(ge=0, le=1)]


@router.put(
    "/digit/{dataset}",
    max_body_size=PICTURE_FILE,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def read_digit(
    request: Request,
    store: Store,
    dataset: Annotated[str, Path(max_length=80)],
    left: Fraction = 0,
    top: Fraction = 0,
    right: Fraction = 1,
    bottom: Fraction = 1,
    inverted: bool = False,
    thicker: Annotated[int, Query(ge=-MAX_THICKER, le=MAX_THICKER)] = 0,
    keep_lines: bool = False,
    chosen: Annotated[
        int | None, Query(ge=0, description="Which of several digits, from left to right.")
    ] = None,
    side: Annotated[
        int, Query(ge=16, le=512, description="How large the stages are drawn, in pixels.")
    ] = 192,
) -> DigitReading:
    """Convert the digit in a picture (the body: PNG, JPEG, WebP) into an input of a data set of digits.

    `left`, `top`, `right` and `bottom` crop the picture, as fractions of its size. The others are corrections
    of the conversion.
    """
    crop = (left, top, right, bottom)
    corrections = Corrections(
        crop=None if crop == (0, 0, 1, 1) else crop,
        inverted=inverted,
        thicker=thicker,
        keep_lines=keep_lines,
        chosen=chosen,
    )
    data = await request.body()
    return await to_thread.run_sync(
        encode.digits.reading, data, dataset, corrections, side, limiter=store.reading
    )


@router.put("/collection", dependencies=[READING], max_body_size=COLLECTION)
def keep_collection(collection: Collection) -> DatasetInfo:
    """Keep a collection of digits as a data set to train on. Equal collections get the same name."""
    return encode.digits.collected(collection)
