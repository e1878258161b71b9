"""A player is moved by time alone, at its own pace, as far as its run is computed."""

from dataclasses import replace
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.compute.computing import Wish
from server.errors import Refusal
from server.play.player import AHEAD_SECONDS, Player, RunFacts, commanded, created, moved, wish
from server.run.past import Evaluation
from server.wire.messages.players import Moment, PlayerCommand

LAST = 40
RUN = RunFacts(iterations=1000, iterations_per_epoch=100, positions=LAST)
COMPUTED = replace(RUN, computed=1000, ended=True)

speeds = st.floats(0.01, 5000)
units = st.sampled_from(["iteration", "epoch"])
moments = st.builds(Moment, iteration=st.integers(0, 999), position=st.integers(0, LAST))
commands = st.builds(
    PlayerCommand,
    run=st.just("run"),
    moment=moments,
    unit=st.sampled_from(["cell", "layer", "phase", "iteration", "epoch"]),
    speed=st.none() | speeds,
    goal=st.none() | st.floats(0.1, 1),
    playing=st.booleans(),
)


@st.composite
def runs(draw: Any) -> RunFacts:
    """A run at any moment of its life, with evaluations every 50 iterations."""
    computed = draw(st.integers(0, 1000))
    accuracies = st.floats(0, 1)
    evaluations = tuple(
        Evaluation(iteration=at, accuracy=draw(accuracies), loss=1.0) for at in range(0, computed + 1, 50)
    )
    ended = draw(st.booleans()) or computed == 1000
    return replace(RUN, computed=computed, ended=ended, evaluations=evaluations)


def command(iteration: int = 0, position: int = LAST, **wished: Any) -> PlayerCommand:
    wished = {"playing": True, **wished}
    return PlayerCommand(run="run", moment=Moment(iteration=iteration, position=position), **wished)


def player(iteration: int = 0, position: int = LAST, run: RunFacts = RUN, **wished: Any) -> Player:
    return created("p", "me", command(iteration, position, **wished), run)


def where(player: Player) -> tuple[int, int, bool]:
    """The iteration, the position, and whether it plays."""
    command = player.command
    return command.moment.iteration, command.moment.position, command.playing


def test_the_first_iteration_is_played_at_once_and_the_next_ones_at_the_speed() -> None:
    at = moved(player(4, speed=2), 0, COMPUTED)
    assert where(at) == (5, LAST, True)
    at = moved(at, 0.4, COMPUTED)
    assert where(at) == (5, LAST, True)
    at = moved(at, 0.2, COMPUTED)
    assert where(at) == (6, LAST, True)


def test_within_an_iteration_a_player_first_goes_to_its_end() -> None:
    at = moved(player(4, position=7, speed=2), 0, COMPUTED)
    assert where(at) == (4, LAST, True)


def test_a_speed_in_epochs_is_that_many_iterations_times_an_epoch() -> None:
    at = moved(player(0, unit="epoch", speed=0.5), 1, COMPUTED)
    assert where(at) == (50, LAST, True)


@given(speed=speeds, unit=units, ticks=st.lists(st.floats(0.001, 0.2), min_size=1, max_size=40))
def test_the_way_that_a_player_goes_is_its_speed_times_the_time(
    speed: float, unit: Any, ticks: list[float]
) -> None:
    endless = replace(RUN, iterations=10**9, computed=10**9)
    at = player(0, speed=speed, unit=unit)
    for seconds in ticks:
        at = moved(at, seconds, endless)
    expected = 1 + speed * (100 if unit == "epoch" else 1) * sum(ticks)
    assert abs(at.command.moment.iteration - floor(expected)) <= 1


@given(command=commands, run=runs(), seconds=st.floats(0, 100))
def test_no_player_goes_back_or_beyond_what_is_computed_but_to_its_goal(
    command: PlayerCommand, run: RunFacts, seconds: float
) -> None:
    before = created("p", "me", command, run)
    after = moved(before, seconds, run)
    if after.command.moment != command.moment:
        assert before.moves
        assert after.command.moment.position in (0, LAST)
        assert after.command.moment.iteration < max(1, run.computed)
        if command.goal is None:
            assert after.command.moment.iteration >= command.moment.iteration


@given(command=commands, run=runs(), seconds=st.floats(0, 100))
def test_moving_changes_the_moment_and_the_end_of_playing_and_nothing_else(
    command: PlayerCommand, run: RunFacts, seconds: float
) -> None:
    after = moved(created("p", "me", command, run), seconds, run).command
    same = after.model_copy(update={"moment": command.moment, "playing": command.playing})
    assert same == command
    assert command.playing or not after.playing


@given(command=commands, run=runs(), seconds=st.floats(0, 100))
def test_a_player_that_is_paused_or_that_the_page_moves_stays_and_wishes_nothing(
    command: PlayerCommand, run: RunFacts, seconds: float
) -> None:
    paged = command.unit in ("cell", "layer", "phase") and command.goal is None
    still = created("p", "me", command, run)
    if paged or not command.playing:
        assert moved(still, seconds, run) is still
        assert wish(still, run) is None
    else:
        assert wish(still, run) is not None


def test_at_full_speed_a_player_stands_at_the_newest_iteration_and_wishes_the_end() -> None:
    at = player(3)
    for computed in (4, 5, 300):
        at = moved(at, 0.01, replace(RUN, computed=computed))
        assert where(at) == (computed - 1, LAST, True)
    assert wish(at, RUN) == Wish(1000)


def test_a_player_that_is_beyond_what_is_computed_waits_there() -> None:
    at = player(30, 5)
    assert where(moved(at, 1, replace(RUN, computed=12))) == (30, 5, True)
    assert where(moved(at, 1, replace(RUN, computed=32))) == (31, LAST, True)


