"""Evenly spaced states of a run, from its beginning up to an iteration."""

import pytest

from server.run import past_states as module
from server.run import snapshots
from server.run.history import History
from server.run.past_states import past_states
from tests.run.histories import advanced

SET = {"kind": "parameter", "iteration": 20, "name": "dense.w", "cell": 4, "value": 0.75}


def weights(history: History, until: int, most: int) -> dict[int, bytes]:
    return {
        state.iteration: state.params["dense"]["w"].tobytes() for state in past_states(history, until, most)
    }


@pytest.fixture
def few_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 8)


def test_the_states_are_evenly_spaced_and_exact(few_snapshots: None) -> None:
    history = advanced(60, edits=[SET])
    found = weights(history, 50, 11)
    assert list(found) == [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]
    for iteration, w in found.items():
        assert w == history.state(iteration).params["dense"]["w"].tobytes()


def test_beyond_the_limit_the_states_are_those_of_snapshots(
    few_snapshots: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_REPLAYED", 0)
    history = advanced(60)
    kept = history.snapshots
    found = weights(history, 51, 20)
    assert kept.interval == 8
    assert list(found) == [*(at for at in sorted(kept.states) if at <= 48), 51]
    for iteration, w in found.items():
        assert w == history.state(iteration).params["dense"]["w"].tobytes()


def test_a_short_way_has_every_state() -> None:
    history = advanced(5)
    assert list(weights(history, 4, 100)) == [0, 1, 2, 3, 4]
    assert list(weights(history, 0, 100)) == [0]


def test_reading_the_states_leaves_the_caches_as_they_were(few_snapshots: None) -> None:
    history = advanced(60)
    history.state(50)
    before = history.cached
    weights(history, 50, 11)
    assert history.cached == before
