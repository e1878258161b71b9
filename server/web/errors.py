"""Every refusal in one shape: an `ErrorReply` with a sentence that a person can act on."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from server.data.errors import DataUnavailable, PictureError, UploadError
from server.explain.convolution.view import NotSlid
from server.explain.tensors import UnknownCell, UnknownExample, UnknownLayer, UnknownParameter, UnknownTensor
from server.explain.timeline import UnknownMoment
from server.probe.comparison import Incomparable
from server.recipe.errors import Fault
from server.recipe.picture import UnfitPicture
from server.recipe.quoting import quoted, shortened
from server.web.settings import Settings
from server.wire.encode.runs import TooMuch
from server.wire.messages.errors import ErrorReply, Problem

TOO_LARGE = "too_large"

FIELDS: Mapping[type[Exception], str] = {
    Incomparable: "run",
    UnfitPicture: "picture",
    TooMuch: "names",
    UnknownTensor: "names",
    NotSlid: "name",
    UnknownExample: "example",
    UnknownMoment: "done",
    UnknownCell: "cell",
    UnknownLayer: "layer",
    UnknownParameter: "parameter",
}


class Refusal(Exception):
    """A request that cannot be granted: the status, code, sentence and field of its reply."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field


def reply(
    status: int, code: str, message: str, field: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The reply for one problem. Text that is not valid Unicode, which JSON cannot carry, is escaped."""
    problem = Problem(code=code, message=_printable(message), field=field and _printable(field))
    body = ErrorReply(error=problem).model_dump_json()
    return Response(body, status, headers, media_type="application/json")


def too_large(max_body: int) -> str:
    """The sentence about a body above the limit."""
    return f"The body of a request may have at most {max_body} bytes."


def install(app: FastAPI, settings: Settings) -> None:
    """Give every error of `app` the one shape."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> Response:
        return reply(error.status, error.code, error.message, error.field)

    @app.exception_handler(Fault)
    async def impossible(request: Request, error: Fault) -> Response:
        return reply(422, "invalid", str(error), error.field)

    @app.exception_handler(DataUnavailable)
    async def unavailable(request: Request, error: DataUnavailable) -> Response:
        return reply(409, "no_data", str(error), "dataset")

    @app.exception_handler(PictureError)
    async def unreadable(request: Request, error: PictureError) -> Response:
        return reply(422, "picture", str(error))

    @app.exception_handler(UploadError)
    async def unusable(request: Request, error: UploadError) -> Response:
        return reply(422, "unusable", str(error))

    @app.exception_handler(Incomparable)
    @app.exception_handler(NotSlid)
    @app.exception_handler(UnfitPicture)
    @app.exception_handler(TooMuch)
    @app.exception_handler(UnknownTensor)
    @app.exception_handler(UnknownExample)
    @app.exception_handler(UnknownMoment)
    @app.exception_handler(UnknownCell)
    @app.exception_handler(UnknownLayer)
    @app.exception_handler(UnknownParameter)
    async def unknown(request: Request, error: ValueError) -> Response:
        return reply(422, "invalid", str(error), _at_fault(FIELDS[type(error)], request))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return _invalid(error.errors(), error.body)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code, message = _http(request, error, settings)
        return reply(error.status_code, code, message, headers=error.headers)

    @app.exception_handler(Exception)
    async def internal(request: Request, error: Exception) -> Response:
        return reply(
            500, "internal", "The server made a mistake. Its log says more; the run can be read as before."
        )


def _http(request: Request, error: HTTPException, settings: Settings) -> tuple[str, str]:
    path = quoted(request.scope["path"])
    match error.status_code:
        case 404:
            return "not_found", f"There is nothing at {path}. /openapi.json lists what there is."
        case 405:
            method, allowed = shortened(request.method), (error.headers or {}).get("Allow", "another method")
            return "method_not_allowed", f"{path} does not take {method}; it takes {allowed}."
        case 413:
            return TOO_LARGE, too_large(settings.body_limit(request.method, request.scope["path"]))
        case _:
            return "bad_request", f"The request could not be read: {error.detail}."


def _at_fault(field: str, request: Request) -> str:
    """The input's name in this request: of several tensors or one, of windows, a moment or a position."""
    others = {"names": ("name",), "done": ("cell", "position")}
    names = (field, *others.get(field, ()))
    return next((name for name in names if name in request.query_params), field)


def _invalid(errors: Sequence[Mapping[str, Any]], body: Any) -> Response:
    first = errors[0]
    if first["type"] == "json_invalid":
        place = first["loc"][-1]
        return reply(
            400, "malformed_json", f"The body is not JSON: {first['ctx']['error']} at character {place}."
        )
    if isinstance(first["input"], bytes):
        return reply(
            415, "not_json", "Send the body as JSON, with the header Content-Type: application/json."
        )
    field = _field(first, body)
    message = _sentence([error for error in errors if _field(error, body) == field], field or "The body")
    return reply(422, "invalid", message, field)


def _field(error: Mapping[str, Any], body: Any) -> str | None:
    """The input at fault, as "network.3.filters": the steps of the error's path that lead through the input.

    The others are pydantic's own: the branch of a union that it tried.
    """
    where, *path = error["loc"]
    if where != "body":
        return ".".join(str(step) for step in path if step is path[0] or isinstance(step, int))
    steps, value = [], body
    for step in path:
        if (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int)):
            steps.append(shortened(str(step)))
            value = value[step]
    if error["type"] == "missing":
        steps.append(shortened(str(path[-1])))
    return ".".join(steps) or None


def _sentence(errors: Sequence[Mapping[str, Any]], name: str) -> str:
    """What is wrong with the input called `name`, and what would be right; a union has an error a branch."""
    first, context = errors[0], errors[0].get("ctx", {})
    match first["type"]:
        case "union_tag_invalid":
            known = context["expected_tags"].replace("'", "")
            return f"{name}: there is no {quoted(context['tag'])}; the known kinds are {known}."
        case "union_tag_not_found":
            return f"{name} needs a {context['discriminator']}."
        case "value_error":
            return str(context["error"])
        case "missing":
            return f"{name} is missing."
        case "extra_forbidden" | "unexpected_keyword_argument":
            return f"There is no setting {name}."
    wishes = [error["msg"].partition(", unable")[0] for error in errors]
    if not wishes[0].startswith("Input should be "):
        return f"{name}: {wishes[0]}."
    wanted = " or ".join(dict.fromkeys(wish.removeprefix("Input should be ") for wish in wishes))
    return f"{name} should be {wanted}, not {quoted(first['input'])}."


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
