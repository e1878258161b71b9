"""Routes of sweeps: they run in the background."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from server.recipe.sweep import Sweep, variants
from server.web.body_limits import SWEEP
from server.web.routes.dependencies import READING, resource
from server.web.sweep_store import LiveSweep, SweepStore
from server.wire import encode
from server.wire.messages.sweeps import SweepReport

router = resource("/api/sweeps")


async def sweep_store(request: Request) -> SweepStore:
    """The sweeps of this server."""
    store: SweepStore = request.app.state.sweeps
    return store


Store = Annotated[SweepStore, Depends(sweep_store)]


@router.post("", status_code=202, dependencies=[READING], max_body_size=SWEEP)
async def begin_sweep(sweep: Sweep, store: Store) -> SweepReport:
    """Train all variants of a recipe, in worker processes. Equal sweeps share their runs."""
    return _report(store.begin(sweep, await run_in_threadpool(variants, sweep)))


@router.get("/{sweep}")
async def read_sweep(sweep: str, store: Store) -> SweepReport:
    """The progress and results of each run of a sweep."""
    return _report(store.get(sweep))


@router.delete("/{sweep}")
async def cancel_sweep(sweep: str, store: Store) -> SweepReport:
    """Stop a sweep. Results so far stay."""
    live = store.get(sweep)
    live.cancel()
    return _report(live)


def _report(live: LiveSweep) -> SweepReport:
    return encode.sweeps.report(
        live.sweep, live.status, [encode.sweeps.run(**vars(run)) for run in live.runs]
    )
