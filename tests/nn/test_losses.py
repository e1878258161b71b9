import math

import numpy as np
import pytest

from server.nn.gradcheck import relative_error
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.ops import ShapeError

LOSS = SoftmaxCrossEntropy()
LABELS = np.array([2, 0, 1, 2])


def logits() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((3, 4)) * 3


def test_probabilities_and_losses_follow_their_definition() -> None:
    record = LOSS.forward(logits(), LABELS)
    for n, column in enumerate(logits().T):
        powers = [math.exp(value) for value in column]
        expected = [power / sum(powers) for power in powers]
        assert record.probabilities[:, n] == pytest.approx(expected, rel=1e-12)
        assert record.losses[n] == pytest.approx(-math.log(expected[LABELS[n]]), rel=1e-12)
    assert record.loss == pytest.approx(record.losses.mean(), rel=1e-15)


def test_the_gradient_agrees_with_central_differences() -> None:
    record = LOSS.forward(logits(), LABELS)
    error = relative_error(
        lambda arrays: LOSS.forward(arrays[0], LABELS).loss,
        [logits()],
        [record.dlogits],
        np.random.default_rng(2),
    )
    assert error < 1e-6


def test_the_gradient_is_probability_minus_truth_shared_over_the_batch() -> None:
    record = LOSS.forward(logits(), LABELS)
    truth = np.eye(3)[:, LABELS]
    np.testing.assert_allclose(record.dlogits, (record.probabilities - truth) / 4, rtol=1e-12)


def test_huge_logits_neither_overflow_nor_vanish() -> None:
    record = LOSS.forward(np.array([[1000.0], [0.0], [-1000.0]]), np.array([2]))
    assert record.probabilities[:, 0].tolist() == [1, 0, 0]
    assert record.loss == 2000


def test_everything_keeps_the_dtype_and_is_read_only() -> None:
    record = LOSS.forward(logits().astype(np.float32), LABELS)
    for array in (record.probabilities, record.losses, record.dlogits):
        assert array.dtype == np.float32
        assert not array.flags.writeable


def test_the_loss_and_each_probability_are_computed_from_all_logits_and_from_nothing_else() -> None:
    # These logits are so far apart that the probability of the true class, 0, no longer tells the loss.
    record = LOSS.forward(np.array([[1000.0], [0.0], [-1000.0]]), np.array([2]))
    (read,) = LOSS.reads("loss", 0, 3).items()
    assert (read[0], read[1].tolist()) == ("logits", [0, 1, 2])
    powers = np.exp(record.logits[read[1], 0] - 1000)
    assert record.losses[0] == np.log(powers.sum()) + 1000 - record.logits[2, 0] == 2000
    assert LOSS.reads("probabilities", 1, 3)["logits"].tolist() == [0, 1, 2]


def test_each_gradient_is_computed_from_its_own_probability_as_its_words_say() -> None:
    base = LOSS.forward(logits(), LABELS)
    for cell in range(3):
        (read,) = LOSS.reads("dout", cell, 3)["probabilities"]
        true = LABELS[0] == cell
        assert base.dlogits[cell, 0] == pytest.approx((base.probabilities[read, 0] - true) / LABELS.size)
    for words in ("probability, minus 1 for the true class", "divided by the size of the batch"):
        assert words in LOSS.backward_text


def test_a_last_layer_of_another_shape_is_refused_with_what_would_fit() -> None:
    LOSS.check((10,), 10)
    for shape in ((9,), (10, 1, 1)):
        with pytest.raises(ShapeError, match="end the network with a dense layer of 10 units"):
            LOSS.check(shape, 10)
