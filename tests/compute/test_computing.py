"""The contract of computing: each implementation of the interface must pass these tests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from server.compute.computing import Computing, Listener, Wish
from server.compute.local import LocalComputing
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.past import first_reaching
from server.run.report import Report
from tests.scenes import played
from tests.waiting import PATIENCE
from tests.web.helpers import DIVERGING, ENDLESS

IMPLEMENTATIONS: list[Callable[[Listener], Computing]] = [LocalComputing]


class Scene:
    """An implementation, and the reports that its listener got."""

    def __init__(self, implementation: Callable[[Listener], Computing]) -> None:
        self.reports: list[Report] = []
        self.changed = asyncio.Event()
        self.computing = implementation(self._learn)

    def _learn(self, report: Report) -> None:
        self.reports.append(report)
        self.changed.set()

    async def open(self, **recipe: Any) -> str:
        """Make the run of a recipe known."""
        planned = planned_from(**recipe)
        await self.computing.open(planned)
        return planned.recipe.id

    def newest(self, run: str) -> Report | None:
        """The newest report of a run."""
        return next((found for found in reversed(self.reports) if found.plan.recipe.id == run), None)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait for a condition on the reports."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


def planned_from(**recipe: Any) -> Plan:
    """The plan of a recipe."""
    return plan(Recipe.model_validate(recipe))


@pytest.fixture(params=IMPLEMENTATIONS)
def play(request: pytest.FixtureRequest) -> Callable[[Callable[[Scene], Awaitable[None]]], None]:
    """Plays a scene with an implementation, in a loop of its own thread, and closes it."""

    async def staged(scene: Callable[[Scene], Awaitable[None]]) -> None:
        stage = Scene(request.param)
        try:
            await scene(stage)
        finally:
            await stage.computing.close()

    def play(scene: Callable[[Scene], Awaitable[None]]) -> None:
        played(staged(scene))

    return play


Play = Callable[[Callable[[Scene], Awaitable[None]]], None]


def computed(history: History) -> int:
    """The number of computed iterations."""
    return history.computed


def advance(history: History) -> int:
    """Compute one iteration more."""
    return history.advance(1)


def test_a_new_run_has_computed_nothing(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        report = await stage.computing.open(planned_from())
        assert (report.computed, report.ended, len(report.losses)) == (0, False, 0)
        assert await stage.computing.ask(report.plan.recipe.id, computed) == 0

    play(scene)


def test_a_wish_is_computed_exactly_and_reported(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open()
        stage.computing.wish(run, frozenset({Wish(37), Wish(12)}))
        await stage.until(lambda: (found := stage.newest(run)) and found.computed >= 37)
        assert await stage.computing.ask(run, computed) == 37
        direct = History(planned_from())
        direct.advance(37)
        report = stage.newest(run)
        assert report is not None
        assert report.losses.tobytes() == direct.losses.tobytes()
        counts = [found.computed for found in stage.reports]
        assert counts == sorted(counts)

    play(scene)


def test_without_a_wish_nothing_is_computed(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open(**ENDLESS)
        stage.computing.wish(run, frozenset({Wish(100_000)}))
        await stage.until(lambda: stage.newest(run))
        stage.computing.wish(run, frozenset())
        # What is under way when the wish ends is one turn at most: it is over when a question is answered.
        before = await stage.computing.ask(run, computed)
        await asyncio.sleep(0.1)
        assert await stage.computing.ask(run, computed) == before

    play(scene)


def test_questions_are_answered_while_others_train(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        training = await stage.open(**ENDLESS)
        asked = await stage.open(seed=3)
        stage.computing.wish(training, frozenset({Wish(100_000)}))
        for count in range(1, 30):
            assert await stage.computing.ask(asked, advance) == 1
            assert await stage.computing.ask(asked, computed) == count
            report = stage.newest(asked)
            assert report is not None
            assert report.computed == count, "a reply comes after the report of what it has changed"
        begun = await stage.computing.ask(training, computed)
        await stage.until(lambda: (found := stage.newest(training)) and found.computed > begun)

    play(scene)


def test_runs_with_wishes_advance_side_by_side(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        runs = [await stage.open(seed=seed, **ENDLESS) for seed in range(4)]
        for run in runs:
            stage.computing.wish(run, frozenset({Wish(100_000)}))

        def least() -> int:
            return min(found.computed if (found := stage.newest(run)) else 0 for run in runs)

        await stage.until(lambda: least() > 100)
        counts = [await stage.computing.ask(run, computed) for run in runs]
        assert max(counts) < 3 * min(counts)

    play(scene)


def test_questions_that_take_turns_hold_up_no_training(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        training = await stage.open(**ENDLESS)
        jumping = [await stage.open(seed=seed, **ENDLESS) for seed in range(3)]
        stage.computing.wish(training, frozenset({Wish(100_000)}))

        async def jump(run: str) -> None:
            while True:
                assert await stage.computing.take_turn(run, advance) == 1

        jumps = [asyncio.create_task(jump(run)) for run in jumping]
        await stage.until(lambda: (found := stage.newest(training)) and found.computed > 50)
        for task in jumps:
            task.cancel()
        assert not [task.exception() for task in (await asyncio.wait(jumps))[0] if not task.cancelled()]
        for run in jumping:
            assert await stage.computing.ask(run, computed) > 0

    play(scene)


def test_an_accuracy_ends_a_wish_at_the_first_evaluation_that_has_it(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open(batch_size=32)
        stage.computing.wish(run, frozenset({Wish(10_000, accuracy=0.5)}))
        await stage.until(lambda: (found := stage.newest(run)) and first_reaching(found.evaluations, 0.5))
        report = stage.newest(run)
        assert report is not None
        first = first_reaching(report.evaluations, 0.5)
        assert first is not None
        assert report.evaluations[-1] == first
        assert await stage.computing.ask(run, computed) == first.iteration

    play(scene)


def test_a_rate_is_kept_and_the_fastest_wish_counts(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        slow = await stage.open(**ENDLESS)
        quick = await stage.open(seed=1, **ENDLESS)
        stage.computing.wish(slow, frozenset({Wish(100_000, rate=20)}))
        stage.computing.wish(quick, frozenset({Wish(100_000, rate=20), Wish(400)}))
        await stage.until(lambda: (found := stage.newest(quick)) and found.computed >= 400)
        begun = asyncio.get_running_loop().time()
        first = await stage.computing.ask(slow, computed)
        await stage.until(lambda: (found := stage.newest(slow)) and found.computed >= first + 5)
        elapsed = asyncio.get_running_loop().time() - begun
        # A slow machine may take longer; never less than four of the five intervals.
        assert elapsed > 4 / 20
        assert await stage.computing.ask(quick, computed) < 400 + 20 * (elapsed + PATIENCE)

    play(scene)


def test_the_lowest_rate_holds_up_nobody(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        slow, other = await stage.open(**ENDLESS), await stage.open(seed=1)
        stage.computing.wish(slow, frozenset({Wish(100_000, rate=1e-300)}))
        await stage.until(lambda: (found := stage.newest(slow)) and found.computed == 1)
        stage.computing.wish(other, frozenset({Wish(20)}))
        await stage.until(lambda: (found := stage.newest(other)) and found.computed == 20)
        assert await stage.computing.ask(slow, computed) == 1

    play(scene)


def test_a_run_that_diverges_ends(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open(**DIVERGING)
        stage.computing.wish(run, frozenset({Wish(1000)}))
        await stage.until(lambda: (found := stage.newest(run)) and found.ended)
        report = stage.newest(run)
        assert report is not None
        assert report.diverged is not None
        assert report.finite == report.diverged.iteration == report.computed - 1

    play(scene)


def test_runs_that_differ_in_edits_share_their_past(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open()
        stage.computing.wish(run, frozenset({Wish(50)}))
        await stage.until(lambda: (found := stage.newest(run)) and found.computed == 50)
        edit = {"kind": "learning_rate", "iteration": 30, "value": 0.001}
        branch = await stage.computing.open(planned_from(edits=[edit]))
        report = stage.newest(run)
        assert report is not None
        assert branch.computed == 30
        assert np.array_equal(branch.losses, report.losses[:30])

    play(scene)


def test_errors_of_a_question_reach_the_asker(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open()
        for ask in (
            stage.computing.ask,
            stage.computing.take_turn,
            stage.computing.draw,
            stage.computing.study,
        ):
            with pytest.raises(ZeroDivisionError):
                await ask(run, lambda _: 1 // 0)
            assert await ask(run, computed) == 0
            with pytest.raises(KeyError):
                await ask("unknown", computed)

    play(scene)


def test_long_questions_hold_up_nobody(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open()
        loop = asyncio.get_running_loop()
        answered = asyncio.Event()

        def long(history: History) -> int:
            asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(PATIENCE)
            return history.computed

        study = asyncio.create_task(stage.computing.study(run, long))
        assert await stage.computing.ask(run, advance) == 1
        assert not study.done()
        answered.set()
        assert await study == 1

    play(scene)


def test_what_can_be_computed_again_is_forgotten(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open()
        stage.computing.wish(run, frozenset({Wish(20)}))
        await stage.until(lambda: (found := stage.newest(run)) and found.computed == 20)
        before = stage.newest(run)
        assert before is not None
        assert before.cached > 0
        stage.computing.forget(run)
        await stage.until(lambda: stage.newest(run) is not before)
        after = stage.newest(run)
        assert after is not None
        assert (after.cached, after.nbytes) == (0, before.nbytes - before.cached)

    play(scene)


def test_a_training_that_fails_is_reported_and_others_go_on(
    play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = History.advance

    def broken(history: History, *args: Any) -> int:
        if history.plan.recipe.seed == 5:
            raise IndexError("a defect")
        return original(history, *args)

    monkeypatch.setattr(History, "advance", broken)

    async def scene(stage: Scene) -> None:
        failing, sound = await stage.open(seed=5), await stage.open(seed=6)
        for run in (failing, sound):
            stage.computing.wish(run, frozenset({Wish(30)}))
        await stage.until(lambda: (found := stage.newest(failing)) and found.failed)
        await stage.until(lambda: (found := stage.newest(sound)) and found.computed == 30)

    play(scene)
    assert "A training failed." in caplog.text


def test_after_its_end_nothing_is_answered(play: Play) -> None:
    async def scene(stage: Scene) -> None:
        run = await stage.open()
        await stage.computing.close()
        with pytest.raises(RuntimeError, match="has ended"):
            await stage.computing.ask(run, computed)

    play(scene)
