"""Uploads: files that become data sets, and drafts, the data sets that are not kept yet."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import IO

from anyio import CapacityLimiter, SpooledTemporaryFile, to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from server.data.uploads.upload import Upload
from server.errors import Refusal
from server.web.settings import Settings
from server.wire import encode
from server.wire.messages.data import OwnDraft

SPOOLED = 4_000_000
"""Bytes of an upload in memory. The rest goes to an unnamed temporary file."""

Make = Callable[[IO[bytes], Callable[[], None]], Upload]
"""Makes a data set of a file. Its second argument raises when the client has disconnected."""


class Uploads:
    """The uploads of one server, and the latest drafts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.making = CapacityLimiter(settings.max_making)
        self.coming = 0
        self._drafts: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    async def receive(self, request: Request, make: Make) -> OwnDraft:
        """The draft that `make` makes from the body of a request. Refusal, UploadError."""
        if self.coming >= self.settings.max_uploads:
            raise Refusal(
                f"{self.coming} uploads are under way: try again in a moment.", code="too_many_uploads"
            )
        self.coming += 1
        try:
            async with SpooledTemporaryFile[bytes](max_size=SPOOLED) as file:
                async for piece in request.stream():
                    await file.write(piece)
                await file.seek(0)
                return await self._convert(request, file.wrapped, make)
        except (ClientDisconnect, _Left):
            raise Refusal("The upload was broken off: nothing of it is kept.", code="broken_off") from None
        finally:
            self.coming -= 1

    def draft(self, name: str) -> Upload:
        """The draft with this name. Refusal when it does not exist (any more)."""
        with self._lock:
            data = self._drafts.get(name)
        if data is None:
            raise Refusal(
                "That upload is not here any more: choose the file once more.", "dataset", code="no_draft"
            )
        return data

    def forget(self, name: str) -> None:
        """Drop a draft: it is kept as a data set now."""
        with self._lock:
            self._drafts.pop(name, None)

    async def _convert(self, request: Request, file: IO[bytes], make: Make) -> OwnDraft:
        left = threading.Event()

        def go_on() -> None:
            if left.is_set():
                raise _Left

        def work() -> OwnDraft:
            data = make(file, go_on)
            name = data.name
            self._remember(name, data)
            return encode.data.draft(name, data)

        watch = asyncio.create_task(_leaves(request, left))
        try:
            return await to_thread.run_sync(work, limiter=self.making)
        finally:
            left.set()
            watch.cancel()

    def _remember(self, name: str, data: Upload) -> None:
        with self._lock:
            self._drafts[name] = data
            self._drafts.move_to_end(name)
            while len(self._drafts) > 1 and self._bytes() > self.settings.max_draft_bytes:
                self._drafts.popitem(last=False)

    def _bytes(self) -> int:
        return sum(data.inputs.nbytes for data in self._drafts.values())


class _Left(Exception):
    """The client of the upload has disconnected."""


async def _leaves(request: Request, left: threading.Event) -> None:
    """Set `left` when the client of a received request disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    left.set()
