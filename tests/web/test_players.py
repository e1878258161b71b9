"""Two browsers on one run: each plays, pauses and steps for itself, and the run is computed once."""

from typing import Any

import pytest

from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import history as run_history
from server.run.history import History
from server.web.settings import Settings
from server.wire.messages.players import Moment, Player
from tests.web.helpers import DIVERGING, ENDLESS, call, serving
from tests.web.pages import NAMES, Browser, Events, new_page


def ended(events: Events, started: Player) -> Player:
    """The player once it no longer plays after a command, whose reply is `started`."""
    player: Player = events.next(
        "player", lambda player: not player.playing and player.sequence > started.sequence
    )
    return player


def last(port: int, run: str) -> int:
    """The last position of an iteration."""
    positions: int = call(port, "GET", f"/api/runs/{run}")["positions"]
    return positions


def test_each_of_two_browsers_plays_and_pauses_for_itself(port: int) -> None:
    one, two = new_page(port, ENDLESS), new_page(port, ENDLESS)
    one.put()
    two.put(position=7, unit="cell")
    with one.stream() as ones, two.stream() as twos:
        assert one.put(playing=True, names=NAMES).playing
        ones.next("frame", lambda frame: frame.iteration > 20)
        mine = two.player()
        assert (mine.playing, mine.moment, mine.unit) == (False, Moment(iteration=0, position=7), "cell")
        assert one.put(iteration=3, position=1).moment == Moment(iteration=3, position=1)
        assert two.put(playing=True, unit="iteration", names=NAMES).playing
        twos.next("frame", lambda frame: frame.iteration > 20)
        mine = one.player()
        assert (mine.playing, mine.moment) == (False, Moment(iteration=3, position=1))


def test_a_player_steps_for_itself(port: int) -> None:
    one, two = new_page(port), new_page(port)
    two.put(iteration=2, position=5)
    for iteration in range(4):
        reached = call(port, "POST", f"/api/runs/{one.run}/iterations/{iteration}", {"names": NAMES})
        assert reached["iteration"]["iteration"] == iteration
        assert one.put(iteration=iteration, position=12).moment == Moment(iteration=iteration, position=12)
    assert two.player().moment == Moment(iteration=2, position=5)


