"""Pages of a browser, as far as the server sees them: a cookie jar, players, and their streams."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from server.wire.messages.errors import ErrorReply, Problem
from server.wire.messages.frames import Frame
from server.wire.messages.players import Leader, Player
from server.wire.messages.runs import Progress
from tests.waiting import PATIENCE
from tests.web.helpers import Stream, call, strict

EVENTS = {"player": Player, "progress": Progress, "frame": Frame, "leader": Leader}
NAMES = ["conv1.out", "loss.loss"]
"""Tensors of the frames that a page asks for."""


class Browser:
    """A browser: its pages share a cookie jar."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and the body of a reply."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"} | ({"Cookie": self.cookie} if self.cookie else {})
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        content = reply.read()
        self.cookie = (reply.getheader("Set-Cookie") or self.cookie).partition(";")[0]
        connection.close()
        return reply.status, strict(content)

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, Problem]:
        """The status and the problem of a refusal."""
        status, content = self.ask(method, path, body)
        assert status >= 400, content
        return status, ErrorReply.model_validate(content).error


class Page:
    """A page of a browser, with a player of its own."""

    def __init__(self, browser: Browser, run: str) -> None:
        self.browser = browser
        self.run = run
        self.id = secrets.token_hex(16)
        self.path = f"/api/players/{self.id}"

    def put(self, iteration: int = 0, position: int = 0, **wished: Any) -> Player:
        """Command the player."""
        body = {"run": self.run, "moment": {"iteration": iteration, "position": position}, **wished}
        return self._player("PUT", body)

    def player(self) -> Player:
        """Read the player."""
        return self._player("GET")

    def lead(self) -> Player:
        """Let others follow."""
        return self._player("POST", path="/lead")

    def stop_leading(self) -> Player:
        """End the streams of the followers."""
        return self._player("DELETE", path="/lead")

    @contextmanager
    def stream(self, since: int = 0) -> Iterator["Events"]:
        """The events of the player."""
        with reading(self.browser, f"{self.path}/events", f"?since={since}") as events:
            yield events

    def _player(self, method: str, body: Any = None, path: str = "") -> Player:
        status, content = self.browser.ask(method, self.path + path, body)
        assert status == 200, content
        return Player.model_validate(content)


def new_page(port: int, recipe: Any = None, browser: Browser | None = None) -> Page:
    """A page with the run of a recipe open, in a browser of its own unless another is given."""
    return Page(browser or Browser(port), call(port, "POST", "/api/runs", recipe)["id"])


class Events:
    """The events of a stream, each read as the message that it is."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def next(self, name: str, wanted: Callable[[Any], bool] = lambda data: True) -> Any:
        """The data of the next event with this name that is wanted. Others are passed over."""
        while (event := self.stream.event()) is not None:
            if event["event"] == name:
                data = EVENTS[name].model_validate(event["data"]) if name in EVENTS else event["data"]
                if wanted(data):
                    return data
        raise AssertionError(f"The stream ended without the event {name}.")

    def all(self, until: Callable[[str, Any], bool]) -> list[tuple[str, Any]]:
        """The names and the data of all events up to the first for which `until` holds."""
        found: list[tuple[str, Any]] = []
        while (event := self.stream.event()) is not None:
            name = event["event"]
            data = EVENTS[name].model_validate(event["data"]) if name in EVENTS else event["data"]
            found.append((name, data))
            if until(name, data):
                return found
        raise AssertionError(f"The stream ended after {[name for name, _ in found]}.")

    def rest(self) -> list[str]:
        """The names of all events until the stream ends."""
        names = []
        while (event := self.stream.event()) is not None:
            names.append(event["event"])
        return names


@contextmanager
def reading(browser: Browser, path: str, query: str = "") -> Iterator[Events]:
    """The events of the stream at a path."""
    with Stream(browser.port, path=path, query=query, cookie=browser.cookie) as stream:
        head = stream.open()
        assert head.status == 200, head.read()
        assert head.headers["Content-Type"].startswith("text/event-stream")
        yield Events(stream)
