import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from server.nn.records import Trace
from server.nn.step import State
from server.recipe.batches import batch_examples
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import history as module
from server.run import snapshots
from server.run.history import Divergence, History, NotComputed
from tests.examples import all_examples
from tests.networks import recipe

CONV: dict[str, Any] = {
    "network": [
        {"kind": "conv2d", "filters": 2},
        {"kind": "relu"},
        {"kind": "maxpool2d"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 10},
    ]
}


def history(*, learning_rate: float = 0.03, parent: History | None = None, **fields: Any) -> History:
    return History(plan(recipe(learning_rate, **fields)), parent)


def bytes_of(trace: Trace) -> list[bytes]:
    params = [array for record in trace.records for array in record.params.values()]
    return [trace.x.tobytes(), *(a.tobytes() for a in params), *(a.tobytes() for _, a in trace.computed())]


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


def params_of(state: State) -> list[bytes]:
    return [array.tobytes() for params in state.params.values() for array in params.values()]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 5])
def test_an_iteration_has_the_same_bytes_in_any_order_of_reading(
    dtype: str, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 4)
    run = history(dtype=dtype, batch_size=batch_size, **CONV)
    forwards = []
    for t in range(40):
        assert run.advance(1) == 1
        forwards.append(bytes_of(run.trace(t)))
    assert run._snapshots.interval > 1
    for t in [*reversed(range(40)), *np.random.default_rng(1).integers(0, 40, 60)]:
        run.forget()
        assert bytes_of(run.trace(int(t))) == forwards[t]
        assert params_of(run.state(int(t))) == forwards[t][1 : 1 + len(params_of(run.state(int(t))))]
    for start, kept in run._snapshots.states.items():
        for t in range(start, 40):
            run._snapshots = snapshots.Snapshots({start: kept})
            run.forget()
            assert bytes_of(run.trace(t)) == forwards[t]


def test_one_long_advance_equals_many_short_ones() -> None:
    long, short = history(), history()
    assert long.advance(100) == 100
    for count in (1, 2, 30, 67):
        assert short.advance(count) == count
    assert long.losses.tobytes() == short.losses.tobytes()
    assert long.evaluations == short.evaluations
    assert bytes_of(long.trace(57)) == bytes_of(short.trace(57))


def test_each_trace_has_its_batch_its_loss_in_the_curve_and_its_learning_rate() -> None:
    run = history(batch_size=3, edits=[{"kind": "learning_rate", "iteration": 5, "value": 0.5}])
    run.advance(10)
    assert run.losses.shape == (10,)
    assert run.losses.dtype == np.float64
    assert not run.losses.flags.writeable
    x, targets = all_examples(run.plan, "train")
    for t in range(10):
        trace = run.trace(t)
        examples = batch_examples(run.plan, t)
        assert trace.iteration == t
        assert trace.examples.tolist() == examples.tolist()
        assert (trace.loss.targets == targets[:, examples]).all()
        assert (trace.x == x[..., examples]).all()
        assert trace.loss.loss == run.losses[t]
        assert trace.learning_rate == (0.5 if t >= 5 else 0.03)


def test_an_iteration_that_is_not_computed_is_refused() -> None:
    run = history(batch_size=256)
    run.advance(2)
    assert run.state(2).iteration == 2
    for read, t in ((run.trace, 2), (run.trace, 5), (run.state, 3)):
        with pytest.raises(NotComputed, match=f"Iteration {t} is not computed yet: the run has computed 2"):
            read(t)
    for t in (-1, 6):
        with pytest.raises(NotComputed, match=f"no iteration {t}: its last one is 5"):
            run.trace(t)


def test_a_run_ends_at_its_last_iteration_with_an_evaluation() -> None:
    run = history(batch_size=256)
    assert not run.ended
    assert run.advance(1000) == 6
    assert run.ended
    assert run.advance(1) == 0
    assert [e.iteration for e in run.evaluations] == [0, 1, 2, 3, 4, 5, 6]


def test_a_run_is_evaluated_at_its_start_and_twenty_times_an_epoch() -> None:
    run = history()
    assert [e.iteration for e in run.evaluations] == [0]
    run.advance(150)
    assert [e.iteration for e in run.evaluations] == [0, 71, 142]
    for evaluation in run.evaluations:
        assert 0 <= evaluation.accuracy <= 1
        assert evaluation.loss > 0


def test_advance_stops_when_its_time_is_over_but_computes_at_least_one_iteration() -> None:
    run = history()
    assert run.advance(1000, seconds=0) == 1
    assert 1 <= run.advance(10_000, seconds=0.02) < 1400


# The product of four linear layers with growing weights diverges at this learning rate.
DIVERGING = recipe(
    1000, network=[{"kind": "flatten"}, *[{"kind": "dense", "units": 32}] * 3, {"kind": "dense", "units": 10}]
)


@pytest.mark.parametrize(
    ("dtype", "iteration", "tensor"), [("float32", 2, "dense4.out"), ("float64", 4, "dense3.out")]
)
def test_a_diverged_run_stops_and_names_the_first_tensor_that_is_not_finite(
    dtype: str, iteration: int, tensor: str
) -> None:
    run = History(plan(DIVERGING.model_copy(update={"dtype": dtype})))
    assert run.advance(1000) == iteration + 1
    assert run.diverged == Divergence(iteration, tensor)
    assert run.ended
    assert run.finite == iteration
    assert run.advance(1) == 0
    run.forget()
    arrays = dict(run.trace(iteration).computed())
    names = list(arrays)
    assert not np.isfinite(arrays[tensor]).all()
    assert all(np.isfinite(arrays[name]).all() for name in names[: names.index(tensor)])
    assert np.isfinite(run.losses[:iteration]).all()
    assert all(np.isfinite(array).all() for t in range(iteration) for _, array in run.trace(t).computed())


