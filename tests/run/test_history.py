"""A run in time: iterations in any order, batches, evaluations, divergence and threads."""

import threading
from typing import Any

import numpy as np
import pytest

from server.nn.step import State
from server.recipe.batches import batch_examples
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run import history as module
from server.run import snapshots
from server.run.history import History, NotComputed
from server.run.past import Divergence
from tests.examples import all_examples
from tests.run.histories import DIVERGING, bytes_of, history

CONV: dict[str, Any] = {
    "network": [
        {"kind": "conv2d", "filters": 2},
        {"kind": "relu"},
        {"kind": "maxpool2d"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 10},
    ]
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


@pytest.mark.slow
def test_the_default_recipe_exceeds_90_percent_accuracy_within_one_epoch() -> None:
    run = History(plan(Recipe()))
    run.advance(run.plan.iterations_per_epoch)
    assert max(evaluation.accuracy for evaluation in run.evaluations) > 0.9
    assert run.losses[-200:].mean() < run.losses[:200].mean() / 3
