"""The frames of a run. Each is encoded once for all event streams that send it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from server.compute.computing import Question
from server.recipe.plan import Plan
from server.run.look import ExampleChoice, check_training_example
from server.wire import encode
from server.wire.messages.frames import ArrayForm

KEPT = 8
"""The number of frames that are kept for each run. The least recently used is dropped first."""
KEPT_NAMES = 64
"""The number of sets of patterns whose matching tensors are kept for each run."""

Ask = Callable[[Question[bytes]], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """The content of a stream's frames: the names of tensors, the example, and the form of the arrays."""

    names: tuple[str, ...]
    choice: ExampleChoice
    form: ArrayForm


class FrameEncoder:
    """Encodes the frames of one run, and keeps the last ones. `ask` asks the question for a frame."""

    def __init__(self, plan: Plan, ask: Ask) -> None:
        self._plan = plan
        self._ask = ask
        self._names: dict[tuple[tuple[str, ...], ArrayForm], tuple[str, ...]] = {}
        self._frames: OrderedDict[tuple[int, FrameRequest], asyncio.Task[bytes]] = OrderedDict()

    def request(self, patterns: Sequence[str], choice: ExampleChoice, form: ArrayForm) -> FrameRequest | None:
        """The request for tensors that match names or patterns; None if `patterns` is empty.

        Raises UnknownTensor, TooMuch, UnknownTrainingExample.
        """
        if choice.look is not None:
            check_training_example(self._plan, choice.look)
        if not patterns:
            return None
        key = tuple(patterns), form
        if (names := self._names.get(key)) is None:
            names = encode.frames.names_of(self._plan, patterns, form)
            if len(self._names) >= KEPT_NAMES:
                self._names.clear()
            self._names[key] = names
        return FrameRequest(names, choice, form)

    async def frame(self, iteration: int, request: FrameRequest) -> bytes:
        """The frame of a computed iteration, as JSON. Raises NotComputed for any other."""
        key = iteration, request
        frame = self._frames.get(key)
        if frame is None or (frame.done() and frame.exception()):
            frame = self._frames[key] = asyncio.create_task(self._encoded(iteration, request))
            if len(self._frames) > KEPT:
                self._frames.popitem(last=False)
        self._frames.move_to_end(key)
        # If one stream ends, the others still get the frame.
        return await asyncio.shield(frame)

    async def _encoded(self, iteration: int, request: FrameRequest) -> bytes:
        return await self._ask(
            partial(
                encode.frames.frame,
                iteration=iteration,
                names=request.names,
                choice=request.choice,
                form=request.form,
            )
        )
