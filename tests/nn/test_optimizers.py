"""Optimizers: the definition of each over several updates, and the properties that all share."""

import math
from typing import Any

import numpy as np
import pytest

from server.nn.arrays import Array, Params
from server.nn.network import build
from server.nn.ops import Dense
from server.nn.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
    clipped_gradient,
)
from server.nn.step import State, initial_state, train_step
from tests.assignments import assigned_names
from tests.cases import OPTIMIZER_CASES, OPTIMIZER_REFERENCES, every_optimizer
from tests.networks import LOSS, small_batch, small_network, small_state

every_kind = pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.__name__)
RATE = 0.2


def gradients(count: int = 5) -> list[Array]:
    return list(np.random.default_rng(4).standard_normal((count, 2, 3)))


def start(dtype: str = "float64") -> Array:
    return np.random.default_rng(5).standard_normal((2, 3)).astype(dtype)


def run(optimizer: Optimizer, dtype: str = "float64") -> tuple[Array, list[Any]]:
    """The parameter after five updates, and the inputs, the number and the results of each update."""
    w = start(dtype)
    slots: Params = optimizer.initial_slots({"w": w}).get("w", {})
    updates = []
    for number, gradient in enumerate(gradients(), start=1):
        gradient = gradient.astype(dtype)
        delta, computed = optimizer.update(w, gradient, slots, RATE, number)
        updates.append((w, gradient, slots, number, {**computed, "delta": delta}))
        w, slots = w + delta, {slot: computed[slot] for slot in optimizer.slots}
    return w, updates


@every_kind
def test_an_optimizer_has_a_case_and_a_reference_in_pytorch(kind: type[Optimizer]) -> None:
    assert kind in {type(optimizer) for optimizer in OPTIMIZER_CASES}, "add it to OPTIMIZER_CASES"
    references = {type(reference.optimizer) for reference in OPTIMIZER_REFERENCES}
    assert kind in references, "add it to OPTIMIZER_REFERENCES"


@every_kind
def test_update_assigns_the_change_and_each_intermediate_to_a_variable_of_its_name(
    kind: type[Optimizer],
) -> None:
    missing = {*kind.own_intermediates, "delta"} - assigned_names(kind.update)
    assert not missing, f"{kind.__name__}.update must assign {missing}: the code lens lights those lines"


@every_kind
def test_slots_are_intermediates_and_no_name_is_taken(kind: type[Optimizer]) -> None:
    assert {*kind.slots} <= kind.own_intermediates.keys()
    assert not {"g", "gradient", "parameter", "delta", "new"} & kind.own_intermediates.keys()


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


class TestEveryUpdate:
    @every_optimizer
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_keeps_the_dtype_and_the_shape(self, optimizer: Optimizer, dtype: str) -> None:
        for *_, arrays in run(optimizer, dtype)[1]:
            assert list(arrays) == [*optimizer.own_intermediates, "delta"]
            for array in arrays.values():
                assert (array.dtype, array.shape) == (np.dtype(dtype), (2, 3))

    @every_optimizer
    def test_is_what_the_plain_loops_compute(self, optimizer: Optimizer) -> None:
        assert list(optimizer.loops) == [*optimizer.own_intermediates, "delta"]
        for w, gradient, slots, number, arrays in run(optimizer)[1]:
            for name, array in arrays.items():
                for index in np.ndindex(2, 3):
                    again = optimizer.loops[name](optimizer, w, gradient, slots, RATE, number, index)
                    assert again == pytest.approx(array[index], rel=1e-12, abs=1e-15)

    @every_optimizer
    def test_depends_on_the_same_cell_alone(self, optimizer: Optimizer) -> None:
        moved = np.zeros((2, 3))
        moved[1, 2] = 0.5
        for w, gradient, slots, number, arrays in run(optimizer)[1]:
            more = {slot: array + moved for slot, array in slots.items()}
            delta, computed = optimizer.update(w + moved, gradient + moved, more, RATE, number)
            for name, array in {**computed, "delta": delta}.items():
                np.testing.assert_array_equal(array[moved == 0], arrays[name][moved == 0])

    @every_optimizer
    def test_has_loops_of_absolute_values_that_bound_its_numbers(self, optimizer: Optimizer) -> None:
        for w, gradient, slots, number, arrays in run(optimizer)[1]:
            sizes = {slot: np.abs(array) for slot, array in slots.items()}
            for name, array in arrays.items():
                for index in np.ndindex(2, 3):
                    loop = optimizer.loops[name]
                    bound = abs(loop(optimizer, np.abs(w), np.abs(gradient), sizes, RATE, number, index))
                    assert bound >= abs(array[index]) * (1 - 1e-12)

    @every_optimizer
    def test_changes_none_of_its_arguments(self, optimizer: Optimizer) -> None:
        for w, gradient, slots, number, _ in run(optimizer)[1]:
            for array in (w, gradient, *slots.values()):
                array.setflags(write=False)
            optimizer.update(w, gradient, slots, RATE, number)

    @every_optimizer
    def test_has_a_plain_loop_for_the_clipped_gradient(self, optimizer: Optimizer) -> None:
        w, dw = np.random.default_rng(1).standard_normal((2, 2, 3))
        g = optimizer.gradient(w, dw, 0.5)
        if not optimizer.changes_gradient:
            assert g is dw
            return
        again = [clipped_gradient(optimizer, w, dw, 0.5, index) for index in np.ndindex(2, 3)]
        assert again == pytest.approx(g.ravel().tolist(), rel=1e-12)


