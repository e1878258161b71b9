"""The frames of the newest iteration of a run, each encoded once for all event streams that want it."""

import asyncio
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread

from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import encode
from server.wire.messages.frames import ArrayForm


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """What an event stream sends of each iteration: tensors by name, of one example."""

    names: tuple[str, ...]
    choice: ExampleChoice
    form: ArrayForm


class FrameEncoder:
    """Encodes the frames of one run. It keeps those of the newest iteration only."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._iteration = -1
        self._frames: dict[FrameRequest, asyncio.Task[str]] = {}

    async def newest(self, request: FrameRequest, limiter: CapacityLimiter) -> str | None:
        """The frame of the newest iteration, as JSON; None before the first iteration."""
        iteration = self._history.computed - 1
        if iteration < 0:
            return None
        if iteration != self._iteration:
            self._iteration, self._frames = iteration, {}
        frame = self._frames.get(request)
        if frame is None:
            frame = self._frames[request] = asyncio.create_task(self._encode(iteration, request, limiter))
        # A stream that ends does not take the frame away from the others.
        return await asyncio.shield(frame)

    async def _encode(self, iteration: int, request: FrameRequest, limiter: CapacityLimiter) -> str:
        def encoded() -> str:
            frame = encode.frames.frame(self._history, iteration, request.names, request.choice, request.form)
            return frame.model_dump_json()

        return await to_thread.run_sync(encoded, limiter=limiter)
