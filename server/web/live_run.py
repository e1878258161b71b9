"""A run that is open on this server: its newest report, and all wishes."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from itertools import count
from uuid import uuid4

from server.compute.computing import Wish
from server.explain.timeline import positions, segments
from server.run import recovery
from server.run.report import Report
from server.web.frame_encoder import Ask, FrameEncoder
from server.wire import encode
from server.wire.messages.runs import Progress, Status


class LiveRun:
    """A run in the store. `wishes` are keyed by the id of the player, or COMMANDS for the commands."""

    def __init__(self, report: Report, ask: Ask) -> None:
        self.report = report
        self.plan = report.plan
        self.id = report.plan.recipe.id
        self.frames = FrameEncoder(report.plan, ask)
        self.source = uuid4().hex
        self.sequence = count(1)
        self.closed = False
        self.streams = 0
        self.alone: asyncio.TimerHandle | None = None
        self.changed = asyncio.Event()
        self.wishes: dict[str, Wish] = {}
        self.commands = asyncio.Lock()
        self.newest_command = 0
        self.is_restored = False
        self.kept_seconds = 0.0
        self.keeping = asyncio.Lock()

    @cached_property
    def positions(self) -> int:
        """The number of micro-steps of an iteration."""
        return positions(segments(self.plan.network, self.plan.recipe.optimizer))

    @property
    def computed(self) -> int:
        """The number of computed iterations."""
        return self.report.computed

    @property
    def ended(self) -> bool:
        """True if no more can be computed."""
        return self.report.ended

    @property
    def training(self) -> bool:
        """True while a wish is not met."""
        return any(map(self.trains_for, self.wishes))

    def trains_for(self, who: str) -> bool:
        """True while the wish of `who` is not met."""
        wish = self.wishes.get(who)
        return wish is not None and not self.ended and not wish.is_met(self.report)

    @property
    def in_use(self) -> bool:
        """True while the run must not be dropped: it trains, a command computes it, or it has a stream."""
        return self.training or self.commands.locked() or self.streams > 0

    @property
    def is_due(self) -> bool:
        """True if the run has a stream, and much of it is not in the user's cache."""
        return self.streams > 0 and recovery.is_due(self.report.seconds, self.kept_seconds)

    @property
    def is_worth_keeping(self) -> bool:
        """True if the run has a stream, and its newest part is not in the user's cache."""
        seconds = self.report.seconds
        return self.streams > 0 and recovery.is_worth_keeping(self.computed, seconds, self.kept_seconds)

    @property
    def status(self) -> Status:
        """The status of the run, as in `Progress`."""
        if self.report.diverged is not None:
            return "diverged"
        if self.report.stopped is not None:
            return "stopped"
        if self.ended:
            return "finished"
        if self.training:
            return "running"
        return "failed" if self.report.failed else "paused"

    def replaced(self) -> Callable[[], Awaitable[bool]]:
        """A function that tells whether a later command has replaced the one that begins now."""
        number = self.newest_command

        async def is_replaced() -> bool:
            return number != self.newest_command

        return is_replaced

    def progress(self, since: int) -> Progress:
        """The progress of the run, with the losses from iteration `since` on."""
        return encode.runs.progress(self.report, self.status, since, self.source, next(self.sequence))

    def publish(self) -> None:
        """Wake all tasks that wait for a change."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def close(self) -> None:
        """End the event streams and the commands of the run."""
        self.closed = True
        self.publish()
