"""The event stream: immediate, complete, resumable, up to date, and idle when nothing changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from server.recipe.recipe import Recipe
from server.web.app import Backscope, create_app
from server.web.live_run import LiveRun
from server.web.run_store import RunStore
from server.web.run_stream import run_events
from server.web.settings import Settings
from server.wire.messages.runs import Progress
from tests.scenes import played
from tests.web.helpers import DIVERGING, ENDLESS, Stream, call, numbers, serving

QUICK = Settings(events_per_second=1000)


async def _next(stream: AsyncIterator[bytes]) -> Progress:
    _, _, data = (await anext(stream)).partition(b"data: ")
    return Progress.model_validate_json(data)


def _told(progress: dict[str, Any]) -> dict[str, Any]:
    """A report without its source and sequence number."""
    return {key: value for key, value in progress.items() if key not in ("source", "sequence")}


async def _opened(settings: Settings = QUICK) -> tuple[RunStore, LiveRun, AsyncIterator[bytes]]:
    store = RunStore(settings)
    live, _ = await store.create(Recipe())
    return store, live, run_events(live, 0, None, settings.events_per_second)


def test_the_first_event_is_sent_at_once_and_the_next_after_a_change() -> None:
    async def scene() -> None:
        store, live, stream = await _opened()
        assert (await _next(stream)).computed == 0
        following = asyncio.ensure_future(_next(stream))
        await asyncio.sleep(0.05)
        assert not following.done()
        await store.step(live, 2)
        news = await following
        assert (news.since, news.computed) == (0, 2)

    played(scene())


def test_newer_replies_and_events_have_larger_sequence_numbers() -> None:
    async def scene() -> None:
        store, live, stream = await _opened()
        reports = [live.progress(0), await _next(stream)]
        await store.step(live, 1)
        reports.append(live.progress(0))
        assert [report.sequence for report in reports] == [1, 2, 3]
        again, _ = await RunStore(QUICK).create(Recipe())
        sources = [report.source for report in [*reports, again.progress(0)]]
        assert sources[0] == sources[1] == sources[2] != sources[3]

    played(scene())


def test_a_slow_client_gets_the_newest_state_in_one_event() -> None:
    async def scene() -> None:
        store, live, stream = await _opened()
        await _next(stream)
        for _ in range(20):
            await store.step(live, 1)
        news = await _next(stream)
        assert (news.since, news.computed, news.status) == (0, 20, "paused")
        following = asyncio.ensure_future(_next(stream))
        await asyncio.sleep(0.05)
        assert not following.done(), "no events are queued for a slow client"
        following.cancel()

    played(scene())


async def _wakeups(seconds: float) -> int:
    """The number of callbacks that the event loop gets within `seconds`, including those of this function."""
    loop, count = asyncio.get_running_loop(), 0
    originals = loop.call_soon, loop.call_soon_threadsafe

    def counting(call: Callable[..., asyncio.Handle]) -> Callable[..., asyncio.Handle]:
        def counted(*args: Any, **kwargs: Any) -> asyncio.Handle:
            nonlocal count
            count += 1
            return call(*args, **kwargs)

        return counted

    loop.call_soon, loop.call_soon_threadsafe = map(counting, originals)
    await asyncio.sleep(seconds)
    loop.call_soon, loop.call_soon_threadsafe = originals
    return count


async def _asked(app: Backscope, path: str, arrived: asyncio.Event) -> None:
    """Send a GET request to the whole application. `arrived` is set when bytes of the body arrive."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8765")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8765),
    }
    requests = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        return requests.pop() if requests else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200
        if message.get("body"):
            arrived.set()

    await app(scope, receive, send)


def test_an_idle_stream_does_not_wake_the_event_loop() -> None:
    async def scene() -> tuple[int, int]:
        app = create_app(QUICK)
        store = app.state.runs
        live, _ = await store.create(Recipe())
        arrived = asyncio.Event()
        asked = asyncio.create_task(_asked(app, f"/api/runs/{live.id}/events", arrived))
        await arrived.wait()
        await asyncio.sleep(0.05)
        arrived.clear()
        idle = await _wakeups(0.3)
        assert live.streams == 1
        assert not arrived.is_set()
        await store.step(live, 1)
        await arrived.wait()
        live.close()
        await asked
        assert live.streams == 0
        return idle, await _wakeups(0.3)

    with_a_stream, without = played(scene())
    assert with_a_stream == without


