"""JSON bodies as messages: checked for their size before they are parsed, and parsed in a thread if large.

JSON types are not converted: true is not a number, and neither is "5".
"""

import json
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any

from anyio import to_thread
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from server.errors import Refusal

INLINE = 64 * 1024
"""Bodies of more bytes are parsed in a thread, so that the server answers other requests meanwhile."""
MAX_CONTAINERS = 4096
"""The maximum number of lists and objects. The largest valid body is a collection of 1,000 digits."""
MAX_NAMES = 8192
"""The maximum number of names in objects. The largest valid body is a recipe with 256 edits of 5 names."""
MAX_VALUES = 150_000
"""The maximum number of values. The largest valid body is a recipe full of one-digit numbers."""

_NO_MESSAGE = 0
"""A body that is invalid for every message."""


class JsonRoute(APIRoute):
    """A route that parses its JSON body with strict types. The framework reads all other parts."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route's requests."""
        answer = super().get_route_handler()
        if self.body_field is None:
            return answer
        message = TypeAdapter[Any](self.body_field.field_info.annotation or Any)

        async def handler(request: Request) -> Response:
            if not _is_json(request.headers.get("content-type", "")):
                return await answer(request)
            try:
                body = await request.body()
            except ClientDisconnect:
                raise Refusal(
                    "The client closed the connection before the request was complete.", code="broken_off"
                ) from None
            try:
                value = await _message(request, message, body)
            except RequestValidationError as error:
                invalid = error
            else:
                return await answer(_Read(request, body, value))
            # An error in the path comes first: a missing run explains more than an invalid command.
            try:
                return await answer(_Read(request, body, _NO_MESSAGE))
            except RequestValidationError as error:
                raise (invalid if error.errors()[0]["loc"][0] == "body" else error) from None

        return handler


class _Read(Request):
    """A request whose body is already parsed into a message."""

    def __init__(self, request: Request, body: bytes, message: Any) -> None:
        super().__init__(request.scope, request.receive)
        self.content, self.message = body, message

    async def body(self) -> bytes:
        return self.content

    async def json(self) -> Any:
        return self.message


def read(message: TypeAdapter[Any], body: bytes) -> Any:
    """The message in a JSON body. Raises RequestValidationError, or Refusal if the body is not JSON."""
    try:
        return message.validate_json(body, strict=True)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    if problems[0]["type"] == "json_invalid":
        raise _not_json(body, problems[0]["msg"])
    raise RequestValidationError(
        [{**problem, "loc": ("body", *problem["loc"])} for problem in problems], body=from_json(body)
    )


def check_size(body: bytes) -> None:
    """Raise Refusal for a body with more parts than any valid one.

    Parsing and validation take time and memory for each part. This check counts bytes, which takes about a
    millisecond for each megabyte. It also counts brackets, colons and commas inside strings.
    """
    for count, most, what in (
        (body.count(b"[") + body.count(b"{"), MAX_CONTAINERS, "lists and objects"),
        (body.count(b":"), MAX_NAMES, "names"),
        (body.count(b","), MAX_VALUES, "values"),
    ):
        if count > most:
            raise Refusal(
                f"The body has about {count:,} {what}; a request may have at most {most:,}.", code="too_large"
            )


async def _message(request: Request, message: TypeAdapter[Any], body: bytes) -> Any:
    """The message in a body; None for an empty body, which the framework handles."""
    if not body:
        return None
    check_size(body)
    if len(body) <= INLINE:
        return read(message, body)
    return await to_thread.run_sync(read, message, body, limiter=request.app.state.parsing)


def _is_json(content_type: str) -> bool:
    header = Message()
    header["content-type"] = content_type
    subtype = header.get_content_subtype()
    return header.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))


def _not_json(body: bytes, reason: str) -> Refusal:
    """The refusal of a body that is not JSON. Python's parser finds the position of the error."""
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return Refusal(f"The body is not JSON: {error.msg} at character {error.pos}.", code="malformed_json")
    except (ValueError, RecursionError):
        return Refusal(
            "The body could not be read. It should be JSON in UTF-8, without deep nesting.",
            code="bad_request",
        )
    return Refusal(f"The body is not strict JSON: {reason.partition(': ')[2]}.")
