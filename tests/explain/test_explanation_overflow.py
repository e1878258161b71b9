"""Explanations of numbers that are not finite, and of sums that overflow."""

from dataclasses import replace

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.nn.losses import Loss
from server.nn.network import build
from server.nn.ops import Dense
from tests.cases import every_loss
from tests.explain.test_explanation import ask
from tests.networks import LOSS, small_network, traced


def test_numbers_that_are_not_finite_are_none_and_have_an_explanation() -> None:
    trace = traced(small_network(), 2)
    trace.records[0].out.setflags(write=True)
    trace.records[0].out[...] = np.inf
    for info in catalogue(small_network()):
        ask(trace, info.name, 0)
    explanation = ask(trace, "relu1.out", 0)
    assert explanation.terms[0].value is None
    assert explanation.total is None


@every_loss
@pytest.mark.parametrize("size", [1e160, 5e307])
def test_a_loss_that_overflows_is_explained(loss: Loss, size: float) -> None:
    network = build([Dense(3)], (4,), True, loss, 3)
    trace = traced(network, 2)
    trace.loss.out.setflags(write=True)
    trace.loss.out[...] *= size
    with np.errstate(over="ignore", invalid="ignore"):
        overflowed = replace(trace, loss=loss.forward(trace.loss.out, trace.loss.targets))
        for name in (
            "loss.loss",
            f"{trace.records[-1].layer}.dout",
            *(f"loss.{made}" for made in loss.saved),
        ):
            found = ask(overflowed, name, 0, loss=loss)
            assert found.words


def test_a_sum_whose_partial_sums_overflow_is_exact_or_infinite() -> None:
    network = build([Dense(1)], (3,), True, LOSS, 1)
    trace = traced(network, 1)
    for array in (trace.records[0].x, trace.records[0].params["w"], trace.records[0].params["b"]):
        array.setflags(write=True)
        array[...] = 1
    weights = trace.records[0].params["w"]
    weights[...] = np.array([[1.5e308, 1.5e308, -1.6e308]])
    assert ask(trace, "dense.out", 0).total == pytest.approx(1.4e308)
    weights[...] = 1.5e308
    assert ask(trace, "dense.out", 0).total is None
