"""The event streams of players: a page's own, and those of the pages that follow it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import ClassVar

from server.errors import Refusal
from server.run.look import ExampleChoice
from server.web.audience import Audience
from server.web.event_stream import ALIVE, ALIVE_SECONDS, ENDED, event
from server.web.frame_encoder import FrameRequest
from server.web.live_player import LivePlayer
from server.web.live_run import LiveRun
from server.web.outbox import Outbox
from server.wire.messages.frames import ArrayForm
from server.wire.messages.players import Leader, Player

LEADER_SECONDS = 0.1
"""The minimum time between two `leader` events."""
NEWS_SECONDS = 1 / 30
"""The minimum time between two `progress` events, two `player` events, and two frames of a follower."""


class Stream(ABC):
    """A stream about the player `live`: the progress of its run, and frames of its iteration.

    `place` is the context that counts the stream among those of the server. `audience` are the streams of the
    same run; None if the stream is closed. `known` is the number of iterations whose losses the client has.
    `first` are the kinds of the first events in each run.
    """

    first: ClassVar[tuple[str, ...]]

    def __init__(self, live: LivePlayer, known: int) -> None:
        self.live = live
        self.known = known
        self.place = ExitStack()
        self.audience: Audience | None = None
        self.outbox = Outbox(
            dict.fromkeys(("player", "progress", "frame"), NEWS_SECONDS) | {"leader": LEADER_SECONDS}
        )
        self._sent: tuple[str, int, FrameRequest] | None = None

    def joined(self, audience: Audience) -> None:
        """Join the audience of a run, and start with the first events."""
        self.audience = audience
        self.outbox.restart(*self.first)

    async def events(self) -> AsyncIterator[bytes]:
        """The events as bytes, until a newer stream replaces this one, the leader stops or the run closes."""
        loop = asyncio.get_running_loop()
        silent_until = loop.time() + ALIVE_SECONDS
        while True:
            kinds = await self.outbox.take(silent_until - loop.time())
            if "ended" in kinds:
                yield ENDED
                return
            if "closed" in kinds:
                return
            sending = b"".join([await self.part(kind) for kind in kinds])
            # An event can be empty, as a frame without names.
            if sending or loop.time() >= silent_until:
                yield sending or ALIVE
                silent_until = loop.time() + ALIVE_SECONDS

    async def part(self, kind: str) -> bytes:
        """The event of a kind as bytes; empty if there is nothing to send."""
        match kind:
            case "progress" if self.audience is not None:
                data, self.known = self.audience.progress(self.known)
                return data
            case "frame":
                return await self._frame()
        return b""

    @abstractmethod
    def request(self) -> FrameRequest | None:
        """The content of its frames; None if it sends none."""

    async def _frame(self) -> bytes:
        command, request, audience = self.live.player.command, self.request(), self.audience
        if request is None or audience is None:
            return b""
        run, iteration = audience.live, command.moment.iteration
        if iteration >= run.computed or self._sent == (run.id, iteration, request):
            return b""
        try:
            data = await run.frames.frame(iteration, request)
        except RuntimeError:
            if run.closed:
                return b""
            raise
        if self.audience is not audience:
            return b""
        self._sent = run.id, iteration, request
        return event("frame", data)


class PlayerStream(Stream):
    """The stream of a page: its player, and the progress and frames of the player's run."""

    first = "player", "progress"

    def __init__(self, live: LivePlayer, known: int, message: Callable[[], Player]) -> None:
        super().__init__(live, known)
        self.outbox.intervals["frame"] = 1 / live.player.command.frames_per_second
        self._message = message

    def request(self) -> FrameRequest | None:
        return self.live.frames

    async def part(self, kind: str) -> bytes:
        if kind == "player":
            return event("player", self._message().model_dump_json().encode())
        return await super().part(kind)


class FollowerStream(Stream):
    """The stream of a page that follows a leader. It chooses the tensors of its frames itself."""

    first = "leader", "progress", "frame"

    def __init__(self, leader: LivePlayer, names: tuple[str, ...], form: ArrayForm) -> None:
        super().__init__(leader, 0)
        self._names, self._form = names, form

    def request(self) -> FrameRequest | None:
        try:
            return None if self.audience is None else self.request_of(self.audience.live)
        except Refusal:
            # The leader has opened a run without these tensors.
            return None

    def request_of(self, run: LiveRun) -> FrameRequest | None:
        """The content of its frames in a run. Raises UnknownTensor, TooMuch, UnknownTrainingExample."""
        command = self.live.player.command
        return run.frames.request(self._names, ExampleChoice(command.example, command.look), self._form)

    async def part(self, kind: str) -> bytes:
        if kind == "leader" and self.audience is not None:
            if self.live.leader_event is None:
                command = self.live.player.command
                shown = {name: getattr(command, name) for name in Leader.model_fields if name != "recipe"}
                leader = Leader(recipe=self.audience.live.plan.recipe, **shown)
                self.live.leader_event = event("leader", leader.model_dump_json().encode())
            return self.live.leader_event
        return await super().part(kind)
