"""The sentence about a gradient or an update: its direction, and what follows from it."""

import numpy as np
import pytest

from server.explain.explanation import explain
from server.explain.meaning import meaning
from server.explain.place import place
from server.nn.network import build
from server.nn.ops import Conv2d, Dense, Flatten, ReLU
from server.nn.optimizers import Momentum
from server.nn.records import Trace
from tests.networks import CLASSES, LOSS, OPTIMIZER, small_network, small_step, traced

_, TRACE = small_step()


def said(trace: Trace, name: str, cell: int) -> str:
    words = explain(LOSS, OPTIMIZER, trace, name, cell, 0).meaning
    assert words is not None
    return words


def cell_where(array: np.ndarray, positive: bool) -> int:
    return int(np.argmax(array) if positive else np.argmin(array))


def with_gradient(value: float) -> str | None:
    """The meaning of a gradient of the first weight if it were `value`."""
    return meaning(place(TRACE, "conv1.dw", 0, 0), value, is_partial=False)


@pytest.mark.parametrize(("positive", "loss", "size"), [(True, "grow", "smaller"), (False, "fall", "larger")])
def test_a_weight_moves_against_its_gradient_because_the_loss_goes_with_it(
    positive: bool, loss: str, size: str
) -> None:
    record = TRACE.records[0]
    cell = cell_where(record.dparams["w"], positive)
    words = said(TRACE, "conv1.dw", cell)
    sign = "+" if positive else "−"
    assert words.startswith(f"If this weight grew, the loss would {loss} (dL/dw is {sign}")
    assert words.endswith(f"); so the step makes it {size}.")
    change = said(TRACE, "conv1.delta_w", cell)
    assert change.startswith(f"The step makes this weight {size} (Δw is ")
    assert change.endswith(f"), because the loss {loss}s when it grows.")
    assert f"so the step makes it {size}, from " in said(TRACE, "conv1.w", cell)
    assert said(TRACE, "conv1.new_w", cell).startswith(f"The step makes this weight {size}: from ")


def test_the_gradient_of_a_value_says_what_the_loss_would_do() -> None:
    dout = TRACE.records[-1].dout[:, 0]
    assert said(TRACE, f"{TRACE.records[-1].layer}.dout", int(dout.argmax())).startswith(
        "If this number grew, the loss would grow (dL/dout is +"
    )


def test_zero_and_numbers_that_are_not_finite_have_no_direction() -> None:
    assert with_gradient(0.0) is not None
    assert "would not change the loss" in str(with_gradient(0.0))
    for value in (np.nan, np.inf, -np.inf):
        assert str(with_gradient(value)).endswith("no direction can be read from it.")


def test_a_gradient_that_still_accumulates_says_so() -> None:
    found = explain(LOSS, OPTIMIZER, TRACE, "conv1.dw", 0, 0, done=1)
    assert found.meaning is not None
    assert " so far); " in found.meaning
    assert found.meaning.endswith("; more is still to be added.")


def test_other_numbers_have_no_direction() -> None:
    for name in ("conv1.out", "loss.loss", "input.out"):
        assert explain(LOSS, OPTIMIZER, TRACE, name, 0, 0).meaning is None


def test_a_parameter_that_is_held_fixed_does_not_move() -> None:
    network = build([Flatten(), Dense(CLASSES)], (2, 8, 7), True, LOSS, CLASSES, ["dense.w"])
    trace = traced(network, 2)
    assert said(trace, "dense.dw", 0).endswith("; it is held fixed, and does not move.")
    assert said(trace, "dense.delta_w", 0) == "Δw is 0: this weight is held fixed."


def test_a_step_along_the_gradient_is_laid_to_the_optimizer() -> None:
    optimizer = Momentum(0.1, momentum=0.9)
    trace = traced(small_network(), 2, optimizer=optimizer, before=3)
    record = trace.records[0]
    along = np.flatnonzero((record.deltas["w"] * record.dparams["w"]).ravel() > 0)
    assert along.size
    words = explain(LOSS, optimizer, trace, "conv1.dw", int(along[0]), 0).meaning
    assert words is not None
    assert "; yet the step makes it " in words
    change = explain(LOSS, optimizer, trace, "conv1.delta_w", int(along[0]), 0).meaning
    assert change is not None
    assert change.endswith("the optimizer counts more than this gradient.")


def test_the_gradient_of_a_binary_weight_is_called_an_estimate() -> None:
    network = build(
        [Conv2d(2, binary="weights"), ReLU(), Flatten(), Dense(CLASSES)], (2, 8, 7), True, LOSS, CLASSES
    )
    trace = traced(network, 2)
    cell = int(np.abs(trace.records[0].dparams["w"]).argmax())
    assert "by the estimate that stands in for the slope of a sign" in said(trace, "conv.dw", cell)
