"""Skip connections: two layers read the same output."""

import math

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.convolution.view import window_view
from server.explain.dependencies import dependencies
from server.explain.explanation import explain
from server.explain.gradient_path import gradient_path
from server.explain.lens.lens import lens
from server.explain.micro_step import micro_step
from server.explain.place import place
from server.explain.stack import stack
from server.explain.tensors import UnknownTensor, tensor
from server.explain.timeline import UnknownMoment, find, segments
from server.nn.arrays import Array
from server.nn.initializers import initial_params
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, SkipError, build
from server.nn.ops import Add, Conv2d, Dense, Flatten, MaxPool2d, ReLU
from server.nn.records import Trace
from server.nn.step import State
from server.probe.gradient_check import check_gradients
from server.probe.nudge import nudge
from tests.explain.test_explanation import ALL, check_everything, follows
from tests.networks import LOSS, OPTIMIZER, residual_network, traced
from tests.nn.gradcheck import network_error

NETWORK = residual_network()
TRACE = traced(NETWORK, 2)
SEGMENTS = [segment for segment in segments(NETWORK) if segment.phase == "backward" and segment.accumulates]
FORKS = ["input", "relu", "dense1"]


def refused(ops: list[object]) -> str:
    with pytest.raises(SkipError) as error:
        build(ops, (1, 6, 6), True, SoftmaxCrossEntropy(), 10)
    return str(error.value)


def test_a_skip_connection_needs_an_earlier_layer_of_the_same_shape() -> None:
    end = [Flatten(), Dense(10)]
    words = refused([Conv2d(4), ReLU(), MaxPool2d(), Conv2d(4), Add(3), *end])
    assert "got 4x3x3 and cannot add the output of relu to it, which is 4x6x6" in words
    assert "what has it is pool" in words
    words = refused([ReLU(), Conv2d(4), Add(3), *end])
    assert "which is 1x6x6: both need the same shape; no layer that far back has it" in words
    words = refused([ReLU(), Add(4), *end])
    assert "reaches back beyond the input" in words
    assert "1x6x6; what has it is input" in words
    with pytest.raises(ValueError, match="from 2 to 32 layers back, not 1"):
        Add(1)


def test_the_gradient_of_a_network_with_skip_connections_agrees_with_central_differences() -> None:
    random = np.random.default_rng(1)
    state = State(0, initial_params(NETWORK, 3, "float64"))
    x, targets = random.standard_normal((2, 4, 3, 2)), np.eye(3)[:, [0, 2]]
    assert network_error(NETWORK, LOSS, state, x, targets, random) < 1e-6


def parts(layer: str) -> list[Array]:
    return [
        source.dx for record in TRACE.records for source in record.inputs.values() if source.layer == layer
    ]


@pytest.mark.parametrize("layer", FORKS)
def test_a_dout_is_the_sum_of_the_gradients_of_all_readers(layer: str) -> None:
    found = parts(layer)
    assert len(found) == (3 if layer == "relu" else 2)
    np.testing.assert_allclose(TRACE.dout(layer), sum(found), rtol=1e-12)
    names = [name for name, _ in TRACE.computed()]
    assert len(names) == len(set(names))
    # The gradient of the input is missing: it is computed when it is first read.
    assert ({f"{layer}.dout", "add1.dskip", "conv2.dx", "sigmoid.dx"} - {"input.dout"}) <= set(names)
    assert not {"input.dout", "conv1.dx"} & set(names)


def test_a_skip_connection_shares_the_arrays_that_it_joins() -> None:
    records = {record.layer: record for record in TRACE.records}
    skip = records["add1"].inputs["skip"]
    assert skip.x is records["relu"].out
    assert skip.dx is records["add1"].dout
    held = dict(
        next(
            record for record in stack(TRACE, segments(NETWORK), 0).records if record.layer == "add1"
        ).tensors
    )
    assert held["relu.out"] == 0
    assert held["add1.out"] > 0


def test_every_cell_equals_the_sum_of_its_terms() -> None:
    check_everything(NETWORK, 2)


