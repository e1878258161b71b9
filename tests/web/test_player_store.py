"""Players in memory against a model of them: random commands, reloads, deaths and time, without waiting."""

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from server.compute.computing import Listener, Question, T, Wish
from server.errors import Refusal
from server.play import player as playing
from server.play.player import RunFacts
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.report import Report, report
from server.web.player_store import PlayerStore
from server.web.run_store import RunStore
from server.web.settings import Settings
from server.wire.messages.players import Moment, PlayerCommand
from tests.scenes import played

NETWORK = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
EDITS = [{"kind": "learning_rate", "iteration": 2, "value": 0.3}]
RECIPES = [
    Recipe(network=NETWORK, epochs=1, batch_size=256),
    Recipe(network=NETWORK, epochs=2, batch_size=256),
    Recipe(network=NETWORK, epochs=1, batch_size=256, edits=EDITS),
]
# Players are moved when a test says so, and never by a task.
LIMITS = Settings(max_players=3, events_per_second=1e-9)


@cache
def whole(run: int) -> History:
    """The history of a recipe, computed to its end by nobody's wish."""
    history = History(plan(RECIPES[run]))
    history.advance(history.plan.iterations)
    return history


class SteppedComputing:
    """`Computing` that computes when a test says so."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.histories: dict[str, History] = {}
        self.wishes: dict[str, frozenset[Wish]] = {}

    async def open(self, plan: Plan) -> Report:
        return report(self.histories.setdefault(plan.recipe.id, History(plan)))

    async def ask(self, run: str, question: Question[T]) -> T:
        return question(self.histories[run])

    async def take_turn(self, run: str, question: Question[T]) -> T:
        return question(self.histories[run])

    async def draw(self, run: str, question: Question[T]) -> T:
        return question(self.histories[run])

    async def study(self, run: str, question: Question[T]) -> T:
        return question(self.histories[run])

    def wish(self, run: str, wishes: frozenset[Wish]) -> None:
        self.wishes[run] = wishes

    def forget(self, run: str) -> None:
        self.histories[run].forget()

    def drop(self, run: str) -> None:
        del self.histories[run]

    async def close(self) -> None:
        self.histories.clear()

    def work(self, count: int) -> None:
        """Compute up to `count` more iterations of each run that somebody wishes."""
        for run, wishes in self.wishes.items():
            history = self.histories[run]
            for _ in range(count):
                if history.ended or all(wish.is_met(history) for wish in wishes):
                    break
                history.advance(1)
            self.listener(report(history))


@dataclass
class Expected:
    """What one player should be, by its own commands and its own time."""

    player: playing.Player
    seen: float
    moved_at: float
    streams: int = 0


commands = st.fixed_dictionaries(
    {
        "moment": st.builds(Moment, iteration=st.integers(0, 5), position=st.integers(0, 400)),
        "unit": st.sampled_from(["cell", "iteration", "epoch"]),
        "speed": st.none() | st.sampled_from([0.5, 2.0, 40.0]),
        "goal": st.none() | st.sampled_from([0.1, 0.999]),
        "playing": st.booleans(),
    }
)
pages = st.integers(0, 3)


class Players(RuleBasedStateMachine):
    """Pages come, command, reload and die, on runs that they share."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        # A browser test leaves its loop in the main thread.
        self.thread = ThreadPoolExecutor(1)
        self.runner = asyncio.Runner()
        self.expected: OrderedDict[str, Expected] = OrderedDict()
        self.streams: dict[str, ExitStack] = {}
        self.on_loop(self.start())

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, on the loop of the store."""
        return self.thread.submit(self.runner.run, work).result()

    async def start(self) -> None:
        self.runs = RunStore(LIMITS, SteppedComputing)
        self.store = PlayerStore(self.runs, lambda: self.now)
        for recipe in RECIPES:
            await self.runs.create(recipe)

    def teardown(self) -> None:
        async def end() -> None:
            for stream in self.streams.values():
                stream.close()
            self.store.close()
            await self.runs.close()

        self.on_loop(end())
        self.thread.submit(self.runner.close).result()
        self.thread.shutdown()

    def facts(self, run: str) -> RunFacts:
        news = report(self.runs.computing.histories[run])
        of = news.plan
        positions = self.runs.runs[run].positions
        return RunFacts(
            of.iterations, of.iterations_per_epoch, positions, news.computed, news.ended, news.evaluations
        )

    def is_here(self, of: Expected) -> bool:
        return of.streams > 0 or self.now - of.seen < LIMITS.grace_seconds

    def move(self, of: Expected) -> None:
        """Let one player's time pass."""
        if self.is_here(of):
            facts = self.facts(of.player.command.run)
            of.player = playing.moved(of.player, self.now - of.moved_at, facts)
            of.moved_at = self.now

    def forget(self) -> None:
        for id, of in tuple(self.expected.items()):
            if not of.streams and self.now - of.seen > LIMITS.player_seconds:
                del self.expected[id]

    @rule(page=pages, run=st.integers(0, 2), wished=commands)
    def command(self, page: int, run: int, wished: Any) -> None:
        id, command = f"{page:032x}", PlayerCommand(run=RECIPES[run].id, **wished)
        self.forget()
        idle = [other for other, of in self.expected.items() if not of.streams]
        is_full = id not in self.expected and len(self.expected) == LIMITS.max_players
        if is_full and not idle:
            with pytest.raises(Refusal, match="the maximum"):
                self.on_loop(self.commanded(id, command))
            return
        if is_full:
            del self.expected[idle[0]]
        self.on_loop(self.commanded(id, command))
        facts = self.facts(command.run)
        if (of := self.expected.get(id)) is None:
            of = Expected(playing.created(id, "me", command, facts), self.now, self.now)
            self.expected[id] = of
        else:
            of.player = playing.commanded(of.player, command, facts)
        self.expected.move_to_end(id)
        of.seen = of.moved_at = self.now
        self.move(of)

    async def commanded(self, id: str, command: PlayerCommand) -> None:
        self.store.command(id, "me", command)

    @rule(page=pages)
    def load(self, page: int) -> None:
        """Open a stream, which takes the place of the player's stream."""
        id = f"{page:032x}"
        self.forget()
        if id not in self.expected:
            return
        of = self.expected[id]
        self.on_loop(self.opened(id))
        of.streams, of.moved_at = 1, self.now
        self.move(of)

    async def opened(self, id: str) -> None:
        stack = ExitStack()
        stack.enter_context(self.store.stream(id, "me", 0))
        if id in self.streams:
            self.streams[id].close()
        self.streams[id] = stack

    @rule(page=pages)
    def die(self, page: int) -> None:
        id = f"{page:032x}"
        if id in self.streams:

            async def end() -> None:
                self.streams.pop(id).close()

            self.on_loop(end())
            self.expected[id].streams, self.expected[id].seen = 0, self.now
            self.expected.move_to_end(id)

    @rule(count=st.integers(1, 4))
    def compute(self, count: int) -> None:
        async def work() -> None:
            self.runs.computing.work(count)

        self.on_loop(work())

    @rule(seconds=st.sampled_from([0.03, 0.5, 3.0, 11.0, 13 * 3600.0]))
    def wait(self, seconds: float) -> None:
        async def tick() -> None:
            self.store.tick()

        self.now += seconds
        self.on_loop(tick())
        for of in self.expected.values():
            self.move(of)

    @rule(page=pages)
    def lead(self, page: int) -> None:
        """Leading commands nobody, and changes nothing."""
        self.forget()
        if (id := f"{page:032x}") in self.expected:

            async def lead() -> None:
                self.store.lead(id, "me")

            self.on_loop(lead())

    @invariant()
    def every_player_is_what_its_own_commands_made_of_it(self) -> None:
        for id, of in self.expected.items():
            assert self.store.players[id].player == of.player
        assert len(self.store.players) <= LIMITS.max_players

    @invariant()
    def each_run_knows_the_wishes_of_those_who_are_there(self) -> None:
        for run, live in self.runs.runs.items():
            facts = self.facts(run)
            wished = {
                id: playing.wish(of.player, facts)
                for id, of in self.expected.items()
                if of.player.command.run == run and self.is_here(of) and of.player.moves
            }
            # A page that has died a while ago is found out when players are moved next.
            assert {id: live.wishes.get(id) for id in wished} == wished

    @invariant()
    def a_player_knows_how_many_others_are_in_its_run(self) -> None:
        for id, of in self.expected.items():
            others = [
                other
                for other, one in self.expected.items()
                if other != id and one.streams and one.player.command.run == of.player.command.run
            ]
            assert self.store.message(self.store.players[id]).others == len(others)

    @invariant()
    def all_numbers_are_those_of_the_recipe(self) -> None:
        for number, recipe in enumerate(RECIPES):
            history = self.runs.computing.histories[recipe.id]
            assert (history.losses == whole(number).losses[: history.computed]).all()


TestPlayers = Players.TestCase
TestPlayers.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_time_while_a_player_was_paused_moves_it_nowhere() -> None:
    async def scene() -> list[int]:
        now = 0.0
        runs = RunStore(LIMITS, SteppedComputing)
        store = PlayerStore(runs, lambda: now)
        live, _ = await runs.create(RECIPES[0])
        at = []
        for seconds, plays, until in ((0, False, None), (9, True, 6), (9, False, None), (9, True, None)):
            now += seconds
            runs.wish(live, "somebody", until and Wish(until))
            runs.computing.work(9)
            command = PlayerCommand(run=live.id, playing=plays, speed=4)
            at.append(store.command("5e" * 16, "me", command).moment.iteration)
        store.close()
        return at

    assert played(scene()) == [0, 0, 0, 0]
