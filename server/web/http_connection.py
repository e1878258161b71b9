"""HTTP/1.1 connections: uvicorn's, with time limits for slow requests and slow readers."""

import asyncio
import socket
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from server.errors import Refusal
from server.web.errors import reply
from server.web.security import HEADERS
from server.web.settings import Settings

SEND_BUFFER = 64 * 1024
"""The socket's send buffer in bytes. Small, because events that wait in it become stale."""


class Protocol(H11Protocol):
    """One connection. It is cut when a request, or the reading of a reply, takes too long."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        settings: Settings,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.settings = settings
        self.request_timer: asyncio.TimerHandle | None = None
        self.stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        if len(self.connections) > self.settings.max_connections:
            transport.abort()
            return
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        # asyncio sets this only for its own sockets. Without it, each reply waits 40 ms for an ACK.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._time_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._time_request()

    def _should_upgrade(self) -> bool:
        """False: a request to change the protocol is answered over HTTP/1.1, as HTTP allows."""
        return False

    def _time_request(self) -> None:
        """Run the request timer exactly while a request is being received."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            _cancel(self.request_timer)
            self.request_timer = None
        elif self.request_timer is None:
            self.request_timer = self.loop.call_later(self.settings.request_seconds, self._check_request)

    def _check_request(self) -> None:
        """Cut the connection, unless the request is an upload, which has more time."""
        self.request_timer = None
        more = self._patience() - self.settings.request_seconds
        if more > 0:
            self.request_timer = self.loop.call_later(more, self.transport.abort)
        else:
            self.transport.abort()

    def _patience(self) -> float:
        """The time limit in seconds for the request that is being received."""
        if self.conn.their_state != h11.SEND_BODY:
            return self.settings.request_seconds
        return self.settings.patience(self.scope["method"], self.scope["path"])

    def pause_writing(self) -> None:
        super().pause_writing()
        self._time_reading(self.transport.get_write_buffer_size())

    def _time_reading(self, unread: int) -> None:
        self.stall_timer = self.loop.call_later(self.settings.stall_seconds, self._check_reading, unread)

    def _check_reading(self, unread: int) -> None:
        """Cut the connection unless the client has read something since the last check."""
        left = self.transport.get_write_buffer_size()
        if left < unread:
            self._time_reading(left)
        else:
            self.transport.abort()

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self.stall_timer)

    def connection_lost(self, exc: Exception | None) -> None:
        _cancel(self.request_timer)
        _cancel(self.stall_timer)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Reply to a request that is not HTTP, with the body and headers of every other error."""
        most = f"{self.settings.max_head:,} bytes"
        message = f"The request is not HTTP/1.1, or its address and headers have more than {most}."
        refusal = Refusal(message, code="not_http")
        response = reply(refusal, {**HEADERS, "connection": "close"})
        start = h11.Response(status_code=400, headers=response.raw_headers)
        for event in (start, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