def test_a_player_that_waited_for_computing_makes_up_for_one_second() -> None:
    at = player(9, speed=50)
    for _ in range(100):
        at = moved(at, 0.1, replace(RUN, computed=10))
    assert where(at) == (9, LAST, True)
    assert where(moved(at, 0, COMPUTED)) == (59, LAST, True)


@given(speed=speeds, unit=units, start=st.integers(0, 500), seconds=st.floats(0, AHEAD_SECONDS))
def test_a_run_that_is_computed_as_wished_does_not_brake_the_player(
    speed: float, unit: Any, start: int, seconds: float
) -> None:
    at = moved(player(start, speed=speed, unit=unit), 0, replace(RUN, computed=start + 1))
    wished = wish(at, RUN)
    assert wished is not None
    ahead = moved(at, seconds, replace(RUN, computed=wished.until))
    assert ahead.command.moment == moved(at, seconds, replace(RUN, computed=1000)).command.moment


@given(speed=st.floats(0.01, 50))
def test_a_slow_player_wishes_only_a_little_ahead(speed: float) -> None:
    at = moved(player(9, speed=speed), 0, COMPUTED)
    wished = wish(at, RUN)
    assert wished is not None
    assert 11 < wished.until <= 11 + 1 + speed * AHEAD_SECONDS + 1


@pytest.mark.parametrize("speed", [None, 1e6])
def test_playing_ends_at_the_end_of_the_run(speed: float | None) -> None:
    diverged = replace(RUN, computed=77, ended=True)
    at = moved(player(3, speed=speed), 1, diverged)
    assert where(at) == (76, LAST, False)
    assert wish(at, diverged) is None


def test_a_player_at_the_end_of_its_run_ends_at_once_and_stays() -> None:
    assert where(moved(player(999), 0, COMPUTED)) == (999, LAST, False)
    assert where(moved(player(999, 12), 0, COMPUTED)) == (999, LAST, False)


GOAL = 0.9


def evaluated(*accuracies: float, computed: int = 0, ended: bool = False) -> RunFacts:
    evaluations = tuple(
        Evaluation(iteration=50 * i, accuracy=accuracy, loss=1.0) for i, accuracy in enumerate(accuracies)
    )
    newest = evaluations[-1].iteration
    return replace(RUN, computed=max(computed, newest), ended=ended, evaluations=evaluations)


def test_with_a_goal_a_player_ends_where_the_first_evaluation_that_reached_it_belongs() -> None:
    before = evaluated(0.1, 0.5)
    at = player(3, run=before, goal=GOAL, speed=1, unit="cell")
    assert wish(at, before) == Wish(1000, GOAL)
    at = moved(at, 0.1, before)
    assert where(at) == (49, LAST, True)
    # Somebody else wishes more, so that the run is computed on before this player is moved.
    later = evaluated(0.1, 0.5, 0.92, 0.8, 0.95, computed=230)
    at = moved(at, 0.1, later)
    assert where(at) == (99, LAST, False)
    assert wish(at, later) is None


def test_a_player_that_is_beyond_its_goal_goes_back_to_where_it_was_reached() -> None:
    reached = evaluated(0.1, 0.95, 0.6, computed=140)
    at = moved(player(130, run=reached, goal=GOAL), 0.1, reached)
    assert where(at) == (49, LAST, False)


def test_a_goal_that_the_first_numbers_reach_needs_no_iteration() -> None:
    lucky = evaluated(0.95)
    assert where(moved(player(0, 12, run=lucky, goal=GOAL), 0.1, lucky)) == (0, 12, False)
    assert where(moved(player(3, 12, run=lucky, goal=GOAL), 0.1, lucky)) == (0, 0, False)


def test_a_goal_that_is_never_reached_ends_with_the_run() -> None:
    end = evaluated(0.1, 0.5, computed=80, ended=True)
    assert where(moved(player(3, run=RUN, goal=GOAL), 0.1, end)) == (79, LAST, False)


def test_a_command_replaces_all_that_the_page_wished() -> None:
    before = moved(player(3, speed=1), 5, COMPUTED)
    wished = command(700, 12, playing=False, unit="phase", example=3)
    after = commanded(before, wished, COMPUTED)
    assert (after.command, after.id, after.owner) == (wished, "p", "me")


def test_a_player_that_goes_on_playing_stays_where_it_is() -> None:
    at = moved(player(3, speed=20), 1, COMPUTED)
    assert where(at) == (23, LAST, True)
    faster = commanded(at, command(17, speed=100), COMPUTED)
    assert where(faster) == (23, LAST, True)
    assert where(moved(faster, 0.5, COMPUTED)) == (73, LAST, True)
    elsewhere = commanded(at, command(17, speed=100).model_copy(update={"run": "other"}), COMPUTED)
    assert where(elsewhere) == (17, LAST, True)
    paused = commanded(at, command(17, playing=False), COMPUTED)
    assert where(paused) == (17, LAST, False)


def test_a_goal_that_is_given_while_it_plays_counts_at_once() -> None:
    run = evaluated(0.1, 0.92, 0.5)
    at = commanded(player(60, run=run), command(60, goal=GOAL), run)
    assert where(moved(at, 0.1, run)) == (49, LAST, False)


@pytest.mark.parametrize(
    ("moment", "field", "says"),
    [
        (Moment(iteration=1000, position=0), "moment.iteration", "last iteration of this run is 999"),
        (Moment(iteration=0, position=LAST + 1), "moment.position", "has 40 micro-steps"),
    ],
)
def test_a_moment_that_the_run_does_not_have_is_refused(moment: Moment, field: str, says: str) -> None:
    with pytest.raises(Refusal, match=says) as refused:
        created("p", "me", PlayerCommand(run="run", moment=moment), RUN)
    assert refused.value.field == field
