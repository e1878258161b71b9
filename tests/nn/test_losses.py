"""Losses: the definition of each, and the properties that all share."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from server.data.dataset import one_hot
from server.nn.arrays import Array
from server.nn.curve import Curve
from server.nn.factors import Expression
from server.nn.losses import (
    LOSSES,
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    RootMeanSquaredError,
    SoftmaxCrossEntropy,
    SquaredError,
)
from server.nn.ops import ShapeError
from server.nn.records import LossRecord
from tests.assignments import assigned_names
from tests.cases import LOSS_CASES, LOSS_REFERENCES, every_loss
from tests.nn.gradcheck import relative_error

CROSS_ENTROPY, SQUARED_ERROR = SoftmaxCrossEntropy(), SquaredError()
LABELS = np.array([2, 0, 1, 2])
FAR_APART = np.array([[1000.0], [0.0], [-1000.0]])


def outputs() -> Array:
    return np.random.default_rng(1).standard_normal((3, 4)) * 3


def targets_of(loss: Loss) -> Array:
    """One-hot targets for a loss that needs classes, else random numbers."""
    return one_hot(LABELS, 3) if loss.needs_classes else np.random.default_rng(4).standard_normal((3, 4))


def forward(loss: Loss, out: Array) -> LossRecord:
    return loss.forward(out, targets_of(loss).astype(out.dtype))


def tensors(record: LossRecord) -> dict[str, Array]:
    """Every tensor of a loss, (K, N) or (1, N)."""
    return {**record.saved, "loss": record.losses[None], "dout": record.dout}


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_a_loss_has_a_case_and_a_reference_in_pytorch(kind: type[Loss]) -> None:
    assert kind in {type(loss) for loss in LOSS_CASES}, "add it to LOSS_CASES"
    assert kind in {type(reference.loss) for reference in LOSS_REFERENCES}, "add it to LOSS_REFERENCES"


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
def test_forward_assigns_each_of_its_tensors_to_a_variable_of_its_name(kind: type[Loss]) -> None:
    missing = {*kind.saved, "losses", "dout"} - assigned_names(kind.forward)
    assert not missing, f"{kind.__name__}.forward must assign {missing}: the code lens lights those lines"


class TestEveryLoss:
    @every_loss
    def test_the_plain_loops_give_every_number(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        assert list(loss.loops) == [*loss.saved, "loss", "dout"]
        goals = loss.goals(record.targets)
        for name, array in tensors(record).items():
            for *index, example in np.ndindex(array.shape):
                again = loss.loops[name](loss, record.out[:, example], goals[:, example], 4, tuple(index))
                assert again == pytest.approx(array[(*index, example)], rel=1e-9, abs=1e-12)

    @every_loss
    def test_the_gradient_agrees_with_central_differences(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        random = np.random.default_rng(2)
        error = relative_error(
            lambda arrays: forward(loss, arrays[0]).loss, [outputs()], [record.dout], random
        )
        assert error < 1e-6

    @every_loss
    def test_the_loss_of_a_batch_is_the_mean_over_its_examples(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        assert record.losses.shape == (4,)
        assert record.loss == pytest.approx(record.losses.mean(), rel=1e-15)

    @every_loss
    def test_a_batch_is_its_examples_one_by_one_with_gradients_divided_by_their_number(
        self, loss: Loss
    ) -> None:
        out, targets = outputs(), targets_of(loss)
        record = loss.forward(out, targets)
        for n in range(4):
            alone = loss.forward(out[:, n : n + 1], targets[:, n : n + 1])
            assert record.losses[n] == pytest.approx(alone.loss, rel=1e-12)
            np.testing.assert_allclose(record.dout[:, n], alone.dout[:, 0] / 4, rtol=1e-12)
            for name, array in alone.saved.items():
                np.testing.assert_allclose(record.saved[name][:, n], array[:, 0], rtol=1e-12)

    @every_loss
    def test_forward_changes_none_of_its_arguments(self, loss: Loss) -> None:
        out, targets = outputs(), targets_of(loss)
        out.setflags(write=False)
        targets.setflags(write=False)
        loss.forward(out, targets)

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
    def test_each_cell_is_the_value_of_its_expression_and_reads_its_factors(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        for name, array in tensors(record).items():
            for cell, example in np.ndindex(array.shape):
                told = loss.expression(name, cell, record, example)
                assert value_of(told) == pytest.approx(array[cell, example], rel=1e-12)
                named = {
                    (factor.tensor, factor.cell)
                    for term in told.terms
                    for factor in term
                    if factor.tensor is not None
                }
                read = loss.reads(name, cell, record, example)
                assert named == {(operand, k) for operand, cells in read.items() for k in cells.tolist()}
                for operand, k in named:
                    of = {"out": record.out, "loss": record.losses[None], **record.saved}[operand]
                    (value,) = {
                        factor.value
                        for term in told.terms
                        for factor in term
                        if (factor.tensor, factor.cell) == (operand, k) and "(" not in factor.symbol
                    } or {None}
                    if value is not None:
                        assert value == of[k, example]

    @every_loss
    def test_an_unknown_tensor_raises_a_key_error(self, loss: Loss) -> None:
        record = forward(loss, outputs())
        for method in (loss.reads, loss.expression):
            with pytest.raises(KeyError):
                method("nothing", 0, record, 0)

    @every_loss
    def test_everything_keeps_the_dtype_and_is_read_only(self, loss: Loss) -> None:
        record = forward(loss, outputs().astype(np.float32))
        assert list(record.saved) == list(loss.saved)
        for array in (*record.saved.values(), record.losses, record.dout):
            assert array.dtype == np.float32
            assert not array.flags.writeable

    @every_loss
    def test_a_last_layer_of_another_shape_is_refused_and_one_that_fits_is_named(self, loss: Loss) -> None:
        loss.check((10,), 10)
        for shape in ((9,), (10, 1, 1)):
            with pytest.raises(ShapeError, match="end the network with a dense layer of 10 units"):
                loss.check(shape, 10)


def value_of(told: Expression) -> float:
    products = [math.prod(factor.value for factor in term) for term in told.terms]
    match told.function:
        case "softmax":
            return products[told.numerator] / sum(products)
        case "negative_log":
            return -math.log(sum(products))
        case "root":
            return math.sqrt(sum(products))
        case "quotient":
            return products[0] / sum(products[1:])
        case Curve() as curve:
            return curve.value(sum(products))
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

    def test_an_example_with_huge_outputs_leaves_the_others_of_its_batch_alone(self) -> None:
        out = np.array([[0.0, 5000.0], [0.0, 5000.0]])
        record = CROSS_ENTROPY.forward(out, one_hot(np.array([0, 1]), 2))
        assert record.saved["probabilities"].tolist() == [[0.5, 0.5], [0.5, 0.5]]
        assert record.losses == pytest.approx([math.log(2)] * 2, rel=1e-12)

    def test_a_probability_too_small_for_its_dtype_no_longer_explains_the_loss(self) -> None:
        record = CROSS_ENTROPY.forward(FAR_APART, one_hot(np.array([2]), 3))
        assert CROSS_ENTROPY.reads("loss", 0, record, 0)["out"].tolist() == [0, 1, 2]
        told = CROSS_ENTROPY.expression("loss", 0, record, 0)
        assert value_of(told) == 2000
        likely = replace(record, targets=one_hot(np.array([0]), 3))
        assert CROSS_ENTROPY.reads("loss", 0, likely, 0)["probabilities"].tolist() == [0]


class TestSquaredError:
    def test_errors_and_losses_follow_their_definition(self) -> None:
        out = np.array([[0.75, 3.0], [0.5, -1.0]])
        record = SQUARED_ERROR.forward(out, np.array([[0.25, 3.0], [1.5, 1.0]]))
        assert record.saved["errors"].tolist() == [[0.5, 0.0], [-1.0, -2.0]]
        assert record.losses.tolist() == [(0.25 + 1) / 2, 4 / 2]
        assert record.dout.tolist() == [[0.25, 0.0], [-0.5, -1.0]]


class TestGoals:
    def test_smoothing_gives_every_class_a_share_and_weights_multiply_it(self) -> None:
        targets = one_hot(np.array([0, 2]), 3)
        smooth = SoftmaxCrossEntropy(label_smoothing=0.3)
        np.testing.assert_allclose(smooth.goals(targets), [[0.8, 0.1], [0.1, 0.1], [0.1, 0.8]], rtol=1e-12)
        weighted = SoftmaxCrossEntropy(class_weights=(1, 2, 3))
        assert weighted.goals(targets).tolist() == [[1, 0], [0, 0], [0, 3]]
        assert CROSS_ENTROPY.goals(targets) is targets

    def test_the_batch_has_the_plain_mean_whatever_the_weights_of_its_classes(self) -> None:
        """torch.nn.CrossEntropyLoss with a reduction divides by the sum of the weights instead."""
        out, targets = np.zeros((2, 2)), one_hot(np.array([0, 1]), 2)
        record = SoftmaxCrossEntropy(class_weights=(1.0, 3.0)).forward(out, targets)
        assert record.loss == pytest.approx((1 + 3) * math.log(2) / 2, rel=1e-12)
        np.testing.assert_allclose(record.dout, [[-0.25, 0.75], [0.25, -0.75]], rtol=1e-12)

    def test_the_loss_is_the_goals_times_minus_log_p(self) -> None:
        loss = SoftmaxCrossEntropy(label_smoothing=0.1, class_weights=(1, 3, 0.5))
        record = forward(loss, outputs())
        expected = -(loss.goals(targets_of(loss)) * np.log(record.saved["probabilities"])).sum(axis=0)
        np.testing.assert_allclose(record.losses, expected, rtol=1e-12)

    def test_probabilities_too_small_for_their_dtype_no_longer_explain_the_loss(self) -> None:
        loss = SoftmaxCrossEntropy(label_smoothing=0.3)
        record = loss.forward(FAR_APART, one_hot(np.array([2]), 3))
        assert loss.reads("loss", 0, record, 0)["out"].tolist() == [0, 1, 2]
        assert value_of(loss.expression("loss", 0, record, 0)) == pytest.approx(record.loss, rel=1e-12)
        assert record.loss == pytest.approx(0.8 * 2000 + 0.1 * 1000, rel=1e-12)

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"label_smoothing": 1}, "label_smoothing must be at least 0 and below 1, not 1"),
            ({"class_weights": (1, -2)}, "class_weights must be between 0 and 1000, not 1, -2"),
            ({"class_weights": (0, 0.0)}, "class_weights must not all be 0"),
        ],
    )
    def test_impossible_options_are_refused(self, fields: dict[str, Any], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            SoftmaxCrossEntropy(**fields)

    def test_a_number_of_weights_other_than_the_number_of_classes_is_refused(self) -> None:
        assert "each of the 3 classes, not 2" in SoftmaxCrossEntropy(class_weights=(1, 2)).misfit(np.eye(3))
        assert SoftmaxCrossEntropy(class_weights=(1, 2, 3)).misfit(np.eye(3)) == ""


class TestBinaryCrossEntropy:
    def test_each_output_has_an_independent_probability(self) -> None:
        out, targets = np.array([[0.5], [-1.0]]), np.array([[1.0], [0.25]])
        record = BinaryCrossEntropy().forward(out, targets)
        p = [1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(1))]
        assert record.saved["probabilities"][:, 0] == pytest.approx(p, rel=1e-12)
        expected = -math.log(p[0]) - 0.25 * math.log(p[1]) - 0.75 * math.log(1 - p[1])
        assert record.loss == pytest.approx(expected, rel=1e-12)
        assert record.dout[:, 0] == pytest.approx([p[0] - 1, p[1] - 0.25], rel=1e-12)

    def test_huge_outputs_neither_overflow_nor_vanish(self) -> None:
        record = BinaryCrossEntropy().forward(FAR_APART, np.array([[0.0], [1.0], [1.0]]))
        assert record.loss == pytest.approx(2000 + math.log(2), rel=1e-12)
        told = BinaryCrossEntropy().expression("loss", 0, record, 0)
        assert value_of(told) == pytest.approx(record.loss, rel=1e-12)

    def test_targets_outside_0_to_1_do_not_fit(self) -> None:
        assert "these go from −0.5 to 2" in BinaryCrossEntropy().misfit(np.array([[-0.5, 2]]))
        assert BinaryCrossEntropy().misfit(np.array([[0, 0.3, 1]])) == ""


class TestMeanAndRoot:
    def test_they_are_the_mean_of_the_squared_errors_and_its_root(self) -> None:
        out, targets = np.array([[3.0, 1.0], [4.0, 1.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
        mean = MeanSquaredError().forward(out, targets)
        assert mean.losses.tolist() == [12.5, 0]
        assert mean.dout.tolist() == [[1.5, 0], [2, 0]]
        root = RootMeanSquaredError().forward(out, targets)
        assert root.losses[0] == pytest.approx(math.sqrt(12.5))
        assert root.dout[:, 0] == pytest.approx([3 / math.sqrt(12.5) / 4, 4 / math.sqrt(12.5) / 4])

    def test_where_every_error_is_zero_the_gradient_of_the_root_is_zero(self) -> None:
        loss = RootMeanSquaredError()
        record = loss.forward(np.ones((2, 1)), np.ones((2, 1)))
        assert record.dout.tolist() == [[0], [0]]
        assert loss.reads("dout", 0, record, 0) == {}
        told = loss.expression("dout", 0, record, 0)
        assert value_of(told) == 0
        assert "on its target" in told.words
        assert loss.slopes("loss", 0, record, 0).tolist() == [0, 0]
