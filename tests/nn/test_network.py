import re
import tracemalloc
from collections.abc import Sequence

import pytest

from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build, names
from server.nn.ops import AvgPool2d, Conv2d, Dense, Flatten, GlobalAvgPool, MaxPool2d, Op, ReLU, ShapeError
from tests.networks import traced

SMALL: list[Op] = [Conv2d(8), ReLU(), MaxPool2d(), Conv2d(16), ReLU(), MaxPool2d(), Flatten(), Dense(10)]


def network(ops: Sequence[Op], shape: tuple[int, ...] = (1, 8, 8)) -> Network:
    return build(ops, shape, False, SoftmaxCrossEntropy(), 10)


def test_layers_are_named_by_kind_and_numbered_where_there_are_several() -> None:
    assert list(names(SMALL)) == ["conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "dense"]


def test_shapes_signs_and_counts_follow_from_the_ops() -> None:
    built = network(SMALL)
    assert [layer.out_shape for layer in built.layers] == [
        *[(8, 8, 8), (8, 8, 8), (8, 4, 4), (16, 4, 4), (16, 4, 4), (16, 2, 2), (64,), (10,)]
    ]
    assert [layer.previous for layer in built.layers] == ["input", *list(names(SMALL))[:-1]]
    assert [layer.signed for layer in built.layers] == [True, False, False, True, False, False, False, True]
    assert [layer.parameters for layer in built.layers] == [80, 0, 0, 1168, 0, 0, 0, 650]
    assert built.parameters == 1898
    assert built.cells == 64 + 512 + 512 + 128 + 256 + 256 + 64 + 64 + 10
    assert built.products == 512 * 9 + 512 + 128 * 4 + 256 * 72 + 256 + 64 * 4 + 64 + 10 * 64


@pytest.mark.parametrize(
    ("ops", "number", "sentence"),
    [
        (
            [*SMALL[:6], MaxPool2d(), MaxPool2d(), Flatten(), Dense(10)],
            7,
            "pool4 (max-pool 2x2) got 16x1x1 (channels x rows x columns), but its window needs at least 2 "
            "rows and 2 columns: remove it, or use a kernel of at most 1x1.",
        ),
        (
            [Conv2d(8, kernel=(9, 9), padding="valid"), Flatten(), Dense(10)],
            0,
            "conv (convolution 9x9) got 1x8x8, with its padding 8x8, into which its kernel does not fit: use "
            'a kernel of at most 8x8, or padding "same".',
        ),
        (
            [Conv2d(8), Dense(10)],
            1,
            "dense (dense 10) got 8x8x8, but needs one row of numbers: put a flatten layer before it.",
        ),
        (
            [Flatten(), Dense(9)],
            1,
            "dense (dense 9) gives 9, but the loss needs one number for each of the 10 classes: end the "
            "network with a dense layer of 10 units.",
        ),
        (
            [Flatten(), Dense(4096), Dense(4096), Dense(10)],
            2,
            "dense2 (dense 4096) brings the network to 17,047,552 parameters; at most 500,000 are allowed: "
            "use fewer filters or units, or a larger stride or pooling before it.",
        ),
        (
            [Conv2d(4096, kernel=(1, 1), padding=10), Flatten(), Dense(10)],
            0,
            "conv (convolution 1x1) brings the network to 3,211,328 cells per example; at most 2,000,000 are "
            "allowed: use fewer filters or units, or a larger stride or pooling before it.",
        ),
    ],
)
def test_an_impossible_network_is_refused_in_a_sentence(ops: list[Op], number: int, sentence: str) -> None:
    with pytest.raises(ShapeError, match=f"^{re.escape(sentence)}$") as refusal:
        network(ops)
    assert refusal.value.layer == number


def test_a_rectangular_image_with_channels_fits_a_network() -> None:
    built = network([Conv2d(2, padding="valid"), MaxPool2d((2, 3)), Flatten(), Dense(10)], (3, 7, 12))
    assert [layer.out_shape for layer in built.layers] == [(2, 5, 10), (2, 2, 3), (12,), (10,)]


@pytest.mark.parametrize(
    "ops",
    [
        SMALL,
        [Flatten(), Dense(500), ReLU(), Dense(10)],
        [Conv2d(4, kernel=(16, 16), stride=(16, 16)), Flatten(), Dense(10)],
        [Conv2d(4, kernel=(6, 6), stride=(6, 6), dilation=(2, 2)), Flatten(), Dense(10)],
        [Conv2d(64, kernel=(1, 1), padding=10), ReLU(), MaxPool2d(), Flatten(), Dense(10)],
        [Conv2d(64, kernel=(1, 1), padding=10), AvgPool2d((7, 7)), Flatten(), Dense(10)],
        [Conv2d(32, kernel=(1, 1), padding=10), MaxPool2d((3, 3), (1, 1)), GlobalAvgPool(), Dense(10)],
        [Conv2d(200, kernel=(1, 1), stride=(2, 2), padding=20), GlobalAvgPool(), Dense(10)],
        [Conv2d(400, kernel=(64, 8), padding=(32, 0)), GlobalAvgPool(), Dense(10)],
        [Conv2d(64), ReLU(), Conv2d(64), ReLU(), GlobalAvgPool(), Dense(10)],
    ],
)
@pytest.mark.parametrize(("dtype", "itemsize"), [("float32", 4), ("float64", 8)])
def test_an_iteration_takes_about_the_predicted_memory(ops: Sequence[Op], dtype: str, itemsize: int) -> None:
    built = network(ops)
    foretold = built.iteration_bytes(32, itemsize)
    traced(built, 32, dtype)
    tracemalloc.start()
    trace = traced(built, 32, dtype)
    assert trace.dx.shape == trace.x.shape
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert trace.nbytes <= 1.01 * foretold
    assert foretold / 1.25 <= peak <= 1.25 * foretold