def test_a_sum_has_two_terms_and_its_gradients_the_terms_of_all_readers() -> None:
    out = explain(LOSS, OPTIMIZER, TRACE, "add1.out", 5, 0, sort="order")
    assert [term.factors[0].name for term in out.terms] == ["conv3.out", "relu.out"]
    assert [term.factors[0].symbol for term in out.terms] == ["x", "skip"]
    dout = explain(LOSS, OPTIMIZER, TRACE, "relu.dout", 5, 0, sort="order", count=ALL)
    assert {term.factors[0].name for term in dout.terms} == {"add1.dout", "add3.dout", "conv2.dout"}
    assert "3 layers read this cell" in dout.words
    part = explain(LOSS, OPTIMIZER, TRACE, "conv2.dx", 5, 0, count=ALL)
    assert {term.factors[0].name for term in part.terms} == {"conv2.dout"}
    assert place(TRACE, "add1.dskip", 0, 0).role == "part"
    assert place(TRACE, "add1.skip", 0, 0).name == "relu.out"


@pytest.mark.parametrize("segment", SEGMENTS, ids=lambda segment: segment.layer)
@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_at_every_moment_of_the_backward_pass_a_dout_is_the_sum_so_far(segment, share: float) -> None:
    done = 1 + round(share * (segment.cells - 1))
    seen = micro_step(LOSS, OPTIMIZER, TRACE, segment, done - 1, 1)
    order = [record.layer for record in TRACE.records]
    at = order.index(segment.layer)
    for layer in FORKS:
        reading = [r for r in TRACE.records if layer in (source.layer for source in r.inputs.values())]
        begun = [record for record in reading if order.index(record.layer) >= at]
        whole = segment.layer == reading[0].layer and done == segment.cells
        if not begun or order.index(reading[0].layer) > at:
            assert f"{layer}.dout" not in seen.partial
            continue
        picture = seen.partial[f"{layer}.dout"]
        first = begun == [TRACE.records[at]]
        assert picture.computed.all() == (not first or done == segment.cells)
        if whole:
            np.testing.assert_allclose(picture.array, TRACE.dout(layer)[..., 1], rtol=1e-12)
        for cell in np.flatnonzero(picture.computed)[::5].tolist():
            found = explain(
                LOSS, OPTIMIZER, TRACE, f"{layer}.dout", cell, 1, done=done, at=segment.layer, count=ALL
            )
            assert found.value == picture.array.flat[cell]
            assert follows(found) == pytest.approx(found.value, rel=1e-9, abs=1e-12)
            seen_by = {term.factors[0].name.removesuffix(".dout") for term in found.terms}
            assert seen_by <= {record.layer for record in begun}


def test_a_layer_that_does_not_add_to_a_gradient_is_refused() -> None:
    with pytest.raises(UnknownMoment, match="leave `at` out"):
        explain(LOSS, OPTIMIZER, TRACE, "relu.dout", 0, 0, done=1, at="pool")
    with pytest.raises(UnknownMoment, match="leave `done` out"):
        explain(LOSS, OPTIMIZER, TRACE, "relu.dout", 0, 0, done=1, at="conv9")


def changed(name: str, cell: int) -> dict[str, set[int]]:
    """The cells of the first example's forward pass that change when one of its numbers changes."""
    found: dict[str, set[int]] = {}
    for by in (-50.0, 50.0):
        outs: list[dict[str, Array]] = []
        for step in (0.0, by):
            made = {"input": TRACE.x[..., :1].copy()}
            if name == "input.out":
                made["input"].reshape(-1)[cell] += step
            for record in TRACE.records:
                given = {"skip": made[record.skip.layer]} if record.skip else {}
                out = record.op.forward(made[record.previous].copy(), record.params, given)[0].copy()
                if name == f"{record.layer}.out":
                    out.reshape(-1)[cell] += step
                made[record.layer] = out
            outs.append(made)
        for layer, array in outs[0].items():
            cells = set(np.flatnonzero(array != outs[1][layer]).tolist())
            if cells:
                found.setdefault(f"{layer}.out", set()).update(cells)
    found.pop(name, None)
    return found


@pytest.mark.parametrize("name", ["input.out", "relu.out", "conv2.out", "dense1.out"])
def test_dependencies_follow_both_branches(name: str) -> None:
    for cell in range(tensor(TRACE, name, 0).size):
        said = dependencies(LOSS, OPTIMIZER, TRACE, name, cell, 0).influences
        for tensor_name, cells in changed(name, cell).items():
            assert cells <= set(said[tensor_name].tolist())


