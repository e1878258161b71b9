"""Binary layers: signs are saved tensors, and straight-through estimates are called estimates."""

import math

import pytest

from server.explain.catalogue import catalogue
from server.explain.convolution.view import window_view
from server.explain.explanation import explain
from server.explain.gradient_path import gradient_path
from server.explain.timeline import segments
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Flatten, Op, ReLU
from server.nn.optimizers import SGD, Adam
from server.nn.step import State
from server.probe.gradient_check import check_gradients
from server.probe.nudge import nudge
from server.probe.prediction import predict
from server.probe.saliency import saliency_map
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from tests.examples import all_examples
from tests.networks import LOSS, traced
from tests.probe.test_gradient_check import wrong

OPS: list[Op] = [Conv2d(2, binary="weights"), ReLU(), Conv2d(2, binary="both"), Flatten(), Dense(4)]


def network(ops: list[Op] = OPS) -> Network:
    return build(ops, (1, 4, 4), True, LOSS, 4)


NETWORK = network()
TRACE = traced(NETWORK, 2)


def test_signs_are_tensors_with_their_own_micro_steps() -> None:
    infos = {info.name: info for info in catalogue(NETWORK)}
    weights, inputs = infos["conv1.sign_w"], infos["conv2.sign_x"]
    assert (weights.scope, weights.lane, weights.shape) == ("network", "parameters", (2, 1, 3, 3))
    assert (inputs.scope, inputs.lane, inputs.shape) == ("example", "parameters", (2, 4, 4))
    assert weights.signed
    assert inputs.signed
    assert "conv1.sign_x" not in infos
    assert "dense.sign_w" not in infos
    forward = [(s.layer, s.tensor, s.cells) for s in segments(NETWORK) if s.phase == "forward"]
    assert forward[1:3] == [("conv1", "sign_w", 18), ("conv1", "out", 32)]
    assert forward[4:7] == [("conv2", "sign_w", 36), ("conv2", "sign_x", 32), ("conv2", "out", 32)]


def test_the_factors_of_a_value_are_signs_and_those_of_a_gradient_signs_and_a_gate() -> None:
    out = explain(LOSS, SGD(0.5), TRACE, "conv2.out", 5, 1, count=100)
    symbols = {(factor.symbol, factor.name) for term in out.terms for factor in term.factors}
    assert symbols == {("sign(x)", "conv2.sign_x"), ("sign(w)", "conv2.sign_w"), ("b", "conv2.b")}
    of_weight = explain(LOSS, SGD(0.5), TRACE, "conv2.dw", 3, 1)
    assert [(factor.symbol, factor.name) for factor in of_weight.terms[0].factors] == [
        ("dout", "conv2.dout"),
        ("sign(x)", "conv2.sign_x"),
        ("gate(w)", "conv2.w"),
    ]
    assert "an estimate, not the slope" in of_weight.words
    of_input = explain(LOSS, SGD(0.5), TRACE, "relu.dout", 3, 1)
    assert [factor.symbol for factor in of_input.terms[0].factors] == ["dout", "sign(w)", "gate(x)"]
    sign = explain(LOSS, SGD(0.5), TRACE, "conv2.sign_w", 3, 1)
    assert (sign.function, sign.terms[0].factors[0].name) == ("sign", "conv2.w")


def test_the_explanation_says_when_all_inputs_have_the_same_sign() -> None:
    """All signs of the outputs of a rectifier are +1, because the sign of 0 is +1."""
    assert "tells none from another" in explain(LOSS, SGD(0.5), TRACE, "conv2.out", 5, 1).words
    net = network([Conv2d(2, binary="both"), Flatten(), Dense(4)])
    words = explain(LOSS, SGD(0.5), traced(net, 1), "conv.out", 5, 0).words
    assert "each product is +1 or −1" in words
    assert "tells none" not in words


def test_a_closed_gate_passes_no_gradient_and_is_explained() -> None:
    record = TRACE.records[2]
    shut = next(cell for cell, x in enumerate(record.x[..., 0].ravel()) if abs(x) > 1)
    found = explain(LOSS, SGD(0.5), TRACE, "relu.dout", shut, 0)
    assert found.value == 0
    assert "the gate of its sign is shut" in found.words
    view = window_view(TRACE, "conv2.dx", shut, 0)
    assert view.gate == view.total == 0
    assert "the gate of its sign is shut" in view.words
    assert window_view(TRACE, "conv2.out", 0, 0).gate is None
    assert window_view(traced(network([Conv2d(2), Flatten(), Dense(4)])), "conv.dw", 0, 0).gate is None


