"""The server: uvicorn with its settings, and its event loop."""

import socket
from functools import partial
from typing import Any, cast

import uvicorn

from server.compute.process import settle
from server.web.app import create_app
from server.web.http_connection import Protocol
from server.web.log import leave_out_input
from server.web.settings import Settings


class Server(uvicorn.Server):
    """uvicorn's server, with time limits, and with event streams that end at shutdown."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        super().__init__(
            uvicorn.Config(
                self.app,
                http=cast(
                    Any, partial(Protocol, settings=settings)
                ),  # a class to uvicorn, which only calls it
                h11_max_incomplete_event_size=settings.max_head,
                ws="none",
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the training and the streams, then shut down."""
        self.app.state.runs.end()
        await super().shutdown(sockets)


def serve(settings: Settings, sock: socket.socket) -> None:
    """Serve on `sock` until Ctrl-C."""
    leave_out_input()
    server = Server(settings)
    settle()
    server.run([sock])