class TestDefinitions:
    """Each optimizer's update, written again from its paper."""

    def test_sgd_moves_by_minus_learning_rate_times_gradient(self) -> None:
        gradient = np.array([1.0, -2.5, 0.0])
        delta, computed = SGD(9).update(np.ones(3), gradient, {}, 0.1, 1)
        assert delta.tolist() == (gradient * -0.1).tolist()
        assert computed == {}

    def test_the_first_velocity_of_momentum_is_the_whole_gradient(self) -> None:
        """This is PyTorch's definition. In a running mean a factor would multiply the first gradient."""
        for optimizer in (Momentum(1, momentum=0.5), Nesterov(1, momentum=0.5)):
            (_, gradient, _, _, first), *_ = run(optimizer)[1]
            np.testing.assert_array_equal(first["velocity"], gradient)

    def test_momentum_adds_gradients_up_and_nesterov_looks_one_step_ahead(self) -> None:
        *_, (_, _, _, _, plain) = run(Momentum(1, momentum=0.5))[1]
        expected = sum(0.5**age * gradient for age, gradient in enumerate(reversed(gradients())))
        np.testing.assert_allclose(plain["velocity"], expected, rtol=1e-12)
        np.testing.assert_allclose(plain["delta"], -RATE * expected, rtol=1e-12)
        *_, (_, g, _, _, ahead) = run(Nesterov(1, momentum=0.5))[1]
        np.testing.assert_allclose(ahead["velocity"], expected, rtol=1e-12)
        np.testing.assert_allclose(ahead["delta"], -RATE * (g + 0.5 * expected), rtol=1e-12)

    def test_rmsprop_divides_by_the_root_of_the_mean_square(self) -> None:
        w, v = start(), np.zeros((2, 3))
        for gradient in gradients():
            v = 0.9 * v + 0.1 * gradient**2
            w = w - RATE * gradient / (np.sqrt(v) + 1e-3)
        np.testing.assert_allclose(run(RMSProp(1, alpha=0.9, eps=1e-3))[0], w, rtol=1e-12)

    @pytest.mark.parametrize("decay", [0.0, 0.3])
    def test_adam_corrects_both_means_with_the_number_of_the_update_counted_from_1(
        self, decay: float
    ) -> None:
        w, m, v = start(), np.zeros((2, 3)), np.zeros((2, 3))
        for t, gradient in enumerate(gradients(), start=1):
            m, v = 0.8 * m + 0.2 * gradient, 0.9 * v + 0.1 * gradient**2
            m_hat, v_hat = m / (1 - 0.8**t), v / (1 - 0.9**t)
            w = w - RATE * decay * w - RATE * m_hat / (np.sqrt(v_hat) + 1e-3)
        fields = {"beta1": 0.8, "beta2": 0.9, "eps": 1e-3}
        optimizer = AdamW(1, **fields, weight_decay=decay) if decay else Adam(1, **fields)
        np.testing.assert_allclose(run(optimizer)[0], w, rtol=1e-12)

    @pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
    def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient(self, scale: float) -> None:
        gradient = scale * gradients()[0]
        optimizer = Adam(1)
        before = optimizer.initial_slots({"w": gradient})["w"]
        delta, _ = optimizer.update(np.zeros((2, 3)), gradient, before, 0.2, 1)
        np.testing.assert_allclose(delta, -0.2 * np.sign(gradient), rtol=1e-2)

    def test_decoupled_decay_shrinks_the_parameter_and_leaves_the_slots_unchanged(self) -> None:
        w, gradient = np.full((2, 3), 2.0), gradients()[0]
        for plain, decayed in ((Adam(1), AdamW(1, weight_decay=0.1)), (SGD(1), SGD(1, weight_decay=0.1))):
            before = plain.initial_slots({"w": w}).get("w", {})
            delta, computed = plain.update(w, gradient, before, 0.2, 1)
            less, same = decayed.update(w, gradient, before, 0.2, 1)
            np.testing.assert_allclose(less, delta - 0.2 * 0.1 * 2, rtol=1e-12)
            for name, array in computed.items():
                np.testing.assert_array_equal(array, same[name])


