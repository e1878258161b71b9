"""Batch normalisation together with skip connections and binary layers."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.dependencies import dependencies
from server.explain.explanation import explain
from server.explain.gradient_path import gradient_path
from server.explain.lens.lens import lens
from server.explain.micro_step import micro_step
from server.explain.place import place
from server.explain.tensors import tensor
from server.explain.timeline import Segment, segments
from server.nn.arrays import Array
from server.nn.evaluation import evaluation_stack
from server.nn.initializers import initial_params
from server.nn.network import Network
from server.nn.records import Trace
from server.nn.step import State, forward, initial_state
from server.probe.gradient_check import check_gradients
from server.probe.nudge import nudge
from server.probe.unit import unit_of
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.checkpoints import keep
from server.run.history import History
from tests.checkpoints import restore
from tests.explain.test_explanation import ALL, check_everything, follows
from tests.networks import LOSS, OPTIMIZER, normalised_binary_network, normalised_residual_network, traced
from tests.nn.gradcheck import network_error

RESIDUAL, BINARY = normalised_residual_network(), normalised_binary_network()
BATCH, EXAMPLE = 3, 1
TRACES = {id(network): traced(network, BATCH, before=1) for network in (RESIDUAL, BINARY)}

both = pytest.mark.parametrize("network", [RESIDUAL, BINARY], ids=["residual", "binary"])
SEGMENTS = [(network, segment) for network in (RESIDUAL, BINARY) for segment in segments(network, OPTIMIZER)]
BACKWARD = [(network, segment) for network, segment in SEGMENTS if segment.accumulates]


def every(pairs: list[tuple[Network, Segment]]) -> pytest.MarkDecorator:
    ids = [
        f"{'residual' if network is RESIDUAL else 'binary'} {segment.phase} {segment.layer} {segment.tensor}"
        for network, segment in pairs
    ]
    return pytest.mark.parametrize(("network", "segment"), pairs, ids=ids)


def trace_of(network: Network) -> Trace:
    return TRACES[id(network)]


def state_of(trace: Trace) -> State:
    running = {record.layer: record.running for record in trace.records if record.running}
    return State(trace.iteration, {record.layer: record.params for record in trace.records}, {}, running)


@both
def test_every_cell_equals_the_sum_of_its_terms(network: Network) -> None:
    check_everything(network, 2)


def test_the_gradient_of_a_normalised_residual_network_agrees_with_central_differences() -> None:
    random = np.random.default_rng(1)
    state = initial_state(RESIDUAL, OPTIMIZER, initial_params(RESIDUAL, 3, "float64"))
    x, targets = random.standard_normal((2, 3, 2, 3)), np.eye(3)[:, [0, 2, 1]]
    assert network_error(RESIDUAL, LOSS, state, x, targets, random) < 1e-6


@both
def test_correct_gradients_pass_the_check_and_estimates_are_named(network: Network) -> None:
    for layer in network.layers:
        found = check_gradients(network, LOSS, trace_of(network), layer.name, seed=7)
        assert found.passed or (network is BINARY and found.estimates and not found.checked), found.words


def test_a_normalisation_at_the_start_of_a_block_has_its_own_part_of_the_gradient() -> None:
    trace = trace_of(RESIDUAL)
    records = {record.layer: record for record in trace.records}
    skip = records["add2"].inputs["skip"]
    assert skip.layer == "relu3"
    np.testing.assert_allclose(trace.dout("relu3"), records["bn3"].dx + skip.dx, rtol=1e-12)
    assert place(trace, "bn3.dx", 5, EXAMPLE).role == "part"
    part = explain(LOSS, OPTIMIZER, trace, "bn3.dx", 5, EXAMPLE, count=ALL)
    assert {term.factors[0].name for term in part.terms} == {"bn3.dout"}
    assert {term.factors[0].example for term in part.terms} == {0, 1, 2}
    whole = explain(LOSS, OPTIMIZER, trace, "relu3.dout", 5, EXAMPLE, count=ALL)
    assert {term.factors[0].name for term in whole.terms} == {"bn3.dout", "add2.dout"}


@every(SEGMENTS)
def test_the_windows_and_the_loops_of_every_micro_step_agree_with_the_engine(
    network: Network, segment: Segment
) -> None:
    trace = trace_of(network)
    for cell in sorted({0, segment.cells // 2, segment.cells - 1}):
        seen = micro_step(LOSS, OPTIMIZER, trace, segment, cell, EXAMPLE)
        assert seen.writes.keys() <= set(segment.writes)
        for name, cells in (*seen.reads.items(), *seen.writes.items()):
            assert 0 <= cells.min(initial=0) <= cells.max(initial=0) < tensor(trace, name, EXAMPLE).size
        for name in segment.writes:
            found = lens(network, OPTIMIZER, trace, segment, cell, EXAMPLE, name)
            assert not found.computed or found.agree is not False, found.words


@every(BACKWARD)
def test_an_incomplete_gradient_is_explained_so_far(network: Network, segment: Segment) -> None:
    trace, done = trace_of(network), max(1, segment.cells // 2)
    seen = micro_step(LOSS, OPTIMIZER, trace, segment, done - 1, EXAMPLE)
    for name in segment.writes:
        picture = seen.partial[name]
        for cell in np.flatnonzero(picture.computed)[::7].tolist():
            found = explain(
                LOSS, OPTIMIZER, trace, name, cell, EXAMPLE, done=done, at=segment.layer, count=ALL
            )
            assert found.value == picture.array.flat[cell]
            assert follows(found) == pytest.approx(found.value, rel=1e-9, abs=1e-12)


def outs(network: Network, trace: Trace, x: Array) -> dict[str, Array]:
    return {f"{of.layer.name}.out": of.out[..., EXAMPLE] for of in forward(network, state_of(trace), x)}


@both
def test_all_cells_that_change_with_a_pixel_are_among_its_influences(network: Network) -> None:
    trace = trace_of(network)
    before = outs(network, trace, trace.x)
    for cell in range(trace.x[..., 0].size):
        said = dependencies(LOSS, OPTIMIZER, trace, "input.out", cell, EXAMPLE).influences
        for by in (-5.0, 5.0):
            x = trace.x.copy()
            x.reshape(-1, BATCH)[cell, EXAMPLE] += by
            for name, array in outs(network, trace, x).items():
                assert set(np.flatnonzero(array != before[name])) <= set(said[name].tolist())


@both
@pytest.mark.parametrize("kind", ["out", "dout"])
def test_inputs_and_influences_are_inverse_relations(network: Network, kind: str) -> None:
    trace = trace_of(network)
    names = [info.name for info in catalogue(network) if info.tensor == kind and info.layer != "loss"]
    places = [(name, cell) for name in names for cell in range(tensor(trace, name, EXAMPLE).size)]
    cones = {of: dependencies(LOSS, OPTIMIZER, trace, *of, EXAMPLE) for of in places}
    down = {
        (of, (name, cell))
        for of, found in cones.items()
        for name in names
        for cell in found.influences.get(name, np.empty(0, int)).tolist()
    }
    up = {
        ((name, cell), of)
        for of, found in cones.items()
        for name in names
        for cell in found.inputs.get(name, np.empty(0, int)).tolist()
    }
    assert up == down
    assert up


def test_nudges_are_predicted_through_the_statistics_and_both_branches() -> None:
    trace = trace_of(RESIDUAL)
    for name, watch in (("input.out", "add1.out"), ("conv1.w", "add2.out"), ("bn2.w", "loss.loss")):
        found = nudge(RESIDUAL, LOSS, trace, name, 1, 1e-6, EXAMPLE, watch=watch, watch_cell=0)
        for change in (found.loss, found.watched):
            assert change is not None
            assert change.actual == pytest.approx(change.predicted, rel=1e-3, abs=1e-12)


@both
def test_a_path_multiplies_to_its_contribution(network: Network) -> None:
    trace = trace_of(network)
    for cell in range(trace.records[0].params["w"].size):
        found = gradient_path(OPTIMIZER, trace, "conv1", "w", cell, EXAMPLE)
        product = 1.0 if found.links else 0.0
        for link in found.links:
            product *= link.value if link.factor is None else link.factor
        assert found.contribution == pytest.approx(product, rel=1e-12, abs=1e-15)


def test_a_saliency_map_uses_the_slopes_of_evaluation() -> None:
    trace = trace_of(RESIDUAL)
    state, x = state_of(trace), trace.x[..., EXAMPLE]
    unit = unit_of(RESIDUAL, state, x, "add2", 4)
    gradient = unit.input_gradient().ravel()
    for cell in range(x.size):
        ends = []
        for by in (-1e-6, 1e-6):
            moved = x.copy()
            moved.flat[cell] += by
            stack = evaluation_stack(RESIDUAL, state, moved[..., None])
            ends.append(next(of.out for of in stack if of.layer.name == "add2").ravel()[4])
        assert (ends[1] - ends[0]) / 2e-6 == pytest.approx(gradient[cell], rel=1e-5, abs=1e-8)


CONV: dict[str, object] = {"kind": "conv2d", "filters": 2, "kernel": (3, 3), "padding": "same"}
NORM, RELU = {"kind": "batchnorm"}, {"kind": "relu"}
END = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
NETWORKS = {
    "residual": [CONV, RELU, CONV, NORM, RELU, CONV, NORM, {"kind": "add", "back": 6}, RELU, *END],
    "binary": [{**CONV, "binary": "weights"}, NORM, {**CONV, "binary": "both"}, NORM, *END],
}


@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_replays_and_checkpoints_are_exact(
    layers: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    recipe = Recipe.model_validate({"network": layers, "batch_size": 8, "epochs": 1})
    history, again = History(plan(recipe)), History(plan(recipe))
    history.advance(6)
    first = [history.trace(number) for number in range(6)]
    history.forget()
    for before, after in zip(first, (history.trace(number) for number in range(6)), strict=True):
        for (name, array), (other, same) in zip(before.computed(), after.computed(), strict=True):
            assert name == other
            np.testing.assert_array_equal(array, same)
    for before, after in pairwise(first):
        for record, later in zip(before.records, after.records, strict=True):
            for name, array in record.renewed.items():
                np.testing.assert_array_equal(array, later.running[name])
    keep(history)
    assert restore(again)
    kept = history.state(6).running
    assert len(kept) == 2
    for layer, of in kept.items():
        for name, array in of.items():
            np.testing.assert_array_equal(again.state(6).running[layer][name], array)
