"""Graphs of activations and losses, and histograms of normalised channels: all points are the engine's."""

import numpy as np
import pytest

from server.explain.graph import NoGraph, NoHistogram, graph, histogram
from server.explain.tensors import UnknownCell, UnknownExample, UnknownLayer, record_of
from server.nn.losses import BinaryCrossEntropy, Loss, SquaredError
from server.nn.network import build
from server.nn.ops import GELU, Dense, Flatten, LeakyReLU, Op, ReLU, Sigmoid, Tanh
from tests.networks import LOSS, normalised_network, small_step, traced

_, TRACE = small_step()


@pytest.mark.parametrize("op", [ReLU(), LeakyReLU(), GELU(), Sigmoid(), Tanh()], ids=lambda op: op.kind)
def test_an_activations_points_lie_on_the_function_and_its_slopes_are_those_of_each_cell(op: Op) -> None:
    network = build([Flatten(), Dense(6), op, Dense(4)], (1, 3, 3), True, LOSS, 4)
    trace = traced(network, batch=3)
    record = record_of(trace, network.layers[2].name)
    found = graph(LOSS, trace, record.layer, 0, 1)
    inputs = record.x[:, 1]
    assert (np.diff(found.x) > 0).all()
    assert found.x[0] <= min(-1, inputs.min())
    assert found.x[-1] >= max(1, inputs.max())
    np.testing.assert_array_equal(found.y, op.forward(found.x[:, None], {})[0][:, 0])
    assert found.slopes is not None
    np.testing.assert_allclose(found.slopes * record.dout[:, 1], record.dx[:, 1])


def test_the_graph_of_cross_entropy_is_minus_the_logarithm_of_the_true_class() -> None:
    label = int(TRACE.loss.targets[:, 2].argmax())
    found = graph(LOSS, TRACE, "loss", label, 2)
    np.testing.assert_allclose(found.y, -np.log(found.x), rtol=1e-6)
    assert (np.diff(found.x) > 0).all()
    assert found.x[0] < 0.01
    assert found.x[-1] > 0.99
    assert found.slopes is None


@pytest.mark.parametrize("loss", [SquaredError(), BinaryCrossEntropy()], ids=lambda loss: loss.kind)
def test_the_graph_of_a_loss_goes_through_the_loss_of_the_example(loss: Loss) -> None:
    network = build([Flatten(), Dense(3)], (1, 3, 3), True, loss, 3)
    trace = traced(network, batch=3)
    found = graph(loss, trace, "loss", 1, 0)
    x = trace.loss.saved.get("probabilities", trace.loss.out)[1, 0]
    assert found.x[0] <= x <= found.x[-1]
    assert np.interp(x, found.x, found.y) == pytest.approx(trace.loss.losses[0], rel=0.01)


def test_a_histogram_counts_all_numbers_of_a_channel_before_and_after() -> None:
    trace = traced(normalised_network(), batch=3)
    record = next(record for record in trace.records if record.op.kind == "batchnorm")
    found = histogram(trace, record.layer, 1)
    for counts, edges, numbers in (
        (found.before, found.before_edges, record.x[1]),
        (found.after, found.after_edges, record.out[1]),
    ):
        assert counts.sum() == numbers.size
        assert (edges[0], edges[-1]) == pytest.approx((numbers.min(), numbers.max()))


@pytest.mark.parametrize(
    "numbers", [[1e9, np.nextafter(1e9, 2e9)], [3.0, 3.0], [-1.7e308, 1.7e308], [np.inf, 2.0], [np.nan] * 2]
)
def test_numbers_of_any_size_have_a_histogram(numbers: list[float]) -> None:
    trace = traced(normalised_network(), batch=3)
    record = next(record for record in trace.records if record.op.kind == "batchnorm")
    for array in (record.x, record.out):
        array.setflags(write=True)
        array[...] = np.resize(numbers, array.shape)
    found = histogram(trace, record.layer, 1)
    assert found.before.sum() == found.after.sum() == np.isfinite(record.x[1]).sum()
    assert (np.diff(found.before_edges) > 0).all()


def test_what_has_no_graph_or_histogram_is_refused_in_a_sentence() -> None:
    layer = TRACE.records[0].layer
    with pytest.raises(NoGraph, match=f"{layer} is no function of one number"):
        graph(LOSS, TRACE, layer, 0, 0)
    with pytest.raises(NoHistogram, match=f"{layer} normalises nothing"):
        histogram(TRACE, layer, 0)
    with pytest.raises(UnknownCell, match="the last one is 3"):
        graph(LOSS, TRACE, "loss", 4, 0)
    with pytest.raises(UnknownExample):
        graph(LOSS, TRACE, "loss", 0, 99)
    with pytest.raises(UnknownLayer):
        histogram(TRACE, "conv9", 0)
