"""The frames of a run, each encoded once for all event streams that want it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from server.compute.computing import Question
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import encode
from server.wire.messages.frames import ArrayForm

KEPT = 8
"""The number of frames of a run that are kept. The least recently used makes room."""

Ask = Callable[[Question[bytes]], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """What an event stream sends of each iteration: tensors by name, of one example."""

    names: tuple[str, ...]
    choice: ExampleChoice
    form: ArrayForm


class FrameEncoder:
    """Encodes the frames of one run, and keeps the last few."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._frames: OrderedDict[tuple[int, FrameRequest], asyncio.Task[bytes]] = OrderedDict()

    async def frame(self, iteration: int, request: FrameRequest) -> bytes:
        """The frame of a computed iteration, as JSON. NotComputed."""
        key = iteration, request
        frame = self._frames.get(key)
        if frame is None or (frame.done() and frame.exception()):
            frame = self._frames[key] = asyncio.create_task(self._encoded(iteration, request))
            if len(self._frames) > KEPT:
                self._frames.popitem(last=False)
        self._frames.move_to_end(key)
        # A stream that ends does not take the frame away from the others.
        return await asyncio.shield(frame)

    async def _encoded(self, iteration: int, request: FrameRequest) -> bytes:
        return await self._ask(partial(_encoded, iteration=iteration, request=request))


def _encoded(history: History, iteration: int, request: FrameRequest) -> bytes:
    frame = encode.frames.frame(history, iteration, request.names, request.choice, request.form)
    return frame.model_dump_json().encode()
