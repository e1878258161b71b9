"""Error replies: each is an `ErrorReply` with a sentence that a person can act on."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.errors import ErrorCode, Refusal
from server.recipe.quoting import quoted, shortened
from server.web.body_limits import BodyLimits
from server.wire.messages.errors import ErrorReply, Problem

STATUS: Mapping[ErrorCode, int] = {
    "bad_request": 400,
    "beyond_the_end": 422,
    "broken_off": 400,
    "diverged": 409,
    "finished": 409,
    "full": 503,
    "internal": 500,
    "invalid": 422,
    "malformed_json": 400,
    "method_not_allowed": 405,
    "no_data": 409,
    "no_draft": 404,
    "no_evaluation": 404,
    "no_such_leader": 404,
    "no_such_player": 404,
    "no_such_run": 404,
    "no_such_sweep": 404,
    "not_computed": 409,
    "not_found": 404,
    "not_http": 400,
    "not_json": 415,
    "not_yours": 403,
    "picture": 422,
    "stopped_early": 409,
    "too_large": 413,
    "too_many_running": 429,
    "too_many_uploads": 429,
    "unusable": 422,
    "wrong_host": 403,
    "wrong_origin": 403,
}

SYNONYMS: Mapping[str, Sequence[str]] = {"names": ("name",), "done": ("cell", "position")}
"""Other names that some requests have for an input."""


def reply(refusal: Refusal, headers: Mapping[str, str] | None = None, status: int | None = None) -> Response:
    """The reply to a refused request. `status` is that of the refusal's code unless given.

    Text that is not valid Unicode is escaped, because JSON cannot carry it.
    """
    field = refusal.field and _printable(refusal.field)
    problem = Problem(code=refusal.code, message=_printable(str(refusal)), field=field)
    body = ErrorReply(error=problem).model_dump_json()
    return Response(body, status or STATUS[refusal.code], headers, media_type="application/json")


def refused(request: Request, error: Refusal) -> Response:
    """The reply to a request that is refused, with the name that the request has for the input at fault."""
    if error.field is not None:
        error.field = _name_in(request, error.field)
    return reply(error)


def too_large(max_body: int) -> Refusal:
    """The refusal of a body above the limit, which is in bytes."""
    return Refusal(f"The body of this request may have at most {max_body:,} bytes.", code="too_large")


def install(app: FastAPI, limits: BodyLimits) -> None:
    """Reply to all errors of `app` with an `ErrorReply`."""

    @app.exception_handler(Refusal)
    async def refusal(request: Request, error: Refusal) -> Response:
        return refused(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return reply(_invalid(error.errors(), error.body))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405 and (methods := limits.methods(request.scope["path"])):
            # The framework lists only the methods of the first route with this path.
            error.headers = {**(error.headers or {}), "Allow": ", ".join(methods)}
        return reply(_http(request, error, limits), error.headers, error.status_code)

    @app.exception_handler(Exception)
    async def internal(request: Request, error: Exception) -> Response:
        sentence = "The server made a mistake. Its log has the details. The run can still be read."
        return reply(Refusal(sentence, code="internal"))


def _http(request: Request, error: HTTPException, limits: BodyLimits) -> Refusal:
    """The refusal for an error of the framework: a path, method or body that no route takes."""
    path = quoted(request.scope["path"])
    match error.status_code:
        case 404:
            return Refusal(
                f"There is nothing at {path}. /openapi.json lists what there is.", code="not_found"
            )
        case 405:
            method, allowed = shortened(request.method), (error.headers or {}).get("Allow", "another method")
            return Refusal(f"{path} does not take {method}; it takes {allowed}.", code="method_not_allowed")
        case 413:
            return too_large(limits.of(request.method, request.scope["path"]))
        case _:
            return Refusal(f"The request could not be read: {error.detail}.", code="bad_request")


def _name_in(request: Request, field: str) -> str:
    """The name by which this request's query has an input; `field` where it has none of its names."""
    names = (field, *SYNONYMS.get(field, ()))
    return next((name for name in names if name in request.query_params), field)


def _invalid(errors: Sequence[Mapping[str, Any]], body: Any) -> Refusal:
    """The refusal for a request that does not match its description: `errors` are pydantic's."""
    first = errors[0]
    if isinstance(first["input"], bytes):
        return Refusal(
            "Send the body as JSON, with the header Content-Type: application/json.", code="not_json"
        )
    field = _field(first, body)
    same = [error for error in errors if _field(error, body) == field]
    return Refusal(_sentence(same, field or "The body"), field)


def _field(error: Mapping[str, Any], body: Any) -> str | None:
    """The input at fault, as "network.3.filters", from the path of a pydantic error.

    Steps that are not in the body are left out: pydantic adds the branch of a union that it tried.
    """
    where, *path = error["loc"]
    if where != "body":
        return ".".join(str(step) for step in path if step is path[0] or isinstance(step, int))
    steps, value = [], body
    for step in path:
        is_element = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if is_element or (isinstance(value, dict) and step in value):
            steps.append(shortened(str(step)))
            value = value[step]
    if error["type"] == "missing" and path:
        steps.append(shortened(str(path[-1])))
    return ".".join(steps) or None


def _sentence(errors: Sequence[Mapping[str, Any]], name: str) -> str:
    """What is wrong with the input `name`, and what would be right. A union has an error for each branch."""
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
