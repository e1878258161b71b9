"""A nudge predicts with the slope, computes the actual change, and stores nothing."""

import math

import numpy as np
import pytest

from server.explain.catalogue import catalogue
from server.explain.tensors import UnknownCell, UnknownExample, UnknownTensor, tensor
from server.nn.arrays import Array
from server.nn.losses import Loss
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Sigmoid
from server.nn.optimizers import SGD
from server.nn.records import Trace
from server.nn.step import State, train_step
from server.probe.nudge import Change, NudgeError, nudge
from tests.cases import Case, every_case, every_loss
from tests.networks import LOSS, network_of, small_network, traced

TINY = 1e-6


def agree(change: Change) -> bool:
    """Whether predicted and actual agree to 1e-4, but for rounding and for the curve of the loss (TINY²).

    Where a sign lies on the way, what is predicted is an estimate, and so short a way changes nothing at all.
    """
    assert change.gradient is not None
    assert change.predicted == pytest.approx(change.gradient * TINY)
    if change.estimate:
        return change.actual == 0
    return change.actual == pytest.approx(change.predicted, rel=1e-4, abs=1e-13)


def given(network: Network) -> list[str]:
    """All tensors that can be nudged."""
    parameters = [f"{layer.name}.{name}" for layer in network.layers for name in layer.param_shapes]
    return ["input.out", *parameters]


def some(array: Array, count: int) -> list[int]:
    return np.unique(np.linspace(0, array.size - 1, count).astype(int)).tolist()


def check_all(network: Network, trace: Trace, example: int, cells: int, watched_cells: int) -> None:
    watches = [t.name for t in catalogue(network) if t.tensor == "out" or t.layer == "loss"]
    seen = {"loss": 0, "watched": 0}
    first = network.layers[0]
    operands = {"input.out": "x", f"{first.name}.w": "w"}
    for name in given(network):
        for cell in some(tensor(trace, name, example), cells):
            for watch in watches:
                for watch_cell in some(tensor(trace, watch, example), watched_cells):
                    found = nudge(
                        network,
                        network.loss,
                        trace,
                        name,
                        cell,
                        TINY,
                        example,
                        watch=watch,
                        watch_cell=watch_cell,
                    )
                    assert found.watched is not None
                    assert found.loss.estimate == (operands.get(name) in first.op.binarised)
                    assert agree(found.loss), (name, cell, found.loss)
                    assert agree(found.watched), (name, cell, found.watched)
                    assert (found.watched.name, found.watched.cell) == (watch, watch_cell)
                    seen["loss"] += found.loss.gradient != 0
                    seen["watched"] += found.watched.gradient != 0
    assert seen["loss"] or network.layers[-1].out_shape == (1,), "a loss of one class is always 0"
    assert seen["watched"]


@every_case
def test_predicted_and_actual_agree_for_every_op(case: Case) -> None:
    network = network_of(case.op, case.shape)
    check_all(network, traced(network, 2), 1, cells=30, watched_cells=4)


@every_loss
def test_predicted_and_actual_agree_for_every_loss(loss: Loss) -> None:
    network = build([Dense(3), Sigmoid(), Dense(3)], (4,), True, loss, 3)
    check_all(network, traced(network, 3), 2, 4, 3)


def test_predicted_and_actual_agree_through_a_whole_network() -> None:
    network = small_network()
    check_all(network, traced(network, 3), 1, cells=4, watched_cells=4)


def test_the_gradient_of_the_loss_is_the_one_on_the_stage() -> None:
    network = small_network()
    trace = traced(network, 3, "float32")
    for name in given(network):
        layer, _, kind = name.partition(".")
        gradient = "input.dout" if name == "input.out" else f"{layer}.d{kind}"
        on_stage = tensor(trace, gradient, 2).ravel()
        for cell in some(on_stage, 5):
            found = nudge(network, LOSS, trace, name, cell, 0.5, 2)
            assert found.loss.gradient == float(on_stage[cell]) + 0.0
            assert found.watched is None
            assert found.before == float(tensor(trace, name, 2).ravel()[cell]) + 0.0
            assert found.example == (2 if name == "input.out" else None)
            assert found.loss.before == pytest.approx(trace.loss.loss, rel=1e-5)


def test_a_pixel_times_a_gradient_predicts_the_change_of_a_weight() -> None:
    """A 3x3 image under a 3x3 filter of zeros: raising the centre weight by 1 raises the output by 80."""
    network = network_of(Conv2d(1, padding="valid"), (1, 3, 3))
    x = np.array([10, 20, 30, 40, 80, 60, 70, 50, 90], float).reshape(1, 3, 3, 1)
    params = {"conv": {"w": np.zeros((1, 1, 3, 3)), "b": np.zeros(1)}, "flatten": {}}
    one = np.zeros(1, int)
    trace = train_step(network, LOSS, SGD(0.5), State(0, params), x, one, 0.1, one)[1]
    found = nudge(network, LOSS, trace, "conv.w", 4, 1.0, 0, watch="conv.out", watch_cell=0)
    watched = found.watched
    assert watched is not None
    assert (watched.gradient, watched.predicted, watched.actual) == (80, 80, 80)
    assert (watched.before, watched.after, found.before) == (0, 80, 0)
    assert "conv.w[0, 0, 1, 1] goes from 0 to 1." in found.words
    assert "should change by gradient times amount, 80; it changes by 80." in found.words
    assert "float64" in found.words


