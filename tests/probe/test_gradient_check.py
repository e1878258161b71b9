"""The gradient check passes for correct gradients and fails for slightly wrong ones."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from server.explain.tensors import UnknownLayer, tensor
from server.nn.arrays import Array
from server.nn.losses import Loss
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, Op, ReLU, Sigmoid
from server.probe.gradient_check import FLOOR, GradientCheck, check_gradients
from tests.cases import every_loss
from tests.networks import LOSS, small_network, traced

OPS: list[Op] = [Conv2d(3), ReLU(), MaxPool2d((2, 2)), Flatten(), Dense(4)]
WRONG = [(0, "x"), (0, "w"), (0, "b"), (1, "x"), (2, "x"), (3, "x"), (4, "x"), (4, "w"), (4, "b")]


def network(ops: list[Op]) -> Network:
    return build(ops, (2, 6, 6), True, LOSS, 4)


def wrong(op: Op, which: str) -> Op:
    """The same op, with an error of 1 % in one of its gradients."""

    def spoiled(name: str, gradient: Array) -> Array:
        return gradient * gradient.dtype.type(1.01) if name == which else gradient

    def parameter_gradients(_: Op, *arguments: Any) -> dict[str, Array]:
        return {name: spoiled(name, dw) for name, dw in op.parameter_gradients(*arguments).items()}

    def backward(_: Op, *arguments: Any) -> tuple[Array, dict[str, Array]]:
        dx, dparams = op.backward(*arguments)
        return spoiled("x", dx), {name: spoiled(name, dw) for name, dw in dparams.items()}

    methods = {"backward": backward, "parameter_gradients": parameter_gradients}
    kind = type(f"Wrong{type(op).__name__}", (type(op),), {"__slots__": (), **methods})
    made: Op = kind(**{field.name: getattr(op, field.name) for field in fields(op)})
    return made


def ask(net: Network, layer: str, batch: int = 1, dtype: str = "float64") -> GradientCheck:
    return check_gradients(net, LOSS, traced(net, batch, dtype), layer, seed=7)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layer", [layer.name for layer in small_network().layers])
def test_correct_gradients_pass(layer: str, batch: int, dtype: str) -> None:
    found = ask(small_network(), layer, batch, dtype)
    assert found.passed, found.words
    assert found.largest_error is not None
    assert found.largest_error < 1e-5
    assert found.checked > 0
    assert "agree" in found.words


@every_loss
@pytest.mark.parametrize("batch", [1, 3])
def test_correct_gradients_of_every_loss_pass(loss: Loss, batch: int) -> None:
    net = build([Dense(3), Sigmoid(), Dense(3)], (4,), True, loss, 3)
    trace = traced(net, batch)
    for layer in net.layers:
        assert check_gradients(net, loss, trace, layer.name, seed=7).passed


@pytest.mark.parametrize(("number", "which"), WRONG)
@pytest.mark.parametrize("batch", [1, 3])
def test_an_error_of_one_percent_in_any_backward_fails(number: int, which: str, batch: int) -> None:
    ops = [wrong(op, which) if place == number else op for place, op in enumerate(OPS)]
    net = network(ops)
    found = ask(net, net.layers[number].name, batch)
    assert not found.passed, found.words
    assert found.largest_error == pytest.approx(0.01, rel=0.02)
    previous, layer = net.layers[number].previous, net.layers[number].name
    assert found.name == (f"{previous}.dout" if which == "x" else f"{layer}.d{which}")
    assert "disagree" in found.words


def test_the_named_cell_holds_the_number() -> None:
    net = network(OPS)
    trace = traced(net, 3)
    for layer in net.layers:
        found = check_gradients(net, LOSS, trace, layer.name, seed=7)
        array = tensor(trace, found.name, found.example or 0)
        assert (found.example is None) == (found.name.rpartition(".")[2] in ("dw", "db"))
        assert array[found.index] == array.flat[found.cell] == pytest.approx(found.analytic, rel=1e-9)
        assert found.numeric == pytest.approx(found.analytic, rel=found.tolerance, abs=FLOOR)


def test_few_cells_are_all_compared_and_many_are_sampled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = network(OPS)
    every = ask(net, "dense")
    assert every.checked + every.left_out == every.total == 27 + 4 * 27 + 4
    assert "All 139 cells" in every.words
    monkeypatch.setattr("server.probe.gradient_check.SAMPLE", 10)
    some = ask(net, "dense")
    assert some.checked + some.left_out == 24
    assert "random sample of 24 of 139 cells" in some.words
    assert some == ask(net, "dense"), "the sample is a seeded one"


def test_cells_on_a_kink_are_left_out_and_counted() -> None:
    net = network(OPS)
    trace = traced(net, 1)
    zero = traced(net, 1)
    for array in (zero.x, zero.records[0].params["b"]):
        array.setflags(write=True)
        array[...] = 0
    found = check_gradients(net, LOSS, zero, "conv", seed=7)
    assert found.left_out > check_gradients(net, LOSS, trace, "conv", seed=7).left_out
    assert found.passed, found.words
    assert f"{found.left_out} were left out" in found.words


def test_a_loss_with_kinks_everywhere_does_not_pass() -> None:
    ops: list[Op] = [ReLU(), Flatten(), Dense(4)]
    net = network(ops)
    trace = traced(net, 1)
    trace.x.setflags(write=True)
    trace.x[...] = 0
    found = check_gradients(net, LOSS, trace, "relu", seed=7)
    assert (found.checked, found.left_out) == (0, 72)
    assert not found.passed
    assert "could not be compared" in found.words


def test_numbers_that_are_not_finite_do_not_pass() -> None:
    net = network(OPS)
    trace = traced(net, 1)
    trace.x.setflags(write=True)
    trace.x[...] = np.inf
    found = check_gradients(net, LOSS, trace, "conv", seed=7)
    assert not found.passed
    assert found.largest_error is None
    assert "not finite" in found.words


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(UnknownLayer, match="the layers are: conv, relu, pool, flatten, dense"):
        ask(network(OPS), "conv7")
