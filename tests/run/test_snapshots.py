import numpy as np
import pytest

from server.nn.network import MAX_PARAMETERS
from server.nn.step import State
from server.run.snapshots import MAX_SNAPSHOT_BYTES, MAX_SNAPSHOTS, Snapshots


def state(iteration: int, nbytes: int = 8) -> State:
    return State(iteration, {"dense": {"w": np.broadcast_to(np.float64(0), (nbytes // 8,))}})


def grown(count: int, nbytes: int = 8) -> Snapshots:
    snapshots = Snapshots({0: state(0, nbytes)})
    for iteration in range(1, count):
        snapshots = snapshots.add(state(iteration, nbytes))
    return snapshots


@pytest.mark.parametrize("count", [1, MAX_SNAPSHOTS, MAX_SNAPSHOTS + 1, 1000, 5000])
def test_snapshots_are_bounded_evenly_spaced_and_include_the_first_state(count: int) -> None:
    snapshots = grown(count)
    kept = list(snapshots.states)
    assert kept == list(range(0, count, snapshots.interval))
    assert MAX_SNAPSHOTS // 2 < len(kept) <= MAX_SNAPSHOTS or snapshots.interval == 1


@pytest.mark.parametrize(("nbytes", "most"), [(MAX_SNAPSHOT_BYTES // 10, 10), (MAX_SNAPSHOT_BYTES * 2, 2)])
def test_snapshots_of_large_states_are_bounded_in_bytes_but_at_least_two(nbytes: int, most: int) -> None:
    for count in (2, 10, 100):
        kept = list(grown(count, nbytes).states)
        assert kept[0] == 0
        assert 2 <= len(kept) <= most


def test_the_nearest_snapshot_is_the_last_at_or_before_an_iteration() -> None:
    snapshots = grown(1000)
    step = snapshots.interval
    assert step > 1
    for iteration in (0, 1, step - 1, step, 500, 999, 5000):
        nearest = snapshots.nearest(iteration).iteration
        assert nearest == max(at for at in snapshots.states if at <= iteration)


def test_add_returns_a_new_value_and_until_drops_later_states() -> None:
    old = grown(3)
    new = old.add(state(3))
    assert list(old.states) == [0, 1, 2]
    assert list(new.states) == [0, 1, 2, 3]
    assert list(new.until(1).states) == [0, 1]


@pytest.mark.parametrize(("parameters", "itemsize", "share"), [(62_000, 4, 128), (MAX_PARAMETERS, 8, 8)])
def test_a_replay_is_shorter_than_its_documented_share_of_the_run(
    parameters: int, itemsize: int, share: int
) -> None:
    snapshots = Snapshots({0: state(0, parameters * itemsize)})
    for iteration in range(1, 3000):
        snapshots = snapshots.add(state(iteration, parameters * itemsize))
        assert iteration - snapshots.nearest(iteration).iteration < snapshots.interval
        assert snapshots.interval == 1 or snapshots.interval <= iteration / share
        assert snapshots.nbytes == sum(kept.nbytes for kept in snapshots.states.values())
        assert snapshots.nbytes <= MAX_SNAPSHOT_BYTES
