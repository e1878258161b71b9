"""What a history keeps in memory, in how many bytes, and what it computes again."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from server.nn.records import Trace
from server.nn.step import State
from server.recipe.plan import plan
from server.run import history as module
from server.run import snapshots
from server.run.history import History
from tests.run.histories import DIVERGING, advanced, bytes_of, history


def arrays_of(state: State) -> dict[str, bytes]:
    """All arrays of a state by their paths."""

    def walk(path: str, part: Any) -> Iterator[tuple[str, bytes]]:
        if isinstance(part, Mapping):
            for name, item in part.items():
                yield from walk(f"{path}/{name}", item)
        else:
            yield path, part.tobytes()

    return {
        path: data
        for part in ("params", "slots", "running")
        for path, data in walk(part, getattr(state, part))
    }


def test_cached_traces_are_bounded_in_bytes_and_the_last_read_ones_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = advanced(1).trace(0).nbytes
    monkeypatch.setattr(module, "MAX_TRACE_BYTES", 3 * size)
    run = advanced(50)
    traces = [run.trace(t) for t in range(3)]
    assert [run.trace(t) for t in range(3)] == traces
    run.trace(0)
    run.trace(3)
    assert run.trace(2) is traces[2]
    assert run.trace(0) is traces[0]
    assert run.trace(1) is not traces[1]


def test_the_bytes_of_a_history_are_those_of_its_states_traces_and_losses() -> None:
    run = history(batch_size=256)
    state, fresh = run.state(0).nbytes, run.nbytes
    assert fresh == 2 * state + 8 * run.plan.iterations
    run.advance(4)
    traces = sum(run.trace(t).nbytes for t in range(4))
    assert run.nbytes == fresh + 4 * state + traces
    before = run.trace(1)
    assert run.forget() == traces
    assert run.nbytes == fresh + 4 * state
    again = run.trace(1)
    assert again is not before
    assert bytes_of(again) == bytes_of(before)
    assert run.nbytes == fresh + 4 * state + again.nbytes + state, "the trace, and the state after it"
    assert run.forget() == again.nbytes + state


def test_the_bytes_of_traces_of_batches_of_any_size_are_exact() -> None:
    run = history(batch_size=256)
    run.advance(6)
    sizes = {run.trace(t).examples.size: run.trace(t).nbytes for t in range(6)}
    assert len(sizes) == 2
    assert run.forget() == sum(sizes[run.trace(t).examples.size] for t in range(6))


@pytest.fixture
def sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories with a snapshot every 64 iterations."""
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 4)


MODELS: list[dict[str, Any]] = [
    {},
    {"optimizer": {"kind": "adam", "learning_rate": 0.01}, "frozen": ["dense.b"]},
    {
        "network": [{"kind": "flatten"}, {"kind": "batchnorm"}, {"kind": "dense", "units": 10}],
        "batch_size": 5,
    },
]


@pytest.mark.usefixtures("sparse")
@pytest.mark.parametrize("fields", MODELS, ids=["sgd", "adam", "batchnorm"])
def test_the_state_at_the_head_and_those_of_cached_traces_cost_no_step(
    fields: dict[str, Any], steps: list[int]
) -> None:
    run, fresh = advanced(200, **fields), advanced(200, **fields)
    fresh.forget()
    steps.clear()
    found = [run.state(t) for t in (200, 199, 130)]
    assert steps == []
    for state in found:
        assert arrays_of(state) == arrays_of(fresh.state(state.iteration))


def test_the_last_finite_state_of_a_diverged_run_costs_no_step(steps: list[int]) -> None:
    run = History(plan(DIVERGING))
    run.advance(1000)
    run.forget()
    steps.clear()
    assert run.state(run.finite).iteration == run.finite
    assert steps == []


@pytest.mark.usefixtures("sparse")
def test_a_replay_begins_at_the_nearest_state_at_hand(steps: list[int]) -> None:
    run = advanced(300)
    assert run._snapshots.interval == 128
    run.forget()
    steps.clear()
    run.state(200)
    assert steps == list(range(128, 200))
    steps.clear()
    for read in (run.state, run.trace):
        read(200)
    assert steps == [200]
    for t in (201, 205):
        run.state(t)
    assert steps == [200, 201, 202, 203, 204][: len(steps)]
    assert len(steps) == 5


@pytest.mark.usefixtures("sparse")
def test_going_back_iteration_by_iteration_replays_each_one_once(steps: list[int]) -> None:
    run = advanced(300)
    run.forget()
    run.trace(200)
    steps.clear()
    for t in range(199, 150, -1):
        run.trace(t)
    assert steps == list(range(199, 150, -1))


@pytest.mark.usefixtures("sparse")
def test_replayed_states_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch, steps: list[int]) -> None:
    size = history().state(0).nbytes
    monkeypatch.setattr(module, "MAX_STATE_BYTES", 3 * size)
    run = advanced(300)
    run.forget()
    fresh = run.nbytes
    run.state(200)
    assert run.nbytes == fresh + 3 * size
    steps.clear()
    run.state(198)
    assert steps == []
    run.state(197)
    assert steps == list(range(128, 197))


def test_the_bytes_of_a_history_are_not_summed_again_on_each_read(monkeypatch: pytest.MonkeyPatch) -> None:
    run = advanced(20)
    found = run.nbytes
    for kind in (State, Trace):
        monkeypatch.setattr(kind, "nbytes", None)
    assert run.nbytes == found


def test_recently_computed_iterations_are_not_computed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = history()
    run.advance(20)
    monkeypatch.setattr(module, "train_step", None)
    assert [run.trace(t).iteration for t in range(20)] == list(range(20))
