"""The mask of a dropout depends on the iteration alone, so every replay drops the same cells."""

import numpy as np
import pytest

from server.explain.dependencies import dependencies
from server.explain.explanation import explain
from server.nn.evaluation import answer, evaluate
from server.nn.network import Network, build
from server.nn.ops import Dense, Dropout, Flatten
from server.nn.optimizers import SGD
from server.nn.step import State, draw
from server.probe.gradient_check import check_gradients
from server.probe.nudge import nudge
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from tests.networks import LOSS, traced


def network() -> Network:
    return build([Dropout(0.5), Flatten(), Dense(6), Dropout(0.25), Dense(4)], (2, 3, 3), True, LOSS, 4)


def test_a_mask_depends_on_seed_iteration_and_layer_alone() -> None:
    net = build([Dropout(), Flatten(), Dropout(), Dense(4)], (2, 8, 8), True, LOSS, 4)
    x = np.zeros((2, 8, 8, 3))
    once = draw(net, 7, 3, x)
    assert once.keys() == {"dropout1", "dropout2"}
    masks = [once[name]["mask"].reshape(-1, 3) for name in once]
    masks += [draw(net, seed, at, x)["dropout1"]["mask"].reshape(-1, 3) for seed, at in ((8, 3), (7, 4))]
    for number, mask in enumerate(masks):
        assert all(not np.array_equal(mask, other) for other in masks[:number])
    again = draw(net, 7, 3, x.astype("float32"))["dropout1"]["mask"]
    np.testing.assert_array_equal(again, once["dropout1"]["mask"])
    assert again.dtype == np.float32


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_a_mask_drops_cells_at_the_rate_and_keeps_the_mean(rate: float) -> None:
    shape, random = (100, 1000), np.random.default_rng(0)
    mask = Dropout(rate).draw(shape, np.dtype("float64"), random)["mask"]
    assert set(np.unique(mask)) <= {0.0, 1 / (1 - rate)}
    assert (mask == 0).mean() == pytest.approx(rate, abs=0.01)
    assert mask.mean() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_an_impossible_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="at least 0 and below 1, not"):
        Dropout(rate)


def test_evaluation_drops_nothing() -> None:
    net, random = network(), np.random.default_rng(1)
    params = {
        layer.name: {name: random.standard_normal(shape) for name, shape in layer.param_shapes.items()}
        for layer in net.layers
    }
    plain = build([Flatten(), Dense(6), Dense(4)], (2, 3, 3), True, LOSS, 4)
    x, targets = random.standard_normal((2, 3, 3, 5)), np.eye(4)[:, [0, 1, 2, 3, 0]]
    state = State(0, params)
    answers = (answer(of, LOSS, state, x, targets).out for of in (net, plain))
    np.testing.assert_array_equal(*answers)
    assert evaluate(net, LOSS, state, x, targets) == evaluate(plain, LOSS, state, x, targets)


def test_a_replay_drops_the_same_cells() -> None:
    recipe = Recipe(network=(Dropout(0.3), Flatten(), Dense(10)), batch_size=4, epochs=1)
    history = History(plan(recipe))
    history.advance(40)
    first = [history.trace(number) for number in range(40)]
    history.forget()
    for before, after in zip(first, (history.trace(number) for number in range(40)), strict=True):
        assert before is not after
        for (name, array), (other, same) in zip(before.computed(), after.computed(), strict=True):
            assert name == other
            np.testing.assert_array_equal(array, same)
    masks = [trace.records[0].saved["mask"] for trace in first]
    assert not np.array_equal(masks[0], masks[1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_check_and_a_nudge_use_the_mask_of_the_iteration(dtype: str) -> None:
    net = network()
    trace = traced(net, 3, dtype)
    for layer in net.layers:
        found = check_gradients(net, LOSS, trace, layer.name, seed=7)
        assert found.passed, found.words
    kept = int((trace.records[0].saved["mask"][..., 1].ravel() > 0).argmax())
    moved = nudge(net, LOSS, trace, "input.out", kept, 1e-5, 1)
    assert moved.loss.before == pytest.approx(trace.loss.loss, rel=1e-5)
    assert moved.loss.actual == pytest.approx(moved.loss.predicted, rel=1e-3, abs=1e-9)
    dropped = int((trace.records[0].saved["mask"][..., 1].ravel() == 0).argmax())
    assert nudge(net, LOSS, trace, "input.out", dropped, 100.0, 1).loss.actual == 0


def test_an_explanation_links_to_the_mask_and_the_mask_names_its_source() -> None:
    net = network()
    trace = traced(net, 2)
    (term,) = explain(LOSS, SGD(0.5), trace, "dropout2.out", 4, 1).terms
    assert [(factor.symbol, factor.name, factor.cell, factor.example) for factor in term.factors] == [
        ("x", "dense1.out", 4, 1),
        ("mask", "dropout2.mask", 4, 1),
    ]
    mask = explain(LOSS, SGD(0.5), trace, "dropout2.mask", 4, 1)
    assert mask.function == "given"
    assert "Drawn at random for this iteration" in mask.words


def test_a_mask_has_no_inputs_and_influences_values_and_gradients() -> None:
    trace = traced(network(), 2)
    found = dependencies(LOSS, SGD(0.5), trace, "dropout2.mask", 4, 0)
    assert found.inputs == {}
    assert found.influences["dropout2.out"].tolist() == [4]
    assert "loss.loss" in found.influences
    if trace.records[3].saved["mask"][4, 0]:
        assert found.influences["dense1.dout"].tolist() == [4]
