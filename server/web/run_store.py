"""The runs in memory, and their training. All state changes on the event loop; threads only compute."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from anyio import CapacityLimiter, to_thread

from server.errors import Refusal
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.checkpoints import keep, restore
from server.run.history import History
from server.web import eviction
from server.web.live_run import LiveRun
from server.web.settings import Settings
from server.wire import encode

logger = logging.getLogger(__name__)


class RunStore:
    """The runs of one server, bounded in number. A dropped run is created again from its recipe."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.runs: OrderedDict[str, LiveRun] = OrderedDict()
        self.streams = 0
        self.training = CapacityLimiter(1)
        self.stepping = CapacityLimiter(2)
        self.reading = CapacityLimiter(settings.max_reading)
        self.checking = CapacityLimiter(1)

    def get(self, run: str) -> LiveRun:
        """The run with this id, marked as used. Refusal when it is not in memory."""
        live = self.runs.get(run)
        if live is None:
            raise Refusal(
                "This server has no such run (any more). Create it again from its recipe.",
                "run",
                code="no_such_run",
            )
        self.runs.move_to_end(run)
        eviction.keep_within(self.runs, self.settings.max_bytes)
        return live

    async def create(self, recipe: Recipe) -> tuple[LiveRun, bool]:
        """The run of a recipe, and whether it is new. Recipes that differ only in edits share their common
        prefix."""
        if recipe.id not in self.runs:
            relative = self._relative(recipe)
            history = await to_thread.run_sync(_history, recipe, relative, limiter=self.reading)
            if recipe.id not in self.runs:
                eviction.make_room(self.runs, history.nbytes, self.settings)
                self.runs[recipe.id] = LiveRun(history)
                return self.runs[recipe.id], True
        return self.get(recipe.id), False

    def _relative(self, recipe: Recipe) -> History | None:
        """The history with the longest common prefix with a recipe; of several, the most recently used."""
        bare = _without_edits(recipe)
        histories = [live.history for live in reversed(self.runs.values())]
        relatives = [history for history in histories if _without_edits(history.plan.recipe) == bare]
        return max(relatives, key=lambda history: history.shared_with(recipe), default=None)

    @contextmanager
    def stream(self, live: LiveRun) -> Iterator[None]:
        """Count one event stream of a run. Refusal when the server has too many."""
        if self.streams >= self.settings.max_streams:
            raise Refusal(
                f"This server's {self.streams} event streams are all in use. Close a page.", code="full"
            )
        self.streams += 1
        try:
            with live.watched(self.settings.grace_seconds):
                yield
        finally:
            self.streams -= 1

    async def step(self, live: LiveRun, count: int) -> None:
        """Compute `count` more iterations. Like every command, it replaces the running one."""
        async with live.commands:
            await live.stopped()
            _check_can_go_on(live)
            left = live.history.plan.iterations - live.history.computed
            if count > left:
                raise Refusal(
                    f"{_end(live)}: at most {left} more can be computed.", "count", code="beyond_the_end"
                )
            driver = self._drive(live, live.history.computed + count)
        await driver

    async def seek(self, live: LiveRun, iteration: int) -> None:
        """Compute up to and including `iteration`.

        A seek replaces no command. It waits while the run is being computed, and continues where that ends
        too early.
        """
        if iteration >= live.history.plan.iterations:
            raise Refusal(f"{_end(live)}; {iteration} is beyond it.", "iteration", code="beyond_the_end")
        while iteration >= live.history.computed and not live.closed:
            changed = live.changed
            if live.driven:
                await changed.wait()
            elif driver := await self._go_on(live, iteration + 1):
                await driver
                return

    async def _go_on(self, live: LiveRun, target: int) -> asyncio.Task[None] | None:
        """Compute up to `target` iterations, unless another command is computing already."""
        async with live.commands:
            if live.driven:
                return None
            _check_can_go_on(live)
            return self._drive(live, target)

    async def run(
        self, live: LiveRun, rate: float | None, until: int | None, accuracy: float | None = None
    ) -> None:
        """Train in the background, at `rate` iterations a second, until `until` iterations are computed.

        With an `accuracy`, stop at the first evaluation that has it. A checkpoint of an earlier such run is
        used.
        """
        end = live.history.plan.iterations
        if until is not None and until > end:
            raise Refusal(f"{_end(live)}: `until` can be at most {end}.", "until", code="beyond_the_end")
        async with live.commands:
            await live.stopped()
            _check_can_go_on(live)
            busy = sum(other.training for other in self.runs.values())
            if busy >= self.settings.max_training:
                raise Refusal(
                    f"{busy} runs are training already, as many as may. Pause one first.",
                    code="too_many_running",
                )
            if accuracy is not None:
                await to_thread.run_sync(restore, live.history, limiter=self.reading)
            if accuracy is None or not live.history.reached(accuracy):
                goal = inf if accuracy is None else accuracy
                self._drive(live, end if until is None else until, rate, by_itself=True, accuracy=goal)
            live.publish()

    async def pause(self, live: LiveRun) -> None:
        """Stop computing."""
        async with live.commands:
            await live.stopped()

    async def close(self) -> None:
        """End all training and all event streams."""
        for live in self.runs.values():
            live.close()
        await asyncio.gather(*(live.stopped() for live in self.runs.values()))

    def _drive(
        self,
        live: LiveRun,
        target: int,
        rate: float | None = None,
        by_itself: bool = False,
        accuracy: float = inf,
    ) -> asyncio.Task[None]:
        live.stop.clear()
        live.by_itself = by_itself
        live.driver = asyncio.create_task(self._train(live, target, rate, accuracy))
        live.driver.add_done_callback(lambda driver: _driven(live, driver))
        return live.driver

    async def _train(self, live: LiveRun, target: int, rate: float | None, accuracy: float) -> None:
        """Compute up to `target` iterations in slices, and keep the rate between them.

        A run that reaches the `accuracy` stops, and a checkpoint is written. Runs that train by themselves
        share one thread: the other threads stay free for single commands.
        """
        history, limiter = live.history, self.training if live.by_itself else self.stepping
        due, last = 1.0, time.monotonic()
        while True:
            left = target - history.computed
            count = left if rate is None else min(left, int(due))
            if count > 0:
                seconds = self.settings.slice_seconds
                count = await to_thread.run_sync(history.advance, count, seconds, accuracy, limiter=limiter)
                eviction.keep_within(self.runs, self.settings.max_bytes)
            if history.reached(accuracy):
                await to_thread.run_sync(keep, history, limiter=self.reading)
                return
            if live.stop.is_set() or history.ended or history.computed >= target:
                return
            live.publish()
            if rate is not None:
                due -= count
                if due < 1:
                    # At high rates, iterations come in bundles: one bundle for each event.
                    await _sleep(live.stop, max(1 - due, rate / self.settings.events_per_second) / rate)
                now = time.monotonic()
                # A slow machine catches up for at most one second.
                due, last = min(due + rate * (now - last), max(1, rate)), now


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _driven(live: LiveRun, driver: asyncio.Task[None]) -> None:
    live.publish()
    if not driver.cancelled() and (error := driver.exception()):
        logger.error("Run %s failed.", live.id, exc_info=error)


def _check_can_go_on(live: LiveRun) -> None:
    if diverged := encode.runs.divergence(live.history):
        raise Refusal(f"{diverged.message} Lower its learning rate before that.", code="diverged")
    if stopped := encode.runs.stopped(live.history):
        raise Refusal(f"{stopped.message} A recipe with more patience goes on.", code="stopped_early")
    if live.history.ended:
        raise Refusal(
            f"{_end(live)}, and it is computed. A recipe with more epochs goes on.", code="finished"
        )


def _end(live: LiveRun) -> str:
    return f"The last iteration of this run is {live.history.plan.iterations - 1}"


def _history(recipe: Recipe, parent: History | None) -> History:
    return History(plan(recipe), parent)


def _without_edits(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"edits": ()})