def test_an_evaluation_that_is_not_finite_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVALUATIONS_PER_EPOCH", 2000)
    run = History(plan(DIVERGING))
    run.advance(1000)
    assert [evaluation.iteration for evaluation in run.evaluations] == [0, 1]
    assert all(np.isfinite(evaluation.loss) for evaluation in run.evaluations)
    assert run.finite == 2


LEARNING_RATE = [{"kind": "learning_rate", "iteration": 21, "value": 0.2}]
EXAMPLE = [{"kind": "example", "iteration": 30, "example": 5}]


@pytest.mark.parametrize(
    ("edits", "parent_edits", "shared"),
    [
        (LEARNING_RATE, [], 21),
        ([], LEARNING_RATE, 21),
        (LEARNING_RATE + EXAMPLE, LEARNING_RATE, 30),
        (LEARNING_RATE, EXAMPLE + LEARNING_RATE, 30),
        (EXAMPLE, LEARNING_RATE, 21),
        (LEARNING_RATE + EXAMPLE, EXAMPLE + LEARNING_RATE, 50),
        ([{"kind": "learning_rate", "iteration": 90, "value": 1}], [], 50),
    ],
)
def test_a_branch_shares_the_past_of_its_parent_and_equals_the_run_from_scratch(
    edits: list[dict[str, Any]],
    parent_edits: list[dict[str, Any]],
    shared: int,
    monkeypatch: pytest.MonkeyPatch,
    steps: list[int],
) -> None:
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 8)
    monkeypatch.setattr(module, "EVALUATIONS_PER_EPOCH", 200)
    parent = history(edits=parent_edits)
    parent.advance(50)
    steps.clear()
    branch = history(edits=edits, parent=parent)
    assert branch.computed == shared
    assert len(steps) < parent._snapshots.interval
    scratch = history(edits=edits)
    for run in (branch, scratch):
        run.advance(60 - run.computed)
    assert branch.losses.tobytes() == scratch.losses.tobytes()
    assert branch.evaluations == scratch.evaluations
    for t in range(60):
        assert bytes_of(branch.trace(t)) == bytes_of(scratch.trace(t))


def test_a_branch_does_not_change_its_parent() -> None:
    parent = history()
    parent.advance(40)
    losses, traces = parent.losses.copy(), bytes_of(parent.trace(35))
    history(edits=LEARNING_RATE, parent=parent).advance(30)
    assert parent.losses.tobytes() == losses.tobytes()
    parent.forget()
    assert bytes_of(parent.trace(35)) == traces


def test_a_branch_of_a_diverged_run_can_avoid_the_divergence() -> None:
    parent = History(plan(DIVERGING))
    parent.advance(1000)
    assert parent.diverged is not None
    late, rescue = (
        recipe(
            1000,
            network=DIVERGING.network,
            edits=[{"kind": "learning_rate", "iteration": at, "value": 1e-30}],
        )
        for at in (500, 1)
    )
    same = History(plan(late), parent)
    assert same.computed == parent.diverged.iteration
    same.advance(1)
    assert same.diverged == parent.diverged
    rescued = History(plan(rescue), parent)
    rescued.advance(parent.computed + 5)
    assert rescued.diverged is None
    assert rescued.computed > parent.computed


def test_a_branch_whose_recipe_differs_in_more_than_edits_is_refused() -> None:
    parent = history()
    with pytest.raises(ValueError, match="differs by its edits alone"):
        parent.shared_with(recipe(seed=8))
    with pytest.raises(ValueError, match="differs by its edits alone"):
        history(seed=8, parent=parent)


@pytest.mark.slow
def test_traces_read_from_other_threads_while_a_run_advances_have_the_same_bytes() -> None:
    run, quiet = history(), history()
    quiet.advance(1000)
    expected = {t: bytes_of(quiet.trace(t)) for t in range(0, 1000, 37)}
    wrong: list[int] = []
    over = threading.Event()

    def read(seed: int) -> None:
        random = np.random.default_rng(seed)
        while not over.is_set():
            t = 37 * int(random.integers(0, len(expected)))
            if t < run.computed and bytes_of(run.trace(t)) != expected[t]:
                wrong.append(t)

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
    advancers = [threading.Thread(target=run.advance, args=(500,)) for _ in range(2)]
    for thread in (*readers, *advancers):
        thread.start()
    for thread in advancers:
        thread.join()
    over.set()
    for thread in readers:
        thread.join()
    assert wrong == []
    assert run.computed == 1000
    assert run.losses.tobytes() == quiet.losses.tobytes()


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


def advanced(count: int, **fields: Any) -> History:
    run = history(**fields)
    run.advance(count)
    return run


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


@pytest.mark.slow
def test_the_default_recipe_exceeds_90_percent_accuracy_within_one_epoch() -> None:
    run = History(plan(Recipe()))
    run.advance(run.plan.iterations_per_epoch)
    assert max(evaluation.accuracy for evaluation in run.evaluations) > 0.9
    assert run.losses[-200:].mean() < run.losses[:200].mean() / 3