def test_the_check_compares_slopes_and_names_estimates() -> None:
    of = {layer.name: check_gradients(NETWORK, LOSS, TRACE, layer.name, seed=7) for layer in NETWORK.layers}
    assert of["conv1"].estimates == ("input.dout", "conv1.dw", "conv1.db"), (
        "conv2 takes the sign of its input"
    )
    assert of["conv1"].passed is of["relu"].passed is None
    assert "straight-through estimates, not slopes" in of["conv1"].words
    assert of["relu"].words.startswith("conv1.dout is a straight-through estimate, not the slope")
    assert of["conv2"].estimates == ("relu.dout", "conv2.dw")
    assert (of["conv2"].passed, of["conv2"].checked, of["conv2"].total) == (True, 2, 2)
    assert "All 2 cells" in of["conv2"].words
    assert "relu.dout and conv2.dw are straight-through estimates" in of["conv2"].words
    for layer in ("flatten", "dense"):
        assert (of[layer].passed, of[layer].estimates) == (True, ())


@pytest.mark.parametrize(("number", "which"), [(0, "b"), (0, "x"), (2, "b"), (3, "x"), (4, "w")])
def test_an_error_in_a_slope_fails_the_check(number: int, which: str) -> None:
    ops: list[Op] = [Conv2d(2, binary="weights"), ReLU(), Conv2d(2, binary="weights"), Flatten(), Dense(4)]
    net = network([wrong(op, which) if place == number else op for place, op in enumerate(ops)])
    found = check_gradients(net, LOSS, traced(net, 2), net.layers[number].name, seed=7)
    assert found.passed is False
    assert found.largest_error == pytest.approx(0.01, rel=0.02)


def test_a_nudge_through_a_sign_says_that_its_prediction_is_an_estimate() -> None:
    before = float(TRACE.records[2].params["w"].flat[3])
    still = nudge(NETWORK, LOSS, TRACE, "conv2.w", 3, before / 2, 0)
    assert (still.loss.estimate, still.loss.actual) == (True, 0)
    assert "a straight-through estimate, not the slope" in still.words
    across = nudge(NETWORK, LOSS, TRACE, "conv2.w", 3, -2 * before, 0, watch="conv2.out", watch_cell=5)
    assert across.watched is not None
    assert abs(across.watched.actual or 0) == 2, "its sign jumps by 2"
    bias = nudge(NETWORK, LOSS, TRACE, "conv2.b", 1, 1e-5, 0)
    assert not bias.loss.estimate
    assert bias.loss.actual == pytest.approx(bias.loss.predicted, rel=1e-3)
    assert nudge(NETWORK, LOSS, TRACE, "conv1.b", 1, 1e-5, 0, watch="conv1.out").loss.estimate
    own = nudge(NETWORK, LOSS, TRACE, "conv1.b", 1, 1e-5, 0, watch="conv1.out").watched
    assert own is not None
    assert not own.estimate, "no sign lies between a bias and its own layer's output"


def test_a_saliency_map_says_that_its_gradients_are_estimates() -> None:
    x = TRACE.x[..., 0]
    state = State(0, {record.layer: record.params for record in TRACE.records})
    for method in ("gradient", "magnitude", "guided"):
        assert "straight-through estimates" in saliency_map(NETWORK, state, x, "dense", 1, method).words
        assert "estimates" not in saliency_map(NETWORK, state, x, "conv1", 1, method).words, (
            "signs of weights alone"
        )
    assert "estimates" not in saliency_map(NETWORK, state, x, "dense", 1, "occlusion").words


def test_the_strongest_path_multiplies_signs_and_gates() -> None:
    for parameter, cell in (("w", 3), ("b", 1)):
        found = gradient_path(SGD(0.5), TRACE, "conv1", parameter, cell, 1)
        factors = [link.factor for link in found.links[1:]]
        first = found.links[0].value
        assert first is not None
        assert found.contribution == pytest.approx(first * math.prod(f or 0 for f in factors), abs=1e-15)
    # A dense layer has one path in each example. Their contributions add up to the gradient.
    net = build([Dense(4, "both")], (5,), True, LOSS, 4)
    trace = traced(net, 2)
    for cell in range(20):
        paths = [gradient_path(SGD(0.5), trace, "dense", "w", cell, example) for example in range(2)]
        assert sum(path.contribution or 0 for path in paths) == pytest.approx(paths[0].gradient, abs=1e-12)


def test_a_binary_network_learns_and_is_replayed_exactly() -> None:
    recipe = Recipe(
        network=(Conv2d(4, binary="weights"), Conv2d(4, binary="both"), ReLU(), Flatten(), Dense(10)),
        optimizer=Adam(0.003),
        batch_size=8,
        epochs=1,
    )
    history = History(plan(recipe))
    history.advance(180)
    assert history.evaluations[-1].loss < history.evaluations[0].loss
    assert history.evaluations[-1].accuracy > 0.5
    picture = all_examples(history.plan, "test")[0][..., :1]
    tensors = predict(history.plan, history.state(180), picture, history.evaluations).tensors
    assert tensors["conv1.sign_w"].shape == (4, 1, 3, 3)
    assert tensors["conv2.sign_x"].shape == (4, 8, 8)
    first = {name: array.copy() for name, array in history.trace(40).computed()}
    history.forget()
    for name, array in history.trace(40).computed():
        assert array.tobytes() == first[name].tobytes()
