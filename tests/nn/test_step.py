import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from server.data.dataset import one_hot
from server.nn.arrays import Array
from server.nn.evaluation import evaluate
from server.nn.network import build
from server.nn.nonfinite import first_nonfinite
from server.nn.ops import Conv2d, Dense
from server.nn.ops.im2col import Im2col
from server.nn.optimizers import SGD
from server.nn.records import Record, Trace
from server.nn.step import State, forward, train_step
from tests.networks import LOSS, small_batch, small_network, small_state, small_step
from tests.nn.gradcheck import network_error


def arrays(record: Record) -> dict[str, Array]:
    single = {name: getattr(record, name) for name in ("x", "out", "dout", "dx")}
    grouped = {"param": record.params, "saved": record.saved, "d": record.dparams}
    grouped |= {"delta_": record.deltas, "new_": record.updated}
    return single | {f"{group}{name}": a for group, of in grouped.items() for name, a in of.items()}


def test_records_are_read_only() -> None:
    _, trace = small_step()
    for record in trace.records:
        for name, array in arrays(record).items():
            assert not array.flags.writeable, f"{record.layer}.{name}"
    for array in (
        trace.x,
        trace.loss.targets,
        trace.examples,
        trace.loss.out,
        trace.loss.saved["probabilities"],
        trace.loss.losses,
    ):
        assert not array.flags.writeable


def test_records_share_their_arrays_instead_of_copying_them() -> None:
    x, targets = small_batch()
    state = small_state()
    _, trace = train_step(small_network(), LOSS, SGD(1), state, x, targets, 0.1, np.arange(3))
    assert np.shares_memory(trace.x, x)
    assert trace.records[0].x is trace.x
    for before, record in zip(trace.records, trace.records[1:], strict=False):
        assert record.x is before.out
        assert before.dout is record.dx
        assert record.previous == before.layer
    assert trace.records[-1].out is trace.loss.out
    assert trace.records[-1].dout is trace.loss.dout
    for record in trace.records:
        for name, array in record.params.items():
            assert array is state.params[record.layer][name]


def test_the_windows_of_a_convolution_are_copied_once_and_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Array] = []
    read = Im2col.read

    def counted(self: Im2col, x: Array) -> Array:
        seen.append(x)
        return read(self, x)

    monkeypatch.setattr(Im2col, "read", counted)
    _, trace = small_step()
    convolutions = [record for record in trace.records if isinstance(record.op, Conv2d)]
    assert len(convolutions) == 2
    assert [id(x) for x in seen] == [id(record.x) for record in convolutions]
    assert all(record.saved == {} for record in convolutions)


def test_the_gradient_of_the_input_is_computed_when_first_read_and_then_kept() -> None:
    state, trace = small_step("float32")
    first = trace.records[0]
    before = trace.nbytes
    assert first_nonfinite(trace, state) is None
    assert "input.dout" not in dict(trace.computed())
    assert "dx" not in first.known
    assert all("dx" in record.known for record in trace.records[1:])
    dx, dparams = first.op.backward(first.dout, first.x, first.params, first.saved)
    assert first.dx.tobytes() == dx.tobytes()
    assert first.dx is first.dx
    assert not first.dx.flags.writeable
    assert all(first.dparams[name].tobytes() == gradient.tobytes() for name, gradient in dparams.items())
    assert trace.nbytes == before


def test_threads_that_read_the_input_gradient_at_once_get_the_same_array() -> None:
    _, trace = small_step()
    waiting = threading.Barrier(4)

    def asked(_: int) -> int:
        waiting.wait()
        return id(trace.records[0].dx)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(asked, range(4))) == {id(trace.records[0].dx)}


def test_the_gradient_of_the_input_overflows_silently() -> None:
    network = build([Dense(2), Dense(3)], (2,), True, LOSS, 3)
    params = {"dense1": {"w": np.full((2, 2), 1e38, np.float32), "b": np.zeros(2, np.float32)}}
    params["dense2"] = {"w": np.eye(3, 2, dtype=np.float32) * 1e3, "b": np.zeros(3, np.float32)}
    x, targets = np.full((2, 1), 1e-38, np.float32), one_hot(np.array([2]), 3).astype(np.float32)
    _, trace = train_step(network, LOSS, SGD(1), State(0, params), x, targets, 0.0, np.arange(1))
    assert np.isinf(trace.records[0].dx).all()


def test_a_step_changes_none_of_its_arguments() -> None:
    x, targets = small_batch()
    state = small_state()
    kept = {(layer, n): a.copy() for layer, params in state.params.items() for n, a in params.items()}
    kept_x, kept_targets = x.copy(), targets.copy()
    train_step(small_network(), LOSS, SGD(1), state, x, targets, 0.1, np.arange(3))
    np.testing.assert_array_equal(x, kept_x)
    np.testing.assert_array_equal(targets, kept_targets)
    assert x.flags.writeable
    assert targets.flags.writeable
    for (layer, name), array in kept.items():
        np.testing.assert_array_equal(state.params[layer][name], array)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_next_parameters_are_the_old_ones_plus_the_recorded_change(dtype: str) -> None:
    state, trace = small_step(dtype)
    assert state.iteration == 1
    for record in trace.records:
        for name, array in record.params.items():
            change = record.deltas[name]
            assert {array.dtype, change.dtype, record.dparams[name].dtype} == {np.dtype(dtype)}
            np.testing.assert_array_equal(state.params[record.layer][name], array + change)
            np.testing.assert_allclose(change, -0.1 * record.dparams[name], rtol=1e-6)
            assert not state.params[record.layer][name].flags.writeable


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_arguments_give_the_same_bytes(dtype: str) -> None:
    (_, first), (_, second) = small_step(dtype), small_step(dtype)
    for (name, one), (_, other) in zip(first.computed(), second.computed(), strict=True):
        assert one.tobytes() == other.tobytes(), name


