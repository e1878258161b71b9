"""Batch normalisation couples the examples of a batch and keeps running statistics."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from server.nn.arrays import Array, Shape
from server.nn.evaluation import answer
from server.nn.initializers import Zeros, initial_params
from server.nn.network import build
from server.nn.ops import BatchNorm, Dense, Dropout, Flatten, ReLU
from server.nn.ops.capabilities import Coupled
from server.nn.optimizers import SGD
from server.nn.step import State, forward, initial_state
from server.recipe.edits import LearningRateEdit
from server.recipe.errors import RecipeError
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.checkpoints import keep
from server.run.history import History
from tests.cases import Case
from tests.checkpoints import restore
from tests.networks import LOSS, normalised_network, traced
from tests.nn.gradcheck import op_error

RECORDS = {record.layer: record for record in traced(normalised_network(), batch=3, before=2).records}


def statistics(x: Array) -> tuple[Array, Array]:
    rows = x.reshape(len(x), -1)
    return rows.mean(axis=1), rows.var(axis=1)


def test_training_normalises_each_channel_to_mean_0_and_variance_1() -> None:
    record = RECORDS["bn1"]
    mean, var = statistics(record.saved["xhat"])
    np.testing.assert_allclose(mean, 0, atol=1e-12)
    _, before = statistics(record.x)
    np.testing.assert_allclose(var, before / (before + 1e-5), rtol=1e-12)


def test_evaluation_uses_the_running_statistics_for_each_example() -> None:
    net, random = (
        build([BatchNorm(), Flatten(), Dense(2)], (2, 3, 3), True, LOSS, 2),
        np.random.default_rng(0),
    )
    params = initial_params(net, 1, "float64")
    running = {"bn": {"running_mean": np.array([1.0, -2.0]), "running_var": np.array([4.0, 0.25])}}
    state = State(3, params, {}, running)
    x, targets = random.standard_normal((2, 3, 3, 4)), np.eye(2)[:, [0, 1, 1, 0]]
    together = answer(net, LOSS, state, x, targets).out
    for n in range(4):
        alone = answer(net, LOSS, state, x[..., n : n + 1], targets[:, n : n + 1]).out
        np.testing.assert_allclose(alone, together[:, n : n + 1], rtol=1e-12)
    scaled = x.copy()
    scaled[0], scaled[1] = (x[0] - 1) / np.sqrt(4 + 1e-5), (x[1] + 2) / np.sqrt(0.25 + 1e-5)
    by_hand = params["dense"]["w"] @ scaled.reshape(18, 4)
    np.testing.assert_allclose(together, by_hand, rtol=1e-12)
    assert not np.allclose(forward(net, state, x)[-1].out, together)


@pytest.mark.parametrize("shape", [(2, 3, 2), (4,)])
def test_the_op_of_evaluation_has_its_own_gradient_and_couples_no_examples(shape: Shape) -> None:
    case = Case("evaluated", BatchNorm(), shape)
    op = case.op.evaluating({"running_mean": case.params()["b"], "running_var": case.params()["w"] ** 2})
    assert not isinstance(op, Coupled)
    assert op_error(op, case.x(), case.params(), np.random.default_rng(4)) < 1e-6
    _, saved = op.forward(case.x(), case.params())
    assert {name: array.shape[:-1] for name, array in saved.items()} == op.saved_shapes(shape)


@pytest.mark.parametrize("momentum", [0.0, 0.1, 1.0])
def test_running_statistics_move_towards_each_batch_with_an_unbiased_variance(
    momentum: float,
) -> None:
    op, random = BatchNorm(momentum=momentum), np.random.default_rng(1)
    running = {"running_mean": np.zeros(2), "running_var": np.ones(2)}
    mean, var = np.zeros(2), np.ones(2)
    for _ in range(3):
        x = random.standard_normal((2, 2, 3, 4))
        _, saved = op.forward(x, {"w": np.ones(2), "b": np.zeros(2)})
        running = op.renew(running, saved)
        mean = (1 - momentum) * mean + momentum * x.mean(axis=(1, 2, 3))
        var = (1 - momentum) * var + momentum * x.var(axis=(1, 2, 3), ddof=1)
        np.testing.assert_allclose(running["running_mean"], mean, rtol=1e-12)
        np.testing.assert_allclose(running["running_var"], var, rtol=1e-12)


def test_weights_start_at_1_unless_the_recipe_sets_them() -> None:
    net = normalised_network()
    drawn = initial_params(net, 1, "float32", {"bn2.w": (1, 2, 3, 4)}, Zeros())
    assert drawn["bn1"]["w"].tolist() == [1, 1]
    assert drawn["bn1"]["b"].tolist() == [0, 0]
    assert drawn["bn2"]["w"].tolist() == [1, 2, 3, 4]
    state = initial_state(net, SGD(0.1), drawn)
    assert state.running["bn1"]["running_mean"].tolist() == [0, 0]
    assert state.running["bn1"]["running_var"].tolist() == [1, 1]
    assert {array.dtype for of in state.running.values() for array in of.values()} == {np.dtype("float32")}
    without = State(0, state.params, state.slots)
    assert state.nbytes - without.nbytes == 2 * (2 + 4) * 4


@pytest.mark.parametrize(
    ("fields", "words"), [({"eps": 0.0}, "eps"), ({"momentum": 1.5}, "momentum"), ({"eps": np.nan}, "eps")]
)
def test_impossible_settings_are_refused(fields: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=f"The {words} of a batch normalisation is between"):
        BatchNorm(**fields)


def test_rows_need_two_examples_in_each_batch_and_images_do_not() -> None:
    rows = (Flatten(), BatchNorm(), Dense(10))
    with pytest.raises(RecipeError, match=r"bn .* at least 2 examples in each; batches of 1") as found:
        plan(Recipe(network=rows, batch_size=1))
    assert found.value.field == "batch_size"
    count = plan(Recipe(network=rows, batch_size=2 + plan(Recipe()).training.size % 2)).training.size
    one_left = next(size for size in range(2, 200) if count % size == 1)
    with pytest.raises(RecipeError, match=f"in batches of {one_left} leave a last one of 1"):
        plan(Recipe(network=rows, batch_size=one_left))
    plan(Recipe(network=(BatchNorm(), Flatten(), Dense(10)), batch_size=1))


def test_a_replay_restores_the_running_statistics_bit_for_bit() -> None:
    recipe = Recipe(
        network=(BatchNorm(), Flatten(), Dropout(), Dense(12), BatchNorm(), ReLU(), Dense(10)),
        batch_size=16,
        epochs=1,
    )
    history = History(plan(recipe))
    history.advance(30)
    first = [history.trace(number) for number in range(30)]
    history.forget()
    for before, after in zip(first, (history.trace(number) for number in range(30)), strict=True):
        for (name, array), (other, same) in zip(before.computed(), after.computed(), strict=True):
            assert name == other
            np.testing.assert_array_equal(array, same)
    for before, after in pairwise(first):
        for layer, later in zip(before.records, after.records, strict=True):
            for name, array in layer.renewed.items():
                np.testing.assert_array_equal(array, later.running[name])
    edit = LearningRateEdit(iteration=20, value=0.5)
    branch = History(plan(recipe.model_copy(update={"edits": (edit,)})), history)
    np.testing.assert_array_equal(
        branch.state(20).running["bn1"]["running_mean"], first[20].records[0].running["running_mean"]
    )


def test_a_checkpoint_holds_the_running_statistics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    recipe = Recipe(network=(BatchNorm(), Flatten(), Dense(10)), batch_size=16)
    before, after = History(plan(recipe)), History(plan(recipe))
    before.advance(5)
    keep(before)
    assert restore(after)
    for name, array in before.state(5).running["bn"].items():
        np.testing.assert_array_equal(after.state(5).running["bn"][name], array)