def test_values_and_gradients_depend_on_both_branches() -> None:
    made = dependencies(LOSS, OPTIMIZER, TRACE, "add1.out", 5, 0).inputs
    assert 5 in made["relu.out"]
    assert 5 in made["conv3.out"]
    assert "conv1.w" in made
    up = dependencies(LOSS, OPTIMIZER, TRACE, "relu.dout", 5, 0).inputs
    assert {"add1.dout", "add3.dout", "conv2.dout", "conv2.dx", "loss.probabilities"} <= up.keys()
    below = dependencies(LOSS, OPTIMIZER, TRACE, "add1.dout", 5, 0).influences
    assert 5 in below["relu.dout"]
    assert 5 in below["conv3.dout"]
    part = dependencies(LOSS, OPTIMIZER, TRACE, "conv2.dx", 5, 0)
    assert "conv2.dout" in part.inputs
    assert "relu.dout" not in part.inputs
    assert 5 in part.influences["relu.dout"]


def strongest(layer: str, cell: int) -> float:
    if layer == TRACE.records[-1].layer:
        return abs(float(TRACE.loss.dout[cell, 0]))
    made = explain(LOSS, OPTIMIZER, TRACE, f"{layer}.dout", cell, 0, count=ALL)
    sizes = [0.0]
    for term in made.terms:
        dout, *slopes = term.factors
        slope = abs(math.prod(factor.value for factor in slopes))
        if slope:
            sizes.append(strongest(dout.name.removesuffix(".dout"), dout.cell) * slope)
    return max(sizes)


def test_the_strongest_path_takes_either_branch_and_says_which() -> None:
    for cell in range(2):
        found = gradient_path(OPTIMIZER, TRACE, "dense1", "b", cell, 0)
        assert abs(found.contribution) == pytest.approx(strongest("dense1", cell), rel=1e-12)
    told = set()
    for cell in range(TRACE.records[0].params["w"].size):
        found = gradient_path(OPTIMIZER, TRACE, "conv1", "w", cell, 0)
        first, *others = found.links
        product = first.value * math.prod(link.factor for link in others)
        assert found.contribution == pytest.approx(product, rel=1e-12, abs=1e-15)
        by_skip = [link.name for link in found.links].count("add3.dout")
        assert by_skip == 1
        told |= {sentence for sentence in found.words.split(".") if "At add" in sentence}
    assert any("takes the skip connection, straight to relu" in sentence for sentence in told)
    assert any("goes through the layers" in sentence for sentence in told)


@pytest.mark.parametrize("layer", [record.layer for record in TRACE.records])
def test_correct_gradients_pass_the_check(layer: str) -> None:
    found = check_gradients(NETWORK, LOSS, TRACE, layer, seed=7)
    assert found.passed, found.words
    assert tensor(TRACE, found.name, found.example or 0)[found.index] == pytest.approx(found.analytic)


def test_nudges_are_predicted_through_both_branches() -> None:
    for name, watch in (("input.out", "add2.out"), ("conv1.w", "add3.out"), ("dense1.b", "loss.loss")):
        for cell in range(3):
            found = nudge(NETWORK, LOSS, TRACE, name, cell, 1e-6, 0, watch=watch, watch_cell=0)
            for change in (found.loss, found.watched):
                assert change.actual == pytest.approx(change.predicted, rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("segment", SEGMENTS, ids=lambda segment: segment.layer)
def test_the_loops_give_the_sum_so_far(segment) -> None:
    for name in segment.writes:
        for cell in (segment.cells // 2, segment.cells - 1):
            found = lens(NETWORK, OPTIMIZER, TRACE, segment, cell, 0, name, 0)
            assert not found.computed or found.agree, found.words


def test_the_window_view_of_a_convolution_shows_its_own_part_of_the_gradient() -> None:
    whole = window_view(TRACE, "relu.dout", 3, 0)
    assert whole.name == "conv2.dx"
    assert whole.value == pytest.approx(whole.total)
    assert whole.agreement.agree


def test_the_parts_of_a_gradient_are_tensors_and_the_backward_pass_of_an_add_writes_both() -> None:
    infos = {info.name: info for info in catalogue(NETWORK)}
    assert {name for name, info in infos.items() if info.tensor == "dx"} == {
        "conv1.dx",
        "conv2.dx",
        "sigmoid.dx",
    }
    assert find(segments(NETWORK), "backward", "add1", "dout").writes == ("relu.dout", "conv3.dout")
    with pytest.raises(UnknownTensor):
        tensor(TRACE, "conv1.dskip", 0)


def test_the_estimate_of_memory_covers_skip_connections() -> None:
    network: Network = NETWORK
    trace: Trace = traced(network, 8)
    arrays = {id(array.base if array.base is not None else array): array for _, array in trace.computed()}
    kept = sum(array.nbytes for array in arrays.values())
    assert kept <= 1.05 * network.iteration_bytes(8, 8)
