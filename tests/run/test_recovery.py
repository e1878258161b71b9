from typing import Any

import pytest

from server.recipe.plan import plan
from server.run import recovery
from server.run.history import History
from server.run.recovery import FAR, Recovery
from tests.networks import recipe

RECIPE = recipe(batch_size=8)


@pytest.fixture(autouse=True)
def cache(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    return tmp_path / "trained"


def computed(iterations: int, seconds: float) -> tuple[History, Recovery]:
    """A history that has computed so much in so many seconds."""
    history = History(plan(RECIPE))
    history.advance(iterations)
    history.seconds = seconds
    return history, Recovery(history)


def test_a_run_is_due_after_a_quarter_of_a_second_of_computing() -> None:
    history, run = computed(3, 0.2)
    assert not run.is_due
    history.seconds = 0.25
    assert run.is_due
    run.keep()
    assert not run.is_due
    history.seconds = 0.45
    assert not run.is_due
    history.seconds = 0.5
    assert run.is_due


def test_a_long_run_is_due_after_a_tenth_of_all_its_computing() -> None:
    history, run = computed(3, 100)
    run.keep()
    history.seconds = 111
    assert not run.is_due
    history.seconds = 112
    assert run.is_due


def test_a_run_that_cannot_be_kept_is_not_tried_again_before_it_is_due(cache: Any, caplog: Any) -> None:
    cache.write_text("a file where the folder should be")
    _, run = computed(3, 5)
    run.keep()
    assert "could not be kept" in caplog.text
    assert not run.is_due


def test_a_short_run_is_never_behind_and_a_longer_one_until_it_is_kept() -> None:
    _, short = computed(FAR, 5)
    assert not short.is_behind
    history, run = computed(FAR + 1, 5)
    assert run.is_behind
    run.keep()
    assert not run.is_behind
    history.advance(1)
    assert run.is_behind


def test_a_far_iteration_is_read_and_a_near_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, run = computed(FAR + 20, 5)
    run.keep()
    fresh = History(plan(RECIPE))
    with monkeypatch.context() as patch:
        patch.setattr(recovery, "restore", None)
        assert not Recovery(fresh).restore(FAR)
    assert fresh.computed == 0
    assert Recovery(fresh).restore(FAR + 1)
    assert fresh.computed == FAR + 20
    assert fresh.losses.tobytes() == kept.losses.tobytes()


def test_an_iteration_of_a_restored_run_is_not_computed_from_the_first_one(steps: list[int]) -> None:
    kept, run = computed(FAR + 20, 5)
    expected = kept.trace(FAR + 10)
    run.keep()
    fresh = History(plan(RECIPE))
    steps.clear()
    Recovery(fresh).restore(FAR + 10)
    trace = fresh.trace(FAR + 10)
    assert (trace.loss.losses == expected.loss.losses).all()
    assert min(steps) > FAR
