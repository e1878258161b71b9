"""Time limits and numbers of connections: stalled connections are cut and do not block others."""

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest

from server.web.body_limits import RECIPE
from server.web.security import HEADERS
from server.web.settings import Settings
from server.wire.messages.errors import ErrorReply
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import Stream, call, serving, strict

IMPATIENT = Settings(request_seconds=1, stall_seconds=1, max_connections=8)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(IMPATIENT) as port:
        yield port


def _connected(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port))
    client.settimeout(PATIENCE)
    return client


def _rest(client: socket.socket) -> bytes:
    """All bytes until the server closes or resets the connection."""
    content = b""
    try:
        while piece := client.recv(65536):
            content += piece
    except ConnectionResetError:
        pass
    client.close()
    return content


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"GET /api/recipe HTTP/1.1\r\nHost: 127.0.0.1",
        b"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 9\r\n\r\n{",
    ],
)
def test_a_request_that_never_ends_is_cut_off(port: int, half: bytes) -> None:
    client = _connected(port)
    client.sendall(half.replace(b"{port}", str(port).encode()))
    assert _rest(client) == b""


def test_a_request_that_trickles_in_is_cut_off(port: int) -> None:
    client = _connected(port)
    client.sendall(b"GET /api/recipe HTTP/1.1\r\n")
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        _trickle(client)
    client.close()


def _trickle(client: socket.socket) -> None:
    for number in range(100):
        client.sendall(f"X-{number}: slow\r\n".encode())
        time.sleep(0.05)


def test_a_second_request_on_a_connection_is_timed_like_the_first(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(2):
        connection.request("GET", "/api/recipe")
        assert connection.getresponse().read()
    connection.sock.sendall(b"GET /api/recipe HT")
    assert _rest(connection.sock) == b""


def test_an_answer_may_take_longer_than_a_request(port: int) -> None:
    run = call(port, "POST", "/api/runs")["id"]
    with Stream(port, run) as stream:
        stream.open()
        assert stream.event() is not None
        time.sleep(1.5 * IMPATIENT.request_seconds)
        call(port, "POST", f"/api/runs/{run}/step")
        assert stream.event() is not None


def test_a_stalled_reader_is_cut_off_and_other_requests_are_answered(port: int) -> None:
    stalled = _downloading(port)
    began = time.monotonic()
    while time.monotonic() - began < 2 * IMPATIENT.stall_seconds:
        assert call(port, "GET", "/api/recipe")["dataset"] == "drawn"
    head, _, body = _rest(stalled).partition(b"\r\n\r\n")
    assert len(body) < _length(head)


def test_a_slow_reader_gets_the_whole_reply(port: int) -> None:
    slow = _downloading(port)
    began, content = time.monotonic(), b""
    while time.monotonic() - began < 2 * IMPATIENT.stall_seconds:
        content += slow.recv(2**14)
        time.sleep(IMPATIENT.stall_seconds / 8)
    head, _, body = (content + _rest(slow)).partition(b"\r\n\r\n")
    assert len(content) < _length(head) / 2, "less than half of the reply is read in this time"
    assert len(body) == _length(head)


def _downloading(port: int) -> socket.socket:
    """A client with a small receive buffer that has requested a large reply."""
    network = [{"kind": "flatten"}, {"kind": "dense", "units": 4096}, {"kind": "dense", "units": 10}]
    run = call(port, "POST", "/api/runs", {"network": network})["id"]
    call(port, "POST", f"/api/runs/{run}/seek", {"iteration": 0})
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**14)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", port))
    path = f"/api/runs/{run}/iterations/0?names=dense1.*"
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    return client


def _length(head: bytes) -> int:
    (length,) = re.findall(rb"content-length: (\d+)", head)
    assert int(length) > 2**20
    return int(length)


def test_the_address_of_a_page_can_hold_a_recipe_as_large_as_a_request_may_have(port: int) -> None:
    edit = {"kind": "picture", "iteration": 1, "slot": 0, "picture": "A" * 2090, "label": 3}
    recipe = {"edits": [edit] * (RECIPE // len(json.dumps(edit)))}
    client = _connected(port)
    address = "/?" + urlencode({name: json.dumps(value) for name, value in recipe.items()})
    client.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    assert _rest(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2 * IMPATIENT.max_head,
    ],
)
def test_an_invalid_http_request_is_refused_in_the_shape_of_every_refusal(port: int, request_: bytes) -> None:
    client = _connected(port)
    client.sendall(request_)
    head, _, body = _rest(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert ErrorReply.model_validate(strict(body)).error.code == "not_http"
    for name, value in HEADERS.items():
        assert f"{name}: {value}".encode() in head


def test_connections_above_the_limit_are_closed_until_another_one_ends(port: int) -> None:
    run = call(port, "POST", "/api/runs")["id"]
    with ExitStack() as open_streams:
        streams = [open_streams.enter_context(Stream(port, run)) for _ in range(IMPATIENT.max_connections)]
        for stream in streams:
            stream.open()
            assert stream.event() is not None
        assert not _answered(port)
        streams.pop().socket.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: _answered(port))


def _answered(port: int) -> bool:
    client = _connected(port)
    client.sendall(
        f"GET /api/recipe HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    )
    return _rest(client).startswith(b"HTTP/1.1 200")