def test_the_gradient_of_a_whole_network_agrees_with_central_differences() -> None:
    x, targets = small_batch()
    for seed in range(3):
        random = np.random.default_rng(seed)
        assert network_error(small_network(), LOSS, small_state(), x, targets, random) < 1e-6


def test_the_gradient_of_a_batch_is_the_mean_of_those_of_its_examples() -> None:
    x, targets = small_batch()
    network, state = small_network(), small_state()
    _, trace = train_step(network, LOSS, SGD(1), state, x, targets, 0.1, np.arange(3))
    singles = [
        train_step(network, LOSS, SGD(1), state, x[..., n : n + 1], targets[:, n : n + 1], 0.1, np.arange(1))[
            1
        ]
        for n in range(3)
    ]
    for number, record in enumerate(trace.records):
        for name, gradient in record.dparams.items():
            mean = np.mean([single.records[number].dparams[name] for single in singles], axis=0)
            np.testing.assert_allclose(gradient, mean, rtol=1e-10, atol=1e-15)


def test_evaluation_is_accuracy_and_mean_loss_however_it_is_chunked(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    x, labels = random.standard_normal((2, 8, 7, 11)), random.integers(0, 4, 11)
    targets = one_hot(labels, 4)
    network, state = small_network(), small_state()
    out = forward(network, state, x)[-1].out
    accuracy, loss = evaluate(network, LOSS, state, x, targets)
    assert accuracy == (out.argmax(axis=0) == labels).mean()
    assert loss == pytest.approx(LOSS.forward(out, targets).loss, rel=1e-12)
    monkeypatch.setattr("server.nn.evaluation.EVALUATION_PRODUCTS", 3 * network.products)
    assert evaluate(network, LOSS, state, x, targets) == pytest.approx((accuracy, loss), rel=1e-12)


def test_every_tensor_is_listed_once_in_the_order_of_computation() -> None:
    _, trace = small_step()
    names = [name for name, _ in trace.computed()]
    assert len(names) == len(set(names))
    order = ["conv1.out", "pool1.winner", "dense2.out", "loss.probabilities", "loss.loss", "dense2.dout"]
    order += ["dense2.dw", "dense2.db", "relu2.dout", "dense1.dw", "conv1.db", "conv1.delta_w"]
    assert [name for name in names if name in order] == order
    assert len(names) == 9 + 2 + 2 + 9 + 8 + 8


def with_nan(trace: Trace, name: str) -> Trace:
    """The same trace, with a NaN in the last cell of this tensor."""

    def poisoned(array: Array) -> Array:
        copy = array.copy()
        copy.flat[-1] = np.nan
        return copy

    layer, tensor = name.split(".")
    if layer == "loss":
        losses, saved = trace.loss.losses, dict(trace.loss.saved)
        if tensor in saved:
            saved[tensor] = poisoned(saved[tensor])
        else:
            losses = poisoned(losses)
        return replace(trace, loss=replace(trace.loss, losses=losses, saved=saved))
    records = list(trace.records)
    for number, record in enumerate(records):
        if record.layer == layer and tensor == "out":
            records[number] = record._replace(out=poisoned(record.out))
        elif record.layer == layer and tensor.startswith("delta_"):
            key = tensor.removeprefix("delta_")
            records[number] = record._replace(deltas={**record.deltas, key: poisoned(record.deltas[key])})
        elif record.layer == layer and tensor in ("dw", "db"):
            dparams = {**record.dparams, tensor[1:]: poisoned(record.dparams[tensor[1:]])}
            records[number] = record._replace(dparams=dparams)
        elif record.previous == layer and tensor == "dout":
            records[number] = record._replace(known={"dx": poisoned(record.dx)})
    return replace(trace, records=tuple(records))


@pytest.mark.parametrize(
    "name",
    [
        "conv1.out",
        "pool2.out",
        "loss.probabilities",
        "loss.loss",
        "conv2.dw",
        "conv2.db",
        "relu1.dout",
        "dense2.delta_b",
    ],
)
def test_a_number_that_is_not_finite_is_found_wherever_it_is(name: str) -> None:
    state, trace = small_step()
    assert first_nonfinite(trace, state) is None
    assert first_nonfinite(with_nan(trace, name), state) == name


def test_of_several_numbers_that_are_not_finite_the_first_computed_is_named() -> None:
    state, trace = small_step()
    assert first_nonfinite(with_nan(with_nan(trace, "conv1.dw"), "dense1.dw"), state) == "dense1.dw"
    assert first_nonfinite(with_nan(with_nan(trace, "conv1.dw"), "flatten.out"), state) == "flatten.out"


def test_a_parameter_that_overflows_in_the_update_is_named() -> None:
    state, trace = small_step()
    broken = {**state.params, "conv2": {**state.params["conv2"], "w": np.full((2, 3, 3, 3), np.inf)}}
    assert first_nonfinite(trace, State(1, broken)) == "conv2.w"


def test_large_finite_numbers_are_not_taken_for_a_divergence() -> None:
    state, trace = small_step("float32")
    large = {**state.params, "dense1": {"w": np.full((5, 18), 1e30, np.float32), "b": np.zeros(5)}}
    assert first_nonfinite(trace, State(1, large)) is None
