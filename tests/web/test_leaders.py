"""A page leads, and others follow what it shows."""

from typing import Any

import pytest

from server.recipe.recipe import Recipe
from server.run.history import History
from server.web.settings import Settings
from server.wire import encode
from server.wire.messages.players import Moment
from tests.web.helpers import ENDLESS, call, serving
from tests.web.pages import Browser, new_page, reading


def test_followers_see_what_their_leader_shows_in_frames_that_are_encoded_once(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []
    original = encode.frames.frame

    def counted(history: History, iteration: int, **others: Any) -> bytes:
        encoded.append(iteration)
        return original(history, iteration, **others)

    monkeypatch.setattr(encode.frames, "frame", counted)
    leader = new_page(port, ENDLESS)
    leader.put()
    token = leader.lead().leading
    path = f"/api/leaders/{token}/events"
    browser = Browser(port)
    query = "?names=conv1.out&names=loss.loss"
    with (
        leader.stream() as leading,
        reading(browser, path, query) as first,
        reading(browser, path, query) as second,
        reading(browser, path, query) as third,
    ):
        shown = first.next("leader")
        assert (shown.run, shown.recipe, shown.playing) == (leader.run, Recipe(**ENDLESS), False)
        assert leading.next("player", lambda player: player.followers == 3).leading == token
        leader.put(playing=True, speed=2, names=["conv1.out", "loss.loss"])
        own = leading.next("frame", lambda frame: frame.iteration > 1)
        for follower in (first, second, third):
            assert follower.next("frame", lambda frame: frame.iteration >= own.iteration) == own
        view = {"name": "conv1.out", "cell": 9}
        leader.put(iteration=2, position=6, unit="cell", example=3, view=view, look=17)
        for follower in (first, second, third):
            shown = follower.next("leader", lambda shown: not shown.playing)
            assert shown.moment == Moment(iteration=2, position=6)
            assert (shown.unit, shown.example, shown.look) == ("cell", 3, 17)
            assert (shown.view.name, shown.view.cell) == ("conv1.out", 9)
        assert len(encoded) == len(set(encoded)) + 1, "iteration 2 is encoded again for another example"


def test_followers_go_with_their_leader_to_another_run(port: int) -> None:
    leader = new_page(port)
    leader.put()
    path = f"/api/leaders/{leader.lead().leading}/events"
    with reading(Browser(port), path, "?names=conv1.*&names=pool1.out") as events:
        events.next("leader")
        dense = {"network": [{"kind": "flatten"}, {"kind": "dense", "units": 10}]}
        leader.run = new_page(port, dense).run
        call(port, "POST", f"/api/runs/{leader.run}/step", {"count": 3})
        leader.put(iteration=2)
        shown = events.next("leader", lambda shown: shown.run == leader.run)
        assert [layer.kind for layer in shown.recipe.network] == ["flatten", "dense"]
        assert events.next("progress", lambda progress: progress.run == leader.run).computed == 3


def test_other_pages_of_the_run_learn_who_leads_and_a_leader_that_stops_ends_its_followers(port: int) -> None:
    leader, other = new_page(port), new_page(port)
    leader.put()
    other.put()
    with leader.stream() as leading, other.stream() as events:
        leading.next("player")
        token = leader.lead().leading
        assert leader.lead().leading == token
        assert events.next("player", lambda player: player.leaders == (token,)).leading is None
        with reading(other.browser, f"/api/leaders/{token}/events") as followed:
            followed.next("leader")
            leading.next("player", lambda player: player.followers == 1)
            stopped = leader.stop_leading()
            assert (stopped.leading, stopped.leaders) == (None, ())
            assert followed.rest()[-1] == "ended"
        events.next("player", lambda player: player.leaders == ())
        leading.next("player", lambda player: player.followers == 0)
    status, problem = other.browser.refused("GET", f"/api/leaders/{token}/events")
    assert (status, problem.code) == (404, "no_such_leader")


def test_a_player_leads_with_the_same_token_on_a_server_that_was_started_again_and_no_other_player_does(
    port: int,
) -> None:
    page = new_page(port)
    page.put()
    token = page.lead().leading
    with serving(Settings()) as again:
        page.browser.port = again
        call(again, "POST", "/api/runs")
        page.put()
        assert page.lead().leading == token
        other = new_page(again, browser=page.browser)
        other.put()
        assert other.lead().leading != token
        assert Browser(again).refused("POST", f"{page.path}/lead")[0] == 403
