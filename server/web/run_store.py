"""The runs that are open on this server. Its state changes on the event loop; computing owns the arrays."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread

from server.compute.computing import Computing, Listener, Question, Wish
from server.compute.local import LocalComputing
from server.errors import Refusal
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import checkpoints, recovery
from server.run.history import History
from server.run.questions import advanced, nothing
from server.run.report import Report
from server.web import eviction
from server.web.live_run import LiveRun
from server.web.settings import Settings
from server.wire import encode

COMMANDS = "commands"
"""The key of the wish of the command `run`, which belongs to no player."""

T = TypeVar("T")
logger = logging.getLogger(__name__)


class RunStore:
    """The runs of one server, bounded in number. A dropped run is created again from its recipe."""

    def __init__(
        self, settings: Settings, computing: Callable[[Listener], Computing] = LocalComputing
    ) -> None:
        self.settings = settings
        self.computing = computing(self._learn)
        self.runs: OrderedDict[str, LiveRun] = OrderedDict()
        self.streams = 0
        self.reading = CapacityLimiter(settings.max_reading)
        self.tasks: set[asyncio.Task[None]] = set()

    def get(self, run: str) -> LiveRun:
        """The run with this id, marked as used. Raises Refusal if it is not in memory."""
        live = self.runs.get(run)
        if live is None:
            raise _no_such_run()
        self.runs.move_to_end(run)
        return live

    async def create(self, recipe: Recipe) -> tuple[LiveRun, bool]:
        """The run of a recipe, and whether it is new. Recipes that differ only in edits share their common
        prefix."""
        if recipe.id not in self.runs:
            planned = await to_thread.run_sync(plan, recipe, limiter=self.reading)
            report = await self.computing.open(planned)
            if recipe.id not in self.runs:
                self._make_room(report)
                live = self.runs[recipe.id] = LiveRun(report, partial(self.computing.draw, recipe.id))
                return live, True
        return self.get(recipe.id), False

    async def ask(self, live: LiveRun, question: Question[T]) -> T:
        """Answer a short question about a run before all training.

        Raises Refusal if the run has been dropped in the meantime, and the exceptions of the question.
        """
        self._check_is_here(live)
        return await self.computing.ask(live.id, question)

    async def study(self, live: LiveRun, question: Question[T]) -> T:
        """Answer a long question about a run beside questions and training. Raises as `ask`."""
        self._check_is_here(live)
        return await self.computing.study(live.id, question)

    def wish(self, live: LiveRun, who: str, wish: Wish | None) -> None:
        """Replace the wish of `who`; None withdraws it. A closed run ignores wishes."""
        if live.closed or live.wishes.get(who) == wish:
            return
        trained = live.training
        if wish is None:
            del live.wishes[who]
        else:
            live.wishes[who] = wish
        if trained or live.training:
            self.computing.wish(live.id, frozenset(live.wishes.values()))
        if live.training != trained:
            live.publish()

    async def reach(
        self, live: LiveRun, iteration: int, question: Question[T], is_given_up: Callable[[], Awaitable[bool]]
    ) -> T:
        """Compute up to and including `iteration`, then answer a question about the run.

        If `is_given_up` returns true, or the run ends earlier, the question is answered with the iterations
        computed so far. Raises Refusal if the run has no such iteration or has ended before it, and the
        exceptions of the question.
        """
        if iteration >= live.plan.iterations:
            raise Refusal(f"{_end(live)}; {iteration} is too large.", "iteration", code="beyond_the_end")
        if iteration >= live.computed:
            _check_can_go_on(live)
            await self._come_near(live, iteration)
        return await self._reach(live, iteration + 1, question, is_given_up)

    async def step(self, live: LiveRun, count: int) -> None:
        """Compute `count` more iterations. This ends the command `run`; steps wait for each other.

        Raises Refusal if fewer iterations are left, or the run has ended.
        """
        self.wish(live, COMMANDS, None)
        is_replaced = live.replaced()
        async with live.commands:
            _check_can_go_on(live)
            left = live.plan.iterations - live.computed
            if count > left:
                raise Refusal(
                    f"{_end(live)}: at most {left} more can be computed.", "count", code="beyond_the_end"
                )
            if not await is_replaced():
                await self._reach(live, live.computed + count, nothing, is_replaced)

    async def seek(self, live: LiveRun, iteration: int) -> None:
        """Compute up to and including `iteration`, until a later command replaces this one. As `reach`."""
        await self.reach(live, iteration, nothing, live.replaced())

    async def run(
        self, live: LiveRun, rate: float | None, until: int | None, accuracy: float | None = None
    ) -> None:
        """Train in the background until `until` iterations are computed (None: to the end of the run).

        `rate` is in iterations per second (None: full speed). With an `accuracy` (0..1), training continues
        from a checkpoint if there is one, and stops at the first evaluation that reaches the accuracy.

        Raises Refusal if the run has ended or has no such iteration, and if too many runs train.
        """
        end = live.plan.iterations
        if until is not None and until > end:
            raise Refusal(f"{_end(live)}: `until` must be at most {end}.", "until", code="beyond_the_end")
        live.newest_command += 1
        is_replaced = live.replaced()
        _check_can_go_on(live)
        busy = sum(other.trains_for(COMMANDS) for other in self.runs.values() if other is not live)
        if busy >= self.settings.max_training:
            raise Refusal(
                f"{busy} runs are training already, the maximum. Pause one first.",
                code="too_many_running",
            )
        if accuracy is not None:
            await self.restore(live)
        if await is_replaced():
            return
        self.wish(live, COMMANDS, Wish(end if until is None else until, accuracy, rate))

    async def restore(self, live: LiveRun) -> None:
        """Continue from the checkpoint of a run, if there is one. Later calls do nothing.

        Later checkpoints hold nothing new, because this server writes them itself.
        """
        if live.is_restored:
            return
        past = await to_thread.run_sync(checkpoints.read, live.plan, limiter=self.reading)
        if past is not None:
            await self.ask(live, partial(History.adopt, past=past))
        live.is_restored = True

    async def pause(self, live: LiveRun) -> None:
        """End the commands `run`, `step` and `seek` of a run, and wait for their last turn to end.

        The wishes of players stay.
        """
        live.newest_command += 1
        self.wish(live, COMMANDS, None)
        # A turn, because a question would overtake a turn of `seek` that waits already.
        self._check_is_here(live)
        await self.computing.take_turn(live.id, nothing)

    @contextmanager
    def stream(self, live: LiveRun) -> Iterator[None]:
        """Count one event stream of a run, for as long as the context lasts.

        The command `run` ends if no stream begins within the grace time after the last one has ended. A run
        that never had a stream continues. Raises Refusal if there are too many streams.
        """
        if self.streams >= self.settings.max_streams:
            raise Refusal(
                f"This server has {self.streams} event streams, the maximum. Close a page.", code="full"
            )
        self.streams += 1
        live.streams += 1
        if live.alone is not None:
            live.alone.cancel()
        try:
            yield
        finally:
            self.streams -= 1
            live.streams -= 1
            if not live.streams and COMMANDS in live.wishes:
                loop = asyncio.get_running_loop()
                live.alone = loop.call_later(self.settings.grace_seconds, self.wish, live, COMMANDS, None)

    def end(self) -> None:
        """End all training, all commands and all event streams. Questions are still answered.

        Runs with a stream are written into the user's cache, in the background.
        """
        for live in self.runs.values():
            if live.is_worth_keeping:
                self._in_background(self._keep(live))
            self.computing.wish(live.id, frozenset())
            live.close()

    async def close(self) -> None:
        """End all computing, after the writes into the user's cache."""
        self.end()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.computing.close()

    async def _reach(
        self, live: LiveRun, until: int, question: Question[T], is_given_up: Callable[[], Awaitable[bool]]
    ) -> T:
        """Compute in turns, then answer. The first turn is before all training, as for a step; the others
        are among those of the training, so that long jumps delay neither steps nor training.
        """
        reached = partial(advanced, until=until, question=question)
        answer = await self.ask(live, reached)
        while answer is None and not (await is_given_up() or live.closed):
            answer = await self.computing.take_turn(live.id, reached)
        return answer[0] if answer is not None else await self.ask(live, question)

    async def _come_near(self, live: LiveRun, iteration: int) -> None:
        """Continue from the checkpoint of a run if `iteration` is far beyond the computed ones."""
        if recovery.is_far(iteration, live.computed):
            await self.restore(live)

    async def _keep(self, live: LiveRun) -> None:
        """Write a run into the user's cache, and repeat this while it is due."""
        async with live.keeping:
            while live.report.seconds > live.kept_seconds and live.id in self.runs:
                live.kept_seconds = live.report.seconds
                await self.study(live, checkpoints.keep)
                if not live.is_due:
                    return

    def _check_is_here(self, live: LiveRun) -> None:
        """Raise Refusal for a run that has been dropped. A new run may have the same id."""
        if self.runs.get(live.id) is not live:
            raise _no_such_run()

    def _make_room(self, report: Report) -> None:
        """Drop other runs so that one more fits. If that is impossible, close it and raise Refusal."""
        self._forget(self.settings.max_bytes - report.nbytes)
        try:
            dropped = eviction.to_make_room(self.runs, report.nbytes, self.settings)
        except Refusal:
            self.computing.drop(report.plan.recipe.id)
            raise
        for live in dropped:
            self._drop(live)

    def _keep_within(self) -> None:
        """Free memory beyond the limit: first caches, then runs."""
        if eviction.total_bytes(self.runs) > self.settings.max_bytes:
            self._forget(self.settings.max_bytes)
            for live in eviction.to_drop(self.runs, self.settings.max_bytes):
                self._drop(live)

    def _forget(self, max_bytes: int) -> None:
        for live in eviction.to_forget(self.runs, max_bytes):
            self.computing.forget(live.id)
            # The report arrives later.
            live.report = replace(live.report, nbytes=live.report.nbytes - live.report.cached, cached=0)

    def _drop(self, live: LiveRun) -> None:
        del self.runs[live.id]
        self.computing.drop(live.id)
        live.close()

    def _learn(self, report: Report) -> None:
        """Process a report of a run."""
        live = self.runs.get(report.plan.recipe.id)
        if live is None or report.plan is not live.plan:
            return
        reached = [
            wish
            for wish in live.wishes.values()
            if wish.accuracy is not None and not wish.is_met(live.report) and wish.is_met(report)
        ]
        has_changed = (report.failed, report.computed) != (live.report.failed, live.computed)
        live.report = report
        if report.failed:
            live.wishes.clear()
        if reached or (live.is_due and not live.keeping.locked()):
            self._in_background(self._keep(live))
        self._keep_within()
        # Reading changes only the memory of a run, which clients do not see.
        if has_changed:
            live.publish()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def _no_such_run() -> Refusal:
    return Refusal(
        "This server has no such run (any more). Create it again from its recipe.", "run", code="no_such_run"
    )


def _check_can_go_on(live: LiveRun) -> None:
    if diverged := encode.runs.divergence(live.report):
        raise Refusal(f"{diverged.message} Lower the learning rate before that.", code="diverged")
    if stopped := encode.runs.stopped(live.report):
        raise Refusal(f"{stopped.message} A recipe with more patience continues.", code="stopped_early")
    if live.ended:
        raise Refusal(
            f"{_end(live)}, and it is computed. A recipe with more epochs continues.", code="finished"
        )


def _end(live: LiveRun) -> str:
    return f"The last iteration of this run is {live.plan.iterations - 1}"
