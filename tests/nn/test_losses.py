"""Losses: the definition of each, and what holds for all of them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from server.data.dataset import one_hot
from server.nn.arrays import Array
from server.nn.gradcheck import relative_error
from server.nn.losses import Loss, SoftmaxCrossEntropy, SquaredError
from server.nn.ops import ShapeError
from server.nn.parts import Parts
from server.nn.records import LossRecord
from tests.cases import LOSSES

CROSS_ENTROPY, SQUARED_ERROR = SoftmaxCrossEntropy(), SquaredError()
LABELS = np.array([2, 0, 1, 2])
FAR_APART = np.array([[1000.0], [0.0], [-1000.0]])

every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.kind)


def outputs() -> Array:
    return np.random.default_rng(1).standard_normal((3, 4)) * 3


def targets_of(loss: Loss) -> Array:
    """One-hot for a loss that needs classes, else any numbers."""
    return one_hot(LABELS, 3) if loss.needs_classes else np.random.default_rng(4).standard_normal((3, 4))


def forward(loss: Loss, out: Array) -> LossRecord:
    return loss.forward(out, targets_of(loss).astype(out.dtype))


def tensors(record: LossRecord) -> dict[str, Array]:
    """Every tensor of a loss, (K, N) or (1, N)."""
    return {**record.saved, "loss": record.losses[None], "dout": record.dout}


class TestEveryLoss:
    @every_loss
    def test_the_gradient_agrees_with_central_differences(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        random = np.random.default_rng(2)
        error = relative_error(
            lambda arrays: forward(loss, arrays[0]).loss, [outputs()], [record.dout], random
        )
        assert error < 1e-6

    @every_loss
    def test_the_batch_has_the_mean_of_its_losses(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        assert record.loss == pytest.approx(record.losses.mean(), rel=1e-15)

    @every_loss
    def test_the_slopes_of_each_tensor_agree_with_central_differences(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        for name, array in {**record.saved, "loss": record.losses[None]}.items():
            for cell in range(len(array)):
                for example in range(4):
                    slopes = loss.slopes(name, cell, record, example)
                    for k in range(3):
                        step = np.zeros((3, 4))
                        step[k, example] = 1e-6
                        above, below = (
                            tensors(forward(loss, outputs() + way * step))[name][cell, example]
                            for way in (1, -1)
                        )
                        assert slopes[k] == pytest.approx((above - below) / 2e-6, rel=1e-6, abs=1e-9)

    @every_loss
    def test_each_cell_is_what_its_parts_say_and_reads_what_they_name(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        for name, array in tensors(record).items():
            for cell, example in np.ndindex(array.shape):
                parts = loss.parts(name, cell, record, example)
                assert value_of(parts) == pytest.approx(array[cell, example], rel=1e-12)
                named = {
                    (part.tensor, part.cell)
                    for term in parts.terms
                    for part in term
                    if part.tensor is not None
                }
                read = loss.reads(name, cell, record, example)
                assert named == {(operand, k) for operand, cells in read.items() for k in cells.tolist()}
                for operand, k in named:
                    of = record.out if operand == "out" else record.saved[operand]
                    (value,) = {
                        part.value
                        for term in parts.terms
                        for part in term
                        if (part.tensor, part.cell) == (operand, k)
                    }
                    if parts.function != "softmax":
                        assert value == of[k, example]

    @every_loss
    def test_a_tensor_that_is_not_there_is_a_key_error(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        for ask in (loss.reads, loss.parts):
            with pytest.raises(KeyError):
                ask("nothing", 0, record, 0)

    @every_loss
    def test_everything_keeps_the_dtype_and_is_read_only(self, loss: Loss) -> None:
        record = forward(loss, outputs().astype(np.float32))
        assert list(record.saved) == list(loss.saved)
        for array in (*record.saved.values(), record.losses, record.dout):
            assert array.dtype == np.float32
            assert not array.flags.writeable

    @every_loss
    def test_a_last_layer_of_another_shape_is_refused_with_what_would_fit(self, loss: Loss) -> None:
        loss.check((10,), 10)
        for shape in ((9,), (10, 1, 1)):
            with pytest.raises(ShapeError, match="end the network with a dense layer of 10 units"):
                loss.check(shape, 10)


def value_of(parts: Parts) -> float:
    products = [math.prod(part.value for part in term) for term in parts.terms]
    match parts.function:
        case "softmax":
            return products[parts.own] / sum(products)
        case "negative_log":
            return -math.log(sum(products))
    return sum(products)


class TestCrossEntropy:
    def test_probabilities_and_losses_follow_their_definition(self) -> None:
        record = forward(CROSS_ENTROPY, outputs())
        for n, column in enumerate(outputs().T):
            powers = [math.exp(value) for value in column]
            expected = [power / sum(powers) for power in powers]
            assert record.saved["probabilities"][:, n] == pytest.approx(expected, rel=1e-12)
            assert record.losses[n] == pytest.approx(-math.log(expected[LABELS[n]]), rel=1e-12)

    def test_the_gradient_is_probability_minus_target_shared_over_the_batch(self) -> None:
        record = forward(CROSS_ENTROPY, outputs())
        expected = (record.saved["probabilities"] - np.eye(3)[:, LABELS]) / 4
        np.testing.assert_allclose(record.dout, expected, rtol=1e-12)

    def test_huge_outputs_neither_overflow_nor_vanish(self) -> None:
        record = CROSS_ENTROPY.forward(FAR_APART, one_hot(np.array([2]), 3))
        assert record.saved["probabilities"][:, 0].tolist() == [1, 0, 0]
        assert record.loss == 2000

    def test_a_probability_too_small_for_its_dtype_no_longer_explains_the_loss(self) -> None:
        record = CROSS_ENTROPY.forward(FAR_APART, one_hot(np.array([2]), 3))
        assert CROSS_ENTROPY.reads("loss", 0, record, 0)["out"].tolist() == [0, 1, 2]
        parts = CROSS_ENTROPY.parts("loss", 0, record, 0)
        assert value_of(parts) == 2000
        likely = replace(record, targets=one_hot(np.array([0]), 3))
        assert CROSS_ENTROPY.reads("loss", 0, likely, 0)["probabilities"].tolist() == [0]


class TestSquaredError:
    def test_errors_and_losses_follow_their_definition(self) -> None:
        out = np.array([[0.75, 3.0], [0.5, -1.0]])
        record = SQUARED_ERROR.forward(out, np.array([[0.25, 3.0], [1.5, 1.0]]))
        assert record.saved["errors"].tolist() == [[0.5, 0.0], [-1.0, -2.0]]
        assert record.losses.tolist() == [(0.25 + 1) / 2, 4 / 2]
        assert record.dout.tolist() == [[0.25, 0.0], [-0.5, -1.0]]
