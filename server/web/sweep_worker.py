"""A process that trains one run of a sweep after the other, in slices of time."""

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.process import BaseProcess

from anyio import to_thread

from server.nn.blas import one_thread
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.summary import Outcome, outcome

SLICE_SECONDS = 0.2


class Worker:
    """One process, started with its first run. It holds the run that was begun last.

    `begin` and `go_on` raise BrokenProcessPool when the process dies. It ends with the server.
    """

    def __init__(self) -> None:
        # Spawned: a fork would copy the locks of this process's threads.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, context, initializer=_settle)
        self._process: BaseProcess | None = None

    async def begin(self, recipe: Recipe) -> Outcome:
        """Begin a recipe's run. RecipeError, DataUnavailable."""
        before = multiprocessing.active_children()
        begun = self._pool.submit(_begin, recipe)
        # The pool starts its process in `submit`, and does not tell which one it is.
        new = (child for child in multiprocessing.active_children() if child not in before)
        self._process = next(new, self._process)
        return await asyncio.wrap_future(begun)

    async def go_on(self) -> Outcome:
        """Train the run for SLICE_SECONDS."""
        return await asyncio.wrap_future(self._pool.submit(_go_on, SLICE_SECONDS))

    def stop(self) -> None:
        """Terminate the process at once."""
        if self._process is not None:
            self._process.terminate()

    async def end(self) -> None:
        """Wait until the process has ended."""
        await to_thread.run_sync(self._pool.shutdown)


# From here on, code of the worker process, and the run that it trains.
_history: History | None = None


def _settle() -> None:
    """Prepare the process: one BLAS thread, no Ctrl-C, and an end when the server ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_thread()
    threading.Thread(target=_end_with_the_server, daemon=True).start()


def _end_with_the_server() -> None:
    if (server := multiprocessing.parent_process()) is not None:
        server.join()
        os._exit(1)


def _begin(recipe: Recipe) -> Outcome:
    global _history
    # The memory of the run before is free while this one is planned.
    _history = None
    _history = History(plan(recipe))
    return outcome(_history)


def _go_on(seconds: float) -> Outcome:
    assert _history is not None, "no run has begun"
    _history.advance(_history.plan.iterations, seconds)
    return outcome(_history)