class TestGradient:
    def test_it_is_clipped_and_then_penalised(self) -> None:
        w, dw = np.array([2.0, -1.0, 0.0]), np.array([5.0, -0.5, -3.0])
        assert SGD(1).gradient(w, dw, 1.0) is dw
        assert SGD(1, clip_value=1).gradient(w, dw, 1.0).tolist() == [1, -0.5, -1]
        assert SGD(1, l2=0.5).gradient(w, dw, 1.0).tolist() == [6, -1, -3]
        assert SGD(1, l1=0.5).gradient(w, dw, 1.0).tolist() == [5.5, -1, -3]
        both = SGD(1, clip_value=1, l2=0.5, l1=0.25)
        assert both.gradient(w, dw, 1.0).tolist() == [2.25, -1.25, -1]

    @pytest.mark.parametrize(("limit", "reached"), [(0.01, 0.01), (1000.0, None)])
    def test_clipping_by_norm_scales_the_gradients_of_all_parameters_alike(
        self, limit: float, reached: float | None
    ) -> None:
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

    def test_the_gradient_of_a_frozen_parameter_does_not_count_in_the_norm(self) -> None:
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


class TestTraining:
    @every_optimizer
    def test_a_step_is_the_update_with_the_number_of_the_iteration_counted_from_1(
        self, optimizer: Optimizer
    ) -> None:
        network, (x, targets) = small_network(), small_batch()
        state = initial_state(network, optimizer, small_state().params)
        for number in (1, 2, 3):
            before = state
            state, trace = train_step(network, LOSS, optimizer, state, x, targets, 0.1, np.arange(3))
            scale = optimizer.scale(trace.norm)
            for record in trace.records:
                for name, w in record.params.items():
                    gradient = optimizer.gradient(w, record.dparams[name], scale)
                    slots = before.slots.get(record.layer, {}).get(name, {})
                    delta, computed = optimizer.update(w, gradient, slots, 0.1, number)
                    np.testing.assert_array_equal(record.deltas[name], delta)
                    np.testing.assert_array_equal(state.params[record.layer][name], w + delta)
                    for slot in optimizer.slots:
                        np.testing.assert_array_equal(state.slots[record.layer][name][slot], computed[slot])

    @every_optimizer
    def test_slots_go_from_state_to_state_read_only(self, optimizer: Optimizer) -> None:
        network, (x, targets) = small_network(), small_batch()
        state = initial_state(network, optimizer, small_state().params)
        for _ in range(3):
            before = state
            state, trace = train_step(network, LOSS, optimizer, state, x, targets, 0.1, np.arange(3))
            for record in trace.records:
                assert list(record.intermediates) == list(record.params)
                for name, computed in record.intermediates.items():
                    assert list(computed) == list(optimizer.intermediates)
                    for slot in optimizer.slots:
                        assert record.slots[name][slot] is before.slots[record.layer][name][slot]
                        assert state.slots[record.layer][name][slot] is computed[slot]
                    assert not any(array.flags.writeable for array in computed.values())

    @every_optimizer
    def test_slots_and_intermediates_count_as_memory(self, optimizer: Optimizer) -> None:
        network, (x, targets) = small_network(), small_batch()
        params = small_state().params
        state = initial_state(network, optimizer, params)
        of_params = sum(array.nbytes for of in params.values() for array in of.values())
        assert state.nbytes == (1 + len(optimizer.slots)) * of_params
        state, trace = train_step(network, LOSS, optimizer, state, x, targets, 0.1, np.arange(3))
        assert state.nbytes == (1 + len(optimizer.slots)) * of_params
        plain = train_step(network, LOSS, SGD(1), State(0, params), x, targets, 0.1, np.arange(3))[1]
        assert trace.nbytes == plain.nbytes + optimizer.arrays_per_parameter * of_params
        estimates = [network.iteration_bytes(3, 8, arrays) for arrays in (optimizer.arrays_per_parameter, 0)]
        assert estimates[0] - estimates[1] == trace.nbytes - plain.nbytes


def test_the_full_sentence_names_clipping_penalties_and_weight_decay() -> None:
    assert (
        SGD(0.1).full_sentence("0.1") == "every weight moved a little against its gradient (0.1 × gradient)"
    )
    assert SGD(0.1, l2=1).full_sentence("0.1").endswith("clipped or penalised first")
    assert SGD(0.1, weight_decay=1).full_sentence("0.1").endswith("weight decay comes on top")
    assert AdamW(0.1).full_sentence("0.1").endswith("weight decay comes on top")
