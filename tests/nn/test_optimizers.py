"""Optimizers: the definition of each over several updates, and what holds for all of them."""

import math
from typing import Any, get_args

import numpy as np
import pytest

from server.nn.arrays import Array, Params
from server.nn.network import build
from server.nn.ops import Dense
from server.nn.optimizers import SGD, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp
from server.nn.step import State, initial_state, train_step
from server.nn.update_loops import OPTIMIZER_LOOPS, clipped_gradient
from server.recipe import recipe
from tests.cases import every_optimizer
from tests.networks import LOSS, small_batch, small_network, small_state

KINDS = [SGD, Momentum, Nesterov, RMSProp, Adam, AdamW]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def gradients(count: int = 5) -> list[Array]:
    return list(np.random.default_rng(4).standard_normal((count, 2, 3)))


def run(optimizer: Optimizer, rate: float = 0.2, dtype: str = "float64") -> tuple[Array, list[Any]]:
    """The parameter after a few updates, and what each of them was given and made."""
    w: Array = np.random.default_rng(5).standard_normal((2, 3)).astype(dtype)
    slots: Params = optimizer.initial({"w": w}).get("w", {})
    made = []
    for number, gradient in enumerate(gradients(), start=1):
        gradient = gradient.astype(dtype)
        delta, computed = optimizer.update(w, gradient, slots, rate, number)
        made.append((w, gradient, slots, number, {**computed, "delta": delta}))
        w, slots = w + delta, {slot: computed[slot] for slot in optimizer.slots}
    return w, made


