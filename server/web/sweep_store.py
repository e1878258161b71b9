"""Sweeps in the background: one at a time, its runs distributed over worker processes."""

import asyncio
import logging
import os
from collections import OrderedDict, deque
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from server.errors import Refusal
from server.recipe.sweep import Sweep, Variant
from server.run.summary import Outcome
from server.web.sweep_worker import Worker
from server.wire.messages.sweeps import SweepRunStatus, SweepStatus

logger = logging.getLogger(__name__)
KEPT = 8
"""The number of sweeps that are kept. The oldest makes room."""
WORKERS = max(1, (os.cpu_count() or 1) - 1)


@dataclass
class LiveRun:
    """One run of a sweep: its results so far, and its problem if it failed."""

    variant: Variant
    status: SweepRunStatus = "waiting"
    outcome: Outcome | None = None
    problem: str | None = None

    def fail(self, problem: str) -> None:
        """Mark the run as failed."""
        self.status, self.problem = "failed", problem


class LiveSweep:
    """A sweep in memory: its runs, and the task that trains them."""

    def __init__(self, sweep: Sweep, variants: tuple[Variant, ...]) -> None:
        self.sweep = sweep
        self.runs = tuple(map(LiveRun, variants))
        self.status: SweepStatus = "waiting"
        self.workers: set[Worker] = set()
        self.task: asyncio.Task[None] | None = None

    @property
    def is_over(self) -> bool:
        """True when the sweep is done or cancelled."""
        return self.status in ("done", "cancelled")

    def cancel(self) -> None:
        """Stop at once. Results so far stay."""
        if self.is_over:
            return
        self.status = "cancelled"
        for worker in self.workers:
            worker.stop()
        for run in self.runs:
            if run.status in ("waiting", "running"):
                run.status = "cancelled"


class SweepStore:
    """The sweeps of one server. One uses all workers; the others wait."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.sweeps: OrderedDict[str, LiveSweep] = OrderedDict()
        self.ending: set[asyncio.Task[None]] = set()

    def get(self, sweep: str) -> LiveSweep:
        """The sweep with this id. Refusal when it is not in memory."""
        live = self.sweeps.get(sweep)
        if live is None:
            raise Refusal(
                "This server has no such sweep (any more). POST its recipe and axes to /api/sweeps again.",
                "sweep",
                code="no_such_sweep",
            )
        return live

    def begin(self, sweep: Sweep, variants: tuple[Variant, ...]) -> LiveSweep:
        """Begin a sweep. Return the existing one if an equal sweep is running or done."""
        before = self.sweeps.get(sweep.id)
        if before is not None and before.status != "cancelled":
            return before
        self.sweeps.pop(sweep.id, None)
        while len(self.sweeps) >= KEPT:
            _, oldest = self.sweeps.popitem(last=False)
            oldest.cancel()
        live = self.sweeps[sweep.id] = LiveSweep(sweep, variants)
        live.task = asyncio.create_task(self._carry_out(live))
        self.ending.add(live.task)
        live.task.add_done_callback(self.ending.discard)
        return live

    async def close(self) -> None:
        """Cancel all sweeps, and wait until their workers have ended."""
        for live in self.sweeps.values():
            live.cancel()
        await asyncio.gather(*self.ending)

    async def _carry_out(self, live: LiveSweep) -> None:
        async with self.turn:
            if live.is_over:
                return
            live.status = "running"
            waiting = deque(live.runs)
            await asyncio.gather(*(_work(live, waiting) for _ in range(min(WORKERS, len(waiting)))))
            if not live.is_over:
                live.status = "done"


async def _work(live: LiveSweep, waiting: deque[LiveRun]) -> None:
    """Train waiting runs one after the other in one process. Start a new process when it dies."""
    while waiting and not live.is_over:
        worker = Worker()
        live.workers.add(worker)
        try:
            while waiting and not live.is_over:
                await _train(worker, live, waiting.popleft())
        except BrokenProcessPool:
            continue
        finally:
            live.workers.discard(worker)
            await worker.end()


async def _train(worker: Worker, live: LiveSweep, run: LiveRun) -> None:
    """Train a run until its end or that of the sweep. BrokenProcessPool when the worker dies."""
    run.status = "running"
    try:
        outcome = await worker.begin(run.variant.recipe)
        while not live.is_over:
            run.outcome = outcome
            if outcome.ended:
                run.status = "done" if outcome.diverged is None else "diverged"
                return
            outcome = await worker.go_on()
    except Refusal as error:
        run.fail(str(error))
    except BrokenProcessPool:
        # A cancelled sweep terminates its workers itself.
        if not live.is_over:
            run.fail("The process that trained it has ended before its time.")
        raise
    except Exception:
        logger.exception("A run of a sweep failed.")
        run.fail("The server made a mistake. Its log says more.")
