"""A branch shares the past of its parent."""

from typing import Any

import pytest

from server.recipe.plan import plan
from server.run import history as module
from server.run import snapshots
from server.run.history import History
from tests.networks import recipe
from tests.run.histories import DIVERGING, bytes_of, history

LEARNING_RATE = [{"kind": "learning_rate", "iteration": 21, "value": 0.2}]
EXAMPLE = [{"kind": "example", "iteration": 30, "example": 5}]


def setting(value: float, iteration: int = 30) -> list[dict[str, Any]]:
    return [{"kind": "parameter", "iteration": iteration, "name": "dense.w", "cell": 4, "value": value}]


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
        (setting(0.5), [], 30),
        ([], setting(0.5), 30),
        (setting(0.5), setting(-2), 30),
        (setting(0.5) + LEARNING_RATE, setting(0.5), 21),
        (setting(0.5, 0), setting(0.7, 0), 0),
        (setting(0.5, 50), setting(-2, 50), 50),
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