def test_a_training_run_wakes_the_event_loop() -> None:
    async def scene() -> int:
        store, live, stream = await _opened()
        following = asyncio.ensure_future(_next(stream))
        await store.run(live, 50, None)
        wakeups = await _wakeups(0.3)
        following.cancel()
        await store.close()
        return wakeups

    assert played(scene()) > played(_wakeups(0.3))


def test_a_stream_ends_with_its_run() -> None:
    async def scene() -> None:
        _, live, stream = await _opened()
        await _next(stream)
        live.close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    played(scene())


def test_a_stream_sends_every_loss_once_and_in_order_until_the_end() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs", {"epochs": 1})["id"]
        losses: list[np.ndarray] = []
        with Stream(port, run) as stream:
            head = stream.open()
            assert head.status == 200
            assert head.headers["Content-Type"].startswith("text/event-stream")
            assert head.headers["Cache-Control"] == "no-store"
            assert head.headers["X-Content-Type-Options"] == "nosniff"
            call(port, "POST", f"/api/runs/{run}/run")
            known, status = 0, ""
            while status != "finished":
                event = stream.event()
                assert event is not None
                assert event["event"] == "progress"
                news = Progress.model_validate(event["data"])
                assert (news.since, event["id"]) == (known, str(news.computed))
                known, status = news.computed, news.status
                losses.append(numbers(news.losses.model_dump()))
        whole = call(port, "GET", f"/api/runs/{run}/timeline")
        assert np.concatenate(losses).tobytes() == numbers(whole["losses"]).tobytes()


def test_a_reopened_stream_resumes_after_the_last_event() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs")["id"]
        call(port, "POST", f"/api/runs/{run}/step", {"count": 5})
        with Stream(port, run, last_event_id=3) as stream:
            stream.open()
            event = stream.event()
        assert event is not None
        assert (Progress.model_validate(event["data"]).since, event["id"]) == (3, "5")


def test_a_client_ahead_of_a_restarted_server_gets_the_servers_progress() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs")["id"]
        with Stream(port, run, last_event_id=1000) as stream:
            stream.open()
            event = stream.event()
        assert event is not None
        news = Progress.model_validate(event["data"])
        assert (news.since, news.computed, event["id"]) == (0, 0, "0")


def test_a_client_of_a_restarted_server_gets_equal_progress_after_a_seek() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs")["id"]
        call(port, "POST", f"/api/runs/{run}/step", {"count": 42})
        before = call(port, "GET", f"/api/runs/{run}/timeline")
    with serving(QUICK) as port:
        assert call(port, "POST", "/api/runs")["id"] == run
        call(port, "POST", f"/api/runs/{run}/step", {"count": 7})
        with Stream(port, run, last_event_id=before["computed"]) as stream:
            stream.open()
            event = stream.event()
            assert event is not None
            assert (event["id"], event["data"]["since"], event["data"]["computed"]) == ("7", 7, 7)
            call(port, "POST", f"/api/runs/{run}/seek", {"iteration": before["computed"] - 1})
            known = 7
            while known < before["computed"]:
                event = stream.event()
                assert event is not None
                assert event["data"]["since"] == known
                known = event["data"]["computed"]
        again = call(port, "GET", f"/api/runs/{run}/timeline")
        assert again["source"] != before["source"]
        assert _told(again) == _told(before)


def test_a_diverged_run_can_be_computed_to_its_end_again_after_a_restart() -> None:
    with serving(QUICK) as port:
        run = call(port, "POST", "/api/runs", DIVERGING)["id"]
        call(port, "POST", f"/api/runs/{run}/step", {"count": 100})
        before = call(port, "GET", f"/api/runs/{run}/timeline")
    with serving(QUICK) as port:
        call(port, "POST", "/api/runs", DIVERGING)
        again = call(port, "POST", f"/api/runs/{run}/seek", {"iteration": before["computed"] - 1})
        assert _told(again) == _told(before)
        assert again["status"] == "diverged"


def test_streams_end_with_the_server() -> None:
    with serving(Settings()) as port:
        run = call(port, "POST", "/api/runs", ENDLESS)["id"]
        call(port, "POST", f"/api/runs/{run}/run")
        stream = Stream(port, run)
        stream.open()
        assert stream.event() is not None
    while stream.event() is not None:
        pass
    stream.socket.close()