def test_a_nudge_changes_nothing_in_the_run() -> None:
    network = small_network()
    trace = traced(network, 2)
    before = {name: array.copy() for name, array in trace.computed()}
    params = [array.copy() for record in trace.records for array in record.params.values()]
    x = trace.x.copy()
    for name in given(network):
        nudge(network, LOSS, trace, name, 0, 3.0, 0)
    assert all(np.array_equal(array, before[name]) for name, array in trace.computed())
    now = [array for record in trace.records for array in record.params.values()]
    assert all(np.array_equal(old, new) for old, new in zip(params, now, strict=True))
    assert np.array_equal(x, trace.x)


def test_a_zero_nudge_changes_nothing_and_a_large_one_leaves_the_slope() -> None:
    network = small_network()
    trace = traced(network, 2)
    still = nudge(network, LOSS, trace, "dense2.w", 0, 0.0, 0, watch="loss.loss")
    assert still.watched is not None
    assert (still.loss.actual, still.watched.actual, still.watched.predicted) == (0, 0, 0)
    far = nudge(network, LOSS, trace, "dense2.b", 0, 50.0, 0)
    assert far.loss.predicted != pytest.approx(far.loss.actual, rel=0.1)
    assert "the slope changes" in far.words
    assert "the slope changes" not in nudge(network, LOSS, trace, "dense2.b", 0, 1e-6, 0).words


def test_numbers_computed_before_the_nudged_one_stay() -> None:
    network = small_network()
    trace = traced(network, 2)
    found = nudge(network, LOSS, trace, "dense2.w", 0, 2.0, 1, watch="conv1.out", watch_cell=7)
    assert found.watched is not None
    assert (found.watched.gradient, found.watched.actual) == (0, 0)
    pixel = nudge(network, LOSS, trace, "input.out", 3, 2.0, 1, watch="input.out", watch_cell=3)
    assert pixel.watched is not None
    assert (pixel.watched.gradient, pixel.watched.actual) == (1, pytest.approx(2))


def test_the_words_name_numbers_that_are_not_finite() -> None:
    network = small_network()
    trace = traced(network, 1)
    trace.x.setflags(write=True)
    trace.x[...] = np.inf
    found = nudge(network, LOSS, trace, "conv1.w", 0, 1.0, 0, watch="conv1.out")
    assert found.loss.actual is None
    assert "not finite" in found.words
    assert nudge(network, LOSS, trace, "input.out", 0, 1.0, 0).before is None


@pytest.mark.parametrize("amount", [math.nan, math.inf, -math.inf, 1.1e6, -1.1e6])
def test_an_invalid_amount_is_refused(amount: float) -> None:
    network = small_network()
    with pytest.raises(NudgeError, match="between -1,000,000 and 1,000,000") as caught:
        nudge(network, LOSS, traced(network), "conv1.w", 0, amount, 0)
    assert caught.value.field == "amount"


@pytest.mark.parametrize(
    ("name", "watch", "watch_cell", "field", "words"),
    [
        ("conv1.out", None, None, "name", "conv1.out is computed: only what is given can be nudged"),
        ("conv1.dw", None, None, "name", "conv1.dw is computed"),
        ("conv1.w", "conv1.ouch", 0, "watch", "did you mean conv1.out"),
        ("conv1.w", "conv1.out", 168, "watch_cell", "conv1.out has no cell 168; the last one is 167."),
        ("conv1.w", "conv1.dout", 0, "watch", "conv1.dout cannot be watched"),
        ("conv1.w", "conv1.b", 0, "watch", "conv1.b cannot be watched"),
        ("conv1.w", None, 3, "watch", "needs its tensor"),
    ],
)
def test_tensors_that_cannot_be_nudged_or_watched_are_refused(
    name: str, watch: str | None, watch_cell: int | None, field: str, words: str
) -> None:
    network = small_network()
    with pytest.raises(NudgeError, match=words) as caught:
        nudge(network, LOSS, traced(network), name, 0, 1.0, 0, watch=watch, watch_cell=watch_cell)
    assert caught.value.field == field


def test_unknown_names_and_cells_are_refused() -> None:
    network = small_network()
    trace = traced(network)
    with pytest.raises(UnknownTensor, match=r"did you mean conv1\.w"):
        nudge(network, LOSS, trace, "conv1.ww", 0, 1.0, 0)
    with pytest.raises(UnknownCell, match="the last one is 2"):
        nudge(network, LOSS, trace, "conv1.b", 3, 1.0, 0)
    with pytest.raises(UnknownExample):
        nudge(network, LOSS, trace, "conv1.b", 0, 1.0, 1)
