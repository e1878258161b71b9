"""The store of runs, without routes: what happens between a question and its answer."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from server.compute.computing import Question, Wish
from server.errors import Refusal
from server.recipe.plan import Plan
from server.recipe.recipe import Recipe
from server.run import checkpoints
from server.run.history import History
from server.web.run_store import COMMANDS, RunStore
from server.web.settings import Settings
from tests.scenes import played
from tests.waiting import PATIENCE
from tests.web.helpers import ENDLESS

RECIPE = Recipe.model_validate(ENDLESS)
ONE_PLACE = replace(Settings(), max_runs=1)


def with_store(scene: Callable[[RunStore], Awaitable[None]], settings: Settings | None = None) -> None:
    """Play a scene with a store, in a loop of its own thread, and close it."""

    async def whole() -> None:
        store = RunStore(settings or Settings())
        try:
            await scene(store)
        finally:
            await store.close()

    played(whole(), PATIENCE)


def computed(history: History) -> int:
    """The number of computed iterations."""
    return history.computed


def test_a_run_that_is_dropped_while_a_request_waits_is_refused_as_one_that_is_not_there() -> None:
    async def scene(store: RunStore) -> None:
        before, _ = await store.create(RECIPE)
        await store.create(Recipe(seed=1))
        again, is_new = await store.create(RECIPE)
        assert is_new
        for ask in (store.ask, store.study):
            with pytest.raises(Refusal, match="no such run") as refused:
                await ask(before, computed)
            assert refused.value.code == "no_such_run"
        assert await store.ask(again, computed) == 0

    with_store(scene, ONE_PLACE)


def test_what_is_left_of_a_dropped_run_takes_no_wish_from_the_run_that_has_its_id_now() -> None:
    async def scene(store: RunStore) -> None:
        before, _ = await store.create(RECIPE)
        await store.step(before, 1)
        store.wish(before, COMMANDS, Wish(1))
        await store.create(Recipe(seed=1))
        again, _ = await store.create(RECIPE)
        store.wish(again, "player", Wish(10_000))
        store.wish(before, COMMANDS, None)
        reached = again.computed
        while again.computed <= reached:
            await again.changed.wait()

    with_store(scene, ONE_PLACE)


def test_a_pause_replaces_a_run_to_an_accuracy_that_still_reads_the_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, paused = threading.Event(), threading.Event()

    def slow(plan: Plan) -> None:
        begun.set()
        assert paused.wait(PATIENCE)

    monkeypatch.setattr(checkpoints, "read", slow)

    async def scene(store: RunStore) -> None:
        live, _ = await store.create(RECIPE)
        running = asyncio.create_task(store.run(live, None, None, accuracy=0.9))
        await asyncio.to_thread(begun.wait, PATIENCE)
        await store.pause(live)
        paused.set()
        await running
        assert not live.training

    with_store(scene)


def test_the_cache_is_read_once_for_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Plan] = []
    monkeypatch.setattr(checkpoints, "read", read.append)

    async def scene(store: RunStore) -> None:
        live, _ = await store.create(RECIPE)
        for iteration in (60, 120, 180):
            await store.seek(live, iteration)
        await store.run(live, None, 190, accuracy=1)
        assert read == [live.plan]

    with_store(scene)


def test_runs_that_players_play_take_no_place_of_the_command_run() -> None:
    async def scene(store: RunStore) -> None:
        watched, commanded, another = [
            (await store.create(Recipe.model_validate({**ENDLESS, "seed": seed})))[0] for seed in range(3)
        ]
        store.wish(watched, "player", Wish(10_000))
        await store.run(commanded, None, None)
        with pytest.raises(Refusal, match="1 runs are training already"):
            await store.run(another, None, None)

    with_store(scene, replace(Settings(), max_training=1))


def test_after_a_pause_nothing_more_is_computed_though_a_turn_of_seek_waits() -> None:
    async def scene(store: RunStore) -> None:
        live, _ = await store.create(RECIPE)
        turn, is_waiting = store.computing.take_turn, asyncio.Event()
        is_busy, go_on = threading.Event(), threading.Event()

        def occupy(history: History) -> None:
            is_busy.set()
            go_on.wait(PATIENCE)

        async def take_turn(run: str, question: Question[Any]) -> Any:
            if is_busy.is_set():
                return await turn(run, question)
            occupied = asyncio.create_task(store.ask(live, occupy))
            await asyncio.to_thread(is_busy.wait)
            answer = asyncio.create_task(turn(run, question))
            await asyncio.sleep(0)
            is_waiting.set()
            await occupied
            return await answer

        store.computing.take_turn = take_turn  # type: ignore[method-assign]  # the first turn waits
        seeking = asyncio.create_task(store.seek(live, 140_000))
        await is_waiting.wait()
        pausing = asyncio.create_task(store.pause(live))
        await asyncio.sleep(0)
        go_on.set()
        await pausing
        paused = live.computed
        await seeking
        assert live.computed == paused

    with_store(scene)
