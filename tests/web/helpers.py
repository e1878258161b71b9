"""Helpers for the tests of the web: strict JSON, refusals, runs, and servers on real sockets."""

import base64
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from starlette.testclient import TestClient

from server.web.listening import listen
from server.web.server import Server
from server.web.settings import Settings, loopback
from server.wire.messages.errors import ErrorReply, Problem
from tests.waiting import PATIENCE

ENDLESS = {"epochs": 100}
"""A recipe whose run takes longer than any test."""
DIVERGING = {
    "network": [{"kind": "conv2d", "filters": 2}] * 3 + [{"kind": "flatten"}, {"kind": "dense", "units": 10}],
    "optimizer": {"learning_rate": 1000},
}


def strict(text: str | bytes) -> Any:
    """Parse JSON as a browser does: NaN and Infinity are errors."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def numbers(typed: dict[str, str]) -> np.ndarray:
    """The NumPy array of a typed array."""
    shape = [int(side) for side in typed["shape"].split(", ")]
    return np.frombuffer(base64.b64decode(typed["bdata"]), f"<{typed['dtype']}").reshape(shape)


def ok(reply: Any) -> Any:
    """The body of a successful reply."""
    assert reply.status_code in (200, 201), reply.text
    return strict(reply.content)


def problem(reply: Any, status: int) -> Problem:
    """The problem in a refusal. Fails unless the reply has the status and the shape of a refusal."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/json"
    problem = ErrorReply.model_validate(strict(reply.content)).error
    assert problem.message[-1] in ".?", problem.message
    return problem


def new_run(client: TestClient, **recipe: Any) -> str:
    """The id of the run of a recipe."""
    run: str = ok(client.post("/api/runs", json=recipe))["id"]
    return run


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """Run a server on a free loopback port and yield the port."""
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    server = Server(replace(settings, hosts=loopback(port)))
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server does not end"


def call(port: int, method: str, path: str, body: Any = None) -> Any:
    """The body of the reply to one request, sent over a new connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request(
        method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"}
    )
    reply = connection.getresponse()
    content = reply.read()
    connection.close()
    assert reply.status < 300, content
    return strict(content)


class Stream:
    """An event stream, read event by event: that of a run, or the one at a `path`."""

    def __init__(
        self,
        port: int,
        run: str = "",
        last_event_id: int | None = None,
        receive_buffer: int = 0,
        query: str = "",
        path: str = "",
        cookie: str = "",
    ) -> None:
        self.reply: http.client.HTTPResponse | None = None
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        path = path or f"/api/runs/{run}/events"
        head = [f"GET {path}{query} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        if last_event_id is not None:
            head.append(f"Last-Event-ID: {last_event_id}")
        if cookie:
            head.append(f"Cookie: {cookie}")
        self.socket.sendall("\r\n".join([*head, "", ""]).encode())

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        # The reply holds the connection open, too.
        if self.reply is not None:
            self.reply.close()
        self.socket.close()

    def open(self) -> http.client.HTTPResponse:
        """Read the head of the reply. `event` reads its body."""
        self.reply = http.client.HTTPResponse(self.socket)
        self.reply.begin()
        return self.reply

    def event(self) -> dict[str, str] | None:
        """The fields of the next event, with its data parsed as JSON; None at the end of the stream."""
        fields: dict[str, Any] = {}
        assert self.reply is not None, "the stream is not open"
        while line := self.reply.readline().decode():
            if line == "\n":
                if "data" not in fields:  # a comment, which says that the server is there
                    fields = {}
                    continue
                fields["data"] = strict(fields["data"])
                return fields
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value
        return None
