"""The event stream of a player: what comes in it, when it ends, and how many there may be."""

import numpy as np
import pytest

from server.web.settings import Settings
from tests.waiting import wait_until
from tests.web.helpers import ENDLESS, Stream, call, numbers, serving
from tests.web.pages import NAMES, new_page


def test_a_second_stream_of_a_player_ends_the_first(port: int) -> None:
    page = new_page(port)
    page.put()
    with page.stream() as first:
        first.next("player")
        with page.stream() as second:
            second.next("player")
            assert first.rest()[-1] == "ended"
            assert page.put(playing=True, names=NAMES).playing
            second.next("frame")
            assert page.player().others == 0


def test_losses_come_once_and_in_order_from_where_the_page_knows_them(port: int) -> None:
    page = new_page(port, {"epochs": 1})
    call(port, "POST", f"/api/runs/{page.run}/step", {"count": 9})
    page.put()
    losses: list[np.ndarray] = []
    known = 4
    with page.stream(since=known) as events:
        page.put(playing=True)
        while known < 1437:
            progress = events.next("progress")
            assert progress.since == known
            losses.append(numbers(progress.losses.model_dump()))
            known = progress.computed
    whole = call(port, "GET", f"/api/runs/{page.run}/timeline")
    assert np.concatenate(losses).tobytes() == numbers(whole["losses"])[4:].tobytes()


@pytest.mark.parametrize("settings", [Settings(max_streams=3)])
def test_a_stream_too_many_is_refused_with_a_sentence_and_a_place_that_ends_is_free(port: int) -> None:
    pages = [new_page(port) for _ in range(4)]
    for page in pages:
        page.put()
    token = pages[0].lead().leading
    with pages[0].stream() as first, pages[1].stream():
        with pages[2].stream():
            for path in (f"{pages[3].path}/events", f"/api/leaders/{token}/events"):
                status, problem = pages[3].browser.refused("GET", path)
                assert (status, problem.code) == (503, "full")
                assert "3 event streams" in problem.message
            with pages[0].stream() as again:
                again.next("player")
                assert first.rest()[-1] == "ended"
        wait_until(lambda: pages[1].player().others == 0)
        with pages[3].stream() as late:
            assert late.next("player").others == 1


@pytest.mark.parametrize("settings", [Settings(grace_seconds=0.2)])
def test_a_player_without_a_page_asks_for_nothing_and_goes_on_with_the_next_page(port: int) -> None:
    page = new_page(port, ENDLESS)
    page.put()
    with page.stream() as events:
        page.put(playing=True, names=NAMES)
        events.next("frame")
    timeline = f"/api/runs/{page.run}/timeline"
    wait_until(lambda: call(port, "GET", timeline)["status"] == "paused")
    alone = page.player()
    assert alone.playing
    assert page.player().moment == alone.moment
    computed = call(port, "GET", timeline)["computed"]
    with page.stream() as events:
        assert events.next("player").playing
        events.next("progress", lambda progress: progress.computed > computed)
        events.next("frame", lambda frame: frame.iteration > alone.moment.iteration)


def test_a_quiet_stream_says_that_it_is_alive(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.web.player_stream.ALIVE_SECONDS", 0.05)
    page = new_page(port)
    page.put()
    with page.stream() as events:
        assert events.next("alive") == {}
        assert events.next("alive") == {}


def test_a_stream_without_frames_says_that_it_is_alive_while_its_player_goes_through_what_is_computed(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.web.player_stream.ALIVE_SECONDS", 0.3)
    page = new_page(port, {"batch_size": 1})
    call(port, "POST", f"/api/runs/{page.run}/step", {"count": 600})
    page.put()
    with page.stream() as events:
        page.put(playing=True, speed=20)
        events.next("progress")
        names = [name for name, _ in events.all(lambda name, _: name == "alive")]
        assert names == ["alive"], "playing through what is computed is no news of the run"
        assert page.player().playing


def test_streams_end_with_the_server() -> None:
    with serving(Settings()) as port:
        page = new_page(port, ENDLESS)
        page.put()
        path = f"{page.path}/events"
        streams = [Stream(port, path=path, cookie=page.browser.cookie)]
        streams.append(Stream(port, path=f"/api/leaders/{page.lead().leading}/events", query="?names=*"))
        for stream in streams:
            stream.open()
            assert stream.event() is not None
        page.put(playing=True, names=["*"])
    for stream in streams:
        while stream.event() is not None:
            pass
        stream.socket.close()


def test_a_slow_reader_of_one_page_holds_up_no_other(port: int) -> None:
    wide = {"network": [{"kind": "conv2d", "filters": 64, "padding": "same"}, {"kind": "flatten"}]}
    wide = {"network": [*wide["network"], {"kind": "dense", "units": 10}], **ENDLESS}
    slow, quick = new_page(port, wide), new_page(port, wide)
    slow.put()
    quick.put()
    path = f"{slow.path}/events"
    with Stream(port, path=path, cookie=slow.browser.cookie, receive_buffer=4096) as unread:
        unread.open()
        slow.put(playing=True, names=["conv.*"])
        with quick.stream() as events:
            quick.put(playing=True, names=["conv.*"])
            seen = events.next("frame").iteration
            for _ in range(20):
                later = events.next("frame").iteration
                assert later > seen
                seen = later