@every_kind
@pytest.mark.parametrize("rate", [0.0, -0.1, 1000.5, float("nan"), float("inf")])
def test_impossible_learning_rates_are_refused(kind: type[Optimizer], rate: float) -> None:
    with pytest.raises(ValueError, match="must be above 0 and at most 1000, not"):
        kind(rate)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (SGD, {"weight_decay": -1}, "weight_decay must be between 0 and 1000, not -1"),
        (SGD, {"l1": -0.5}, "l1 must be between 0 and 1000, not -0.5"),
        (Adam, {"l2": math.nan}, "l2 must be between 0 and 1000, not nan"),
        (SGD, {"clip_value": 0}, "clip_value must be above 0, not 0; leave it out to clip nothing"),
        (SGD, {"clip_norm": math.inf}, "clip_norm must be above 0, not inf"),
        (SGD, {"clip_norm": 1, "clip_value": 1}, "by value or by norm, not both"),
        (Momentum, {"momentum": 1}, "momentum must be at least 0 and below 1, not 1"),
        (Nesterov, {"momentum": -0.1}, "momentum must be at least 0 and below 1, not -0.1"),
        (RMSProp, {"alpha": 1.5}, "alpha must be at least 0 and below 1, not 1.5"),
        (RMSProp, {"eps": 0}, "eps must be between 1e-12 and 1, not 0"),
        (Adam, {"beta1": 1}, "beta1 must be at least 0"),
        (AdamW, {"beta2": 2}, "beta2 must be at least 0"),
        (AdamW, {"weight_decay": -1}, "weight_decay must be between"),
    ],
)
def test_impossible_hyper_parameters_are_refused(
    kind: type[Optimizer], fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        kind(0.1, **fields)


@every_optimizer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_keeps_the_dtype_and_the_shape(optimizer: Optimizer, dtype: str) -> None:
    _, made = run(optimizer, dtype=dtype)
    for *_, arrays in made:
        assert list(arrays) == [*optimizer.own_intermediates, "delta"]
        for array in arrays.values():
            assert (array.dtype, array.shape) == (np.dtype(dtype), (2, 3))


@every_optimizer
def test_the_plain_loops_give_every_step_and_change(optimizer: Optimizer) -> None:
    loops = OPTIMIZER_LOOPS[optimizer.kind]
    assert list(loops) == [*optimizer.own_intermediates, "delta"]
    for w, gradient, slots, number, arrays in run(optimizer)[1]:
        for name, array in arrays.items():
            for index in np.ndindex(2, 3):
                again = loops[name](optimizer, w, gradient, slots, 0.2, number, index)
                assert again == pytest.approx(array[index], rel=1e-12, abs=1e-15)


def test_every_kind_of_optimizer_has_its_loops() -> None:
    kinds = {get_args(of.__annotations__["kind"])[0] for of in get_args(get_args(recipe.Optimizer)[0])}
    assert set(OPTIMIZER_LOOPS) == kinds


def test_sgd_moves_by_minus_learning_rate_times_gradient() -> None:
    gradient = np.array([1.0, -2.5, 0.0])
    delta, computed = SGD(9).update(np.ones(3), gradient, {}, 0.1, 1)
    assert delta.tolist() == (gradient * -0.1).tolist()
    assert computed == {}


def test_momentum_adds_gradients_up_and_nesterov_looks_one_step_ahead() -> None:
    *_, (_, _, _, _, plain) = run(Momentum(1, momentum=0.5))[1]
    expected = sum(0.5**age * gradient for age, gradient in enumerate(reversed(gradients())))
    np.testing.assert_allclose(plain["velocity"], expected, rtol=1e-12)
    np.testing.assert_allclose(plain["delta"], -0.2 * expected, rtol=1e-12)
    *_, (_, g, _, _, ahead) = run(Nesterov(1, momentum=0.5))[1]
    np.testing.assert_allclose(ahead["velocity"], expected, rtol=1e-12)
    np.testing.assert_allclose(ahead["delta"], -0.2 * (g + 0.5 * expected), rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient(scale: float) -> None:
    gradient = scale * gradients()[0]
    optimizer = Adam(1)
    before = optimizer.initial({"w": gradient})["w"]
    delta, _ = optimizer.update(np.zeros((2, 3)), gradient, before, 0.2, 1)
    np.testing.assert_allclose(delta, -0.2 * np.sign(gradient), rtol=1e-2)


def test_decoupled_decay_takes_a_part_of_the_parameter_and_leaves_the_slots_alone() -> None:
    w, gradient = np.full((2, 3), 2.0), gradients()[0]
    for plain, decayed in ((Adam(1), AdamW(1, weight_decay=0.1)), (SGD(1), SGD(1, weight_decay=0.1))):
        before = plain.initial({"w": w}).get("w", {})
        delta, computed = plain.update(w, gradient, before, 0.2, 1)
        less, same = decayed.update(w, gradient, before, 0.2, 1)
        np.testing.assert_allclose(less, delta - 0.2 * 0.1 * 2, rtol=1e-12)
        for name, array in computed.items():
            np.testing.assert_array_equal(array, same[name])


def test_gradients_are_clipped_and_then_penalised() -> None:
    w, dw = np.array([2.0, -1.0, 0.0]), np.array([5.0, -0.5, -3.0])
    assert SGD(1).gradient(w, dw, 1.0) is dw
    assert SGD(1, clip_value=1).gradient(w, dw, 1.0).tolist() == [1, -0.5, -1]
    assert SGD(1, l2=0.5).gradient(w, dw, 1.0).tolist() == [6, -1, -3]
    assert SGD(1, l1=0.5).gradient(w, dw, 1.0).tolist() == [5.5, -1, -3]
    assert SGD(1, clip_value=1, l2=0.5, l1=0.25).gradient(w, dw, 1.0).tolist() == [2.25, -1.25, -1]


@every_optimizer
def test_the_plain_loop_gives_the_clipped_gradient(optimizer: Optimizer) -> None:
    w, dw = np.random.default_rng(1).standard_normal((2, 2, 3))
    g = optimizer.gradient(w, dw, 0.5)
    if not optimizer.reshapes:
        assert g is dw
        return
    again = [clipped_gradient(optimizer, w, dw, 0.5, index) for index in np.ndindex(2, 3)]
    assert again == pytest.approx(g.ravel().tolist(), rel=1e-12)


@pytest.mark.parametrize(("limit", "reached"), [(0.01, 0.01), (1000.0, None)])
def test_clipping_by_norm_scales_all_gradients_alike(limit: float, reached: float | None) -> None:
    x, targets = small_batch()
    network, state = small_network(), small_state()
    arguments = (state, x, targets, 0.1, np.arange(3))
    _, trace = train_step(network, LOSS, SGD(1, clip_norm=limit), *arguments)
    clipped = [g["g"] for record in trace.records for g in record.intermediates.values()]
    raw = [dw for record in trace.records for dw in record.dparams.values()]
    norm = math.sqrt(sum(float((dw**2).sum()) for dw in raw))
    assert trace.norm == pytest.approx(norm, rel=1e-12)
    wanted = norm if reached is None else reached
    assert math.sqrt(sum(float((g**2).sum()) for g in clipped)) == pytest.approx(wanted, rel=1e-4)
    for g, dw in zip(clipped, raw, strict=True):
        np.testing.assert_allclose(g * norm, dw * wanted, rtol=1e-4)


def test_the_gradient_of_a_parameter_held_fixed_does_not_count_in_the_norm() -> None:
    network = build([Dense(2)], (3,), True, LOSS, 2, frozen={"dense.w"})
    params = {"dense": {"w": np.ones((2, 3)), "b": np.zeros(2)}}
    optimizer = Adam(1, clip_norm=1)
    state = initial_state(network, optimizer, params)
    assert list(state.slots["dense"]) == ["b"]
    after, trace = train_step(
        network, LOSS, optimizer, state, np.ones((3, 1)), np.array([[1.0], [0.0]]), 0.1, np.arange(1)
    )
    (record,) = trace.records
    assert trace.norm == pytest.approx(np.linalg.norm(record.dparams["b"]))
    assert list(record.intermediates) == list(after.slots["dense"]) == ["b"]
    assert not record.deltas["w"].any()


@every_optimizer
def test_slots_go_from_state_to_state_read_only_and_count_as_memory(optimizer: Optimizer) -> None:
    network, (x, targets) = small_network(), small_batch()
    params = small_state().params
    state = initial_state(network, optimizer, params)
    assert state.nbytes == (1 + len(optimizer.slots)) * State(0, params).nbytes
    for _ in range(3):
        before = state
        state, trace = train_step(network, LOSS, optimizer, state, x, targets, 0.1, np.arange(3))
        assert state.nbytes == before.nbytes
        for record in trace.records:
            assert list(record.intermediates) == list(record.params)
            for name, computed in record.intermediates.items():
                assert list(computed) == list(optimizer.intermediates)
                for slot in optimizer.slots:
                    assert record.slots[name][slot] is before.slots[record.layer][name][slot]
                    assert state.slots[record.layer][name][slot] is computed[slot]
                assert not any(array.flags.writeable for array in computed.values())
    held = {id(array): array for _, array in trace.computed()}
    assert trace.nbytes > sum(array.nbytes for array in held.values())


def test_the_sentence_leaves_nothing_out() -> None:
    assert SGD(0.1).told("0.1") == "Δw is −0.1 times the gradient of each weight"
    assert SGD(0.1, l2=1).told("0.1").endswith("clipped or penalised first")
    assert AdamW(0.1).told("0.1").endswith("weight decay comes on top")
