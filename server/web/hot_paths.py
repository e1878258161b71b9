"""The two requests of a step, without the framework: a page that steps makes them all the time.

Finding a route, its dependencies and its parameters takes a third of such a request. A request that is not
quite as described goes on to the framework's own route, which says what is wrong with it.
"""

import re

from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import Refusal
from server.web.errors import refused
from server.web.identity import browser
from server.web.player_store import PlayerStore
from server.web.routes.players import commanded
from server.web.routes.runs import reached
from server.web.run_store import RunStore
from server.wire.messages.players import PlayerCommand
from server.wire.messages.runs import ReachCommand

_ITERATION = re.compile(r"/api/runs/([0-9a-f]+)/iterations/([0-9]{1,15})")
_PLAYER = re.compile(r"/api/players/([0-9a-f]{32})")


class HotPaths:
    """A middleware that answers a step with its picture, and a page's command."""

    def __init__(self, app: ASGIApp, runs: RunStore, players: PlayerStore) -> None:
        self.app, self.runs, self.players = app, runs, players

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        if not _is_candidate(scope):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = await request.body()
            response = await self._response(request, body)
        except ClientDisconnect:
            return
        except Refusal as error:
            response = refused(request, error)
        except ValidationError:
            response = None
        if response is None:
            await self.app(scope, _replayed(body, receive), send)
        else:
            await response(scope, receive, send)

    async def _response(self, request: Request, body: bytes) -> Response | None:
        """The answer; None for a request that is to be passed on. ValidationError, Refusal."""
        method, path = request.scope["method"], request.scope["path"]
        if method == "POST" and (found := _ITERATION.fullmatch(path)):
            reach = ReachCommand.model_validate_json(body, strict=True)
            live = self.runs.get(found[1])
            json = await reached(self.runs, live, int(found[2]), reach, request.is_disconnected)
            return Response(json, media_type="application/json")
        if method == "PUT" and (found := _PLAYER.fullmatch(path)) and (who := browser(request)):
            command = PlayerCommand.model_validate_json(body, strict=True)
            player = await commanded(self.players, self.runs, found[1], who, command)
            return Response(player.model_dump_json(), media_type="application/json")
        return None


def _is_candidate(scope: Scope) -> bool:
    """True for a request with a body of JSON and no query, at one of the two addresses."""
    if scope["type"] != "http" or scope["query_string"] or scope["method"] not in ("POST", "PUT"):
        return False
    if not (_PLAYER.fullmatch(scope["path"]) or _ITERATION.fullmatch(scope["path"])):
        return False
    headers = Headers(scope=scope)
    # Without a length, the framework counts the body.
    return headers.get("content-type") == "application/json" and "content-length" in headers


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A channel that gives a body that has been read, and then goes on."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return left.pop() if left else await receive()

    return replayed
