"""The strongest path, against all paths."""

import math
from functools import cache

import numpy as np
import pytest

from server.explain.explanation import explain
from server.explain.gradient_path import Chain, gradient_path
from server.explain.tensors import UnknownCell, UnknownExample, UnknownLayer, UnknownParameter, tensor
from server.nn.network import build
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, ReLU
from server.nn.optimizers import SGD
from server.nn.records import Trace
from tests.networks import LOSS, small_network, traced

OPS = [Conv2d(2), ReLU(), MaxPool2d((2, 2)), Conv2d(2, stride=(2, 2)), Flatten(), Dense(4), ReLU(), Dense(3)]
TRACE = traced(build(OPS, (1, 6, 5), True, LOSS, 3), 3)
PARAMETERS = [(record.layer, name) for record in TRACE.records for name in record.params]


def ask(trace: Trace, layer: str, parameter: str, cell: int, example: int = 1) -> Chain:
    return gradient_path(SGD(0.5), trace, layer, parameter, cell, example)


@cache
def strongest(layer: str, cell: int, example: int) -> float:
    """The size of the strongest path to a cell of a layer's dout, by its explained terms."""
    last = TRACE.records[-1].layer
    if layer == last:
        return abs(float(TRACE.loss.dout[cell, example]))
    made = explain(LOSS, SGD(0.5), TRACE, f"{layer}.dout", cell, example, count=10**6)
    sizes = [0.0]
    for term in made.terms:
        dout, *slopes = term.factors
        above = strongest(dout.name.removesuffix(".dout"), dout.cell, example)
        sizes.append(above * abs(math.prod(factor.value for factor in slopes)))
    return max(sizes)


@pytest.mark.parametrize(("layer", "parameter"), PARAMETERS)
@pytest.mark.parametrize("example", range(3))
def test_no_path_is_stronger_and_its_factors_multiply_to_its_contribution(
    layer: str, parameter: str, example: int
) -> None:
    name = f"{layer}.d{parameter}"
    array = tensor(TRACE, name, example)
    for cell in range(array.size):
        found = ask(TRACE, layer, parameter, cell, example)
        made = explain(LOSS, SGD(0.5), TRACE, name, cell, example, count=10**6)
        sizes = [0.0]
        for term in made.terms:
            dout, *slopes = term.factors
            if dout.example == example:
                slope = abs(math.prod(factor.value for factor in slopes))
                sizes.append(strongest(layer, dout.cell, example) * slope)
        assert abs(found.contribution) == pytest.approx(max(sizes), rel=1e-12, abs=1e-15)
        assert bool(found.links) == bool(made.terms)
        if not found.links:
            continue
        first, *others = found.links
        product = first.value
        assert first.product == first.value
        for link in others:
            product *= link.factor
            assert link.product == pytest.approx(product, rel=1e-12, abs=1e-15)
        assert found.contribution == pytest.approx(product, rel=1e-12, abs=1e-15)
        assert found.paths == made.count
        assert found.gradient == array.flat[cell]


def test_the_links_go_from_the_losss_gradient_through_every_layer_to_the_parameter() -> None:
    found = ask(TRACE, "conv1", "w", 4)
    layers = [record.layer for record in reversed(TRACE.records)]
    assert [link.name for link in found.links] == [*(f"{layer}.dout" for layer in layers), "conv1.dw"]
    assert found.links[0].factor is None
    for link in found.links:
        assert (
            link.value
            == tensor(TRACE, link.name, 1)[link.index]
            == tensor(TRACE, link.name, 1).flat[link.cell]
        )
        assert link.example == (None if link.name == "conv1.dw" else 1)


def test_in_the_last_layer_the_path_is_one_of_the_gradients_terms() -> None:
    for cell in range(6):
        found = ask(TRACE, "dense2", "w", cell)
        made = explain(LOSS, SGD(0.5), TRACE, "dense2.dw", cell, 1, count=10**6)
        assert found.contribution in [term.value for term in made.terms]


def test_the_words_give_the_direction_of_the_update_and_its_reason() -> None:
    gradient = TRACE.records[0].dparams["w"].ravel()
    for sign, words in ((1, "it goes down"), (-1, "it goes up")):
        cell = int(np.flatnonzero(sign * gradient > 0)[0])
        assert words in ask(TRACE, "conv1", "w", cell).words


def test_a_parameter_behind_shut_gates_has_a_path_that_is_shut() -> None:
    trace = traced(small_network(), 1)
    for record in trace.records:
        if record.layer == "relu2":
            record.x.setflags(write=True)
            record.x[...] = -1
    found = ask(trace, "conv1", "w", 0, 0)
    assert found.contribution == 0
    assert "shut" in found.words


def test_a_parameter_that_is_not_read_has_no_links() -> None:
    ops = [Conv2d(1, kernel=(1, 2), padding=(0, 3)), Flatten()]
    trace = traced(build(ops, (1, 1, 1), True, LOSS, 6), 1)
    assert ask(trace, "conv", "w", 0, 0).links
    ops = [Conv2d(1, kernel=(4, 4), stride=(4, 4), padding=3), Flatten()]
    trace = traced(build(ops, (1, 1, 1), True, LOSS, 1), 1)
    found = ask(trace, "conv", "w", 0, 0)
    assert (found.links, found.contribution, found.gradient, found.paths) == ((), 0, 0, 0)


def test_unknown_parameters_are_refused() -> None:
    for layer, parameter, cell, example, error, words in (
        ("conv9", "w", 0, 0, UnknownLayer, 'no layer "conv9"; the layers are: conv1, relu1'),
        ("relu1", "w", 0, 0, UnknownParameter, 'relu1 has no parameter "w"; it has none'),
        ("conv1", "v", 0, 0, UnknownParameter, "it has w and b"),
        ("conv1", "w", 999, 0, UnknownCell, "has no cell 999"),
        ("conv1", "w", 0, 3, UnknownExample, "no example 3"),
    ):
        with pytest.raises(error, match=words):
            ask(TRACE, layer, parameter, cell, example)
