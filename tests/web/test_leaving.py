"""A run stops a while after the last page that had it open has gone."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from server.recipe.recipe import Recipe
from server.web.run_store import RunStore
from server.web.settings import Settings
from tests.scenes import played
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import ENDLESS, Stream, call, serving


class TestLeaving:
    @pytest.fixture
    def port(self) -> Iterator[int]:
        with serving(replace(Settings(), grace_seconds=0.3)) as port:
            yield port

    @pytest.fixture
    def run(self, port: int) -> str:
        run: str = call(port, "POST", "/api/runs", ENDLESS)["id"]
        return run

    def test_a_run_stops_after_all_its_streams_have_closed(self, port: int, run: str) -> None:
        with watching(port, run), watching(port, run):
            call(port, "POST", f"/api/runs/{run}/run")
            time.sleep(0.5)
            assert status(port, run) == "running"
        wait_until(lambda: status(port, run) == "paused")

    def test_a_run_with_one_open_stream_continues(self, port: int, run: str) -> None:
        with watching(port, run):
            with watching(port, run):
                call(port, "POST", f"/api/runs/{run}/run")
            time.sleep(0.6)
            assert status(port, run) == "running"

    @pytest.mark.parametrize("returns", [True, False], ids=["comes back", "stays away"])
    def test_a_stream_reopened_within_the_grace_time_keeps_the_run_going(self, returns: bool) -> None:
        async def is_left() -> bool:
            store = RunStore(replace(Settings(), grace_seconds=0.05))
            live, _ = await store.create(Recipe.model_validate(ENDLESS))
            await store.run(live, 1, None)
            with store.stream(live):
                pass
            with store.stream(live) if returns else nullcontext():
                await asyncio.sleep(0.2)
                trains = live.training
            await store.close()
            return trains

        assert played(is_left(), PATIENCE) == returns

    def test_a_run_that_never_had_a_stream_continues(self, port: int, run: str) -> None:
        call(port, "POST", f"/api/runs/{run}/run")
        time.sleep(0.6)
        assert status(port, run) == "running"

    def test_a_step_is_finished_after_all_streams_have_closed(self, port: int, run: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            with watching(port, run):
                call(port, "POST", f"/api/runs/{run}/run")
            step = pool.submit(call, port, "POST", f"/api/runs/{run}/step", {"count": 2000})
            stepped = step.result(PATIENCE)
            assert stepped["computed"] >= stepped["since"] + 2000

    def test_a_run_that_stopped_without_streams_frees_its_training_place(self) -> None:
        with serving(replace(Settings(), grace_seconds=0, max_training=1)) as port:
            first, second = (call(port, "POST", "/api/runs", {"seed": s, **ENDLESS})["id"] for s in (1, 2))
            with watching(port, first):
                call(port, "POST", f"/api/runs/{first}/run")
                with pytest.raises(AssertionError, match="too_many_running"):
                    call(port, "POST", f"/api/runs/{second}/run")
            wait_until(lambda: status(port, first) == "paused")
            call(port, "POST", f"/api/runs/{second}/run")


@contextmanager
def watching(port: int, run: str) -> Iterator[None]:
    """Keep an event stream of a run open."""
    with Stream(port, run) as stream:
        stream.open()
        assert stream.event() is not None
        yield


def status(port: int, run: str) -> str:
    """The status of a run."""
    found: str = call(port, "GET", f"/api/runs/{run}/timeline")["status"]
    return found