def test_a_shared_run_is_computed_once(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []
    step = run_history.step

    def counted(*args: Any) -> Any:
        computed.append(args[1].iteration)
        return step(*args)

    monkeypatch.setattr(run_history, "step", counted)
    pages = [new_page(port, {"epochs": 1}) for _ in range(4)]
    for page in pages:
        page.put()
    with pages[0].stream() as first, pages[1].stream(), pages[2].stream(), pages[3].stream() as fourth:
        started = [page.put(playing=True) for page in pages]
        ended(first, started[0])
        ended(fourth, started[3])
    assert computed == list(range(1437))


def test_while_it_plays_its_frames_go_forward_at_the_end_of_each_iteration(port: int) -> None:
    page = new_page(port, ENDLESS)
    page.put()
    history = History(plan(Recipe(**ENDLESS)))
    with page.stream() as events:
        page.put(playing=True, speed=40, names=NAMES, arrays="typed")
        frames = [events.next("frame") for _ in range(8)]
    iterations = [frame.iteration for frame in frames]
    assert iterations == sorted(set(iterations))
    history.advance(iterations[-1] + 1)
    assert [frame.loss for frame in frames] == [history.losses[at] for at in iterations]
    found = page.put().moment
    assert found == Moment(iteration=0, position=0)


def test_playing_ends_at_the_end_of_the_run_and_says_so(port: int) -> None:
    page = new_page(port, DIVERGING)
    page.put()
    with page.stream() as events:
        end = ended(events, page.put(playing=True, names=NAMES))
    timeline = call(port, "GET", f"/api/runs/{page.run}/timeline")
    assert timeline["status"] == "diverged"
    assert end.moment == Moment(iteration=timeline["computed"] - 1, position=last(port, page.run))


def test_with_a_goal_playing_ends_where_its_evaluation_belongs(port: int) -> None:
    page, other = new_page(port, ENDLESS), new_page(port, ENDLESS)
    page.put()
    other.put()
    with page.stream() as events, other.stream() as others:
        other.put(playing=True)
        others.next("progress", lambda progress: progress.computed > 0)
        end = ended(events, page.put(playing=True, goal=0.5, unit="cell"))
        assert other.player().playing
    evaluations = call(port, "GET", f"/api/runs/{page.run}/timeline")["evaluations"]
    first = next(found for found in evaluations if found["accuracy"] >= 0.5)
    assert end.moment == Moment(iteration=first["iteration"] - 1, position=last(port, page.run))


def test_at_a_speed_the_run_is_computed_only_a_little_ahead(port: int) -> None:
    page = new_page(port, ENDLESS)
    page.put()
    with page.stream() as events:
        page.put(playing=True, speed=20)
        events.next("progress", lambda progress: progress.computed > 10)
        at = page.player().moment.iteration
        assert call(port, "GET", f"/api/runs/{page.run}/timeline")["computed"] <= at + 20


def test_newer_messages_have_larger_sequence_numbers(port: int) -> None:
    page = new_page(port)
    sequences = [page.put().sequence]
    with page.stream() as events:
        sequences.append(events.next("player").sequence)
        sequences += [page.put(iteration=number).sequence for number in range(3)]
        sequences.append(page.player().sequence)
        page.lead()
        sequences.append(events.next("player", lambda player: player.leading is not None).sequence)
    assert sequences == sorted(set(sequences))


def test_a_late_reply_has_a_smaller_sequence_number_than_the_event_after_it(port: int) -> None:
    page = new_page(port, {"epochs": 1})
    page.put()
    with page.stream() as events:
        events.next("player")
        reply = page.put(playing=True)
        # The reply may reach the page after the event which says that playing has ended.
        end = ended(events, reply)
    assert reply.playing
    assert not end.playing


def test_another_browser_may_not_use_a_player(port: int) -> None:
    page, stranger = new_page(port), Browser(port)
    before = page.put(iteration=3)
    for browser in (stranger, Browser(port)):
        for method, path, body in (
            ("PUT", "", {"run": page.run}),
            ("GET", "", None),
            ("GET", "/events", None),
            ("POST", "/lead", None),
            ("DELETE", "/lead", None),
        ):
            status, problem = browser.refused(method, page.path + path, body)
            assert (status, problem.code) == (403, "not_yours")
        new_page(port, browser=browser).put()
    assert page.player().model_copy(update={"sequence": 0}) == before.model_copy(update={"sequence": 0})


def test_two_pages_of_one_browser_have_a_player_each(port: int) -> None:
    browser = Browser(port)
    one, two = new_page(port, browser=browser), new_page(port, browser=browser)
    one.put(iteration=1)
    two.put(iteration=2)
    assert (one.player().moment.iteration, two.player().moment.iteration) == (1, 2)


def test_each_page_learns_how_many_others_have_its_run_open(port: int) -> None:
    one, two = new_page(port), new_page(port)
    one.put()
    two.put()
    with one.stream() as events:
        assert events.next("player").others == 0
        with two.stream() as others:
            assert others.next("player").others == 1
            assert events.next("player", lambda player: player.others == 1)
            other = new_page(port, {"seed": 5})
            two.run = other.run
            two.put()
            assert events.next("player", lambda player: player.others == 0)
            assert others.next("player", lambda player: player.run == other.run).others == 0
            assert others.next("progress", lambda progress: progress.run == other.run).since == 0


def test_a_reload_goes_on_where_the_page_was(port: int) -> None:
    page = new_page(port, ENDLESS)
    page.put()
    with page.stream() as events:
        page.put(playing=True, speed=30, names=NAMES)
        seen = events.next("frame", lambda frame: frame.iteration >= 5).iteration
    with page.stream() as events:
        assert events.next("player").playing
        assert events.next("frame").iteration >= seen
        assert events.next("frame").iteration > seen


def test_a_command_that_lets_it_play_on_moves_it_nowhere(port: int) -> None:
    page = new_page(port, ENDLESS)
    page.put()
    with page.stream() as events:
        page.put(playing=True, speed=30, names=NAMES)
        seen = events.next("frame", lambda frame: frame.iteration >= 5).iteration
        assert page.put(iteration=1, playing=True, speed=60, names=NAMES).moment.iteration >= seen


def test_a_paused_player_gets_the_frame_of_a_computed_iteration_that_it_goes_to(port: int) -> None:
    page = new_page(port, {"batch_size": 4})
    call(port, "POST", f"/api/runs/{page.run}/step", {"count": 9})
    page.put(names=NAMES)
    with page.stream() as events:
        events.next("progress")
        page.put(iteration=5, names=NAMES)
        assert events.next("frame").iteration == 5
        page.put(iteration=3, names=NAMES, example=2)
        frame = events.next("frame")
        assert (frame.iteration, frame.example) == (3, 2)
        page.put(iteration=50, names=NAMES)
        page.put(iteration=8, names=NAMES)
        assert events.next("frame").iteration == 8


def test_a_frame_is_of_the_training_example_that_is_looked_at(port: int) -> None:
    page = new_page(port)
    call(port, "POST", f"/api/runs/{page.run}/step", {"count": 2})
    page.put(names=NAMES, look=900)
    with page.stream() as events:
        events.next("progress")
        page.put(iteration=1, names=NAMES, look=900, arrays="typed")
        frame = events.next("frame")
    assert frame.looked_at is not None
    assert frame.looked_at.index == 900
    read = call(port, "GET", f"/api/runs/{page.run}/iterations/1?names=conv1.out&look=900")
    assert frame.tensors[0].data.bdata == read["tensors"][0]["data"]["bdata"]


def test_a_restarted_server_knows_no_player_and_a_command_makes_it_again() -> None:
    with serving(Settings()) as port:
        page = new_page(port)
        before = page.put(iteration=4, position=2)
    with serving(Settings()) as port:
        page.browser.port = port
        status, problem = page.browser.refused("GET", page.path)
        assert (status, problem.code) == (404, "no_such_player")
        body = {"run": page.run, "moment": {"iteration": 4, "position": 2}}
        status, problem = page.browser.refused("PUT", page.path, body)
        assert (status, problem.code) == (404, "no_such_run")
        assert new_page(port).run == page.run
        after = page.put(iteration=4, position=2)
        assert after.moment == before.moment
        assert after.sequence > before.sequence
        with page.stream() as events:
            assert events.next("player").moment == before.moment


@pytest.mark.parametrize(
    ("wished", "code", "field", "says"),
    [
        ({"moment": {"iteration": 10**6, "position": 0}}, "beyond_the_end", "moment.iteration", "last iter"),
        ({"moment": {"iteration": 0, "position": 10**9}}, "invalid", "moment.position", "micro-steps"),
        ({"names": ["conv1.dww"]}, "invalid", "names", "did you mean"),
        ({"look": 10**6}, "invalid", "look", "training"),
        ({"speed": 0}, "invalid", "speed", "greater than 0"),
        ({"goal": 1.5}, "invalid", "goal", "less than or equal to 1"),
        ({"frames_per_second": 60}, "invalid", "frames_per_second", "less than or equal to 30"),
        ({"unit": "batch"}, "invalid", "unit", "'cell'"),
        ({"view": {"name": "conv1.out"}}, "invalid", "view.cell", "missing"),
        ({"pace": 3}, "invalid", "pace", "no setting"),
    ],
)
def test_a_command_that_cannot_be_is_refused_and_changes_nothing(
    port: int, wished: Any, code: str, field: str, says: str
) -> None:
    page = new_page(port)
    page.put(iteration=2, position=3)
    status, problem = page.browser.refused("PUT", page.path, {"run": page.run, **wished})
    assert (status, problem.code, problem.field) == (422, code, field)
    assert says in problem.message
    assert page.player().moment == Moment(iteration=2, position=3)


def test_an_id_that_no_page_makes_is_refused(port: int) -> None:
    status, problem = Browser(port).refused("PUT", "/api/players/me", {"run": "x"})
    assert (status, problem.code, problem.field) == (422, "invalid", "player")
