"""The networks of `benchmarks.speed`, and training steps of them."""

from collections.abc import Callable

import numpy as np

from server.data.dataset import one_hot
from server.nn.arrays import Array, Shape
from server.nn.initializers import initial_params
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, Op, ReLU
from server.nn.optimizers import SGD
from server.nn.step import State, train_step

CLASSES, RATE = 10, 0.01
LOSS, OPTIMIZER = SoftmaxCrossEntropy(), SGD(RATE)

CONV_TWICE = [Conv2d(10), ReLU(), Conv2d(10), ReLU(), MaxPool2d()]
NETWORKS: dict[str, tuple[str, Shape, list[Op]]] = {
    "Z": (
        "classic 8-filter",
        (1, 28, 28),
        [Conv2d(8, padding="valid"), MaxPool2d(), Flatten(), Dense(10)],
    ),
    "D": (
        "8x8 default",
        (1, 8, 8),
        [Conv2d(8), ReLU(), MaxPool2d(), Conv2d(16), ReLU(), MaxPool2d(), Flatten(), Dense(10)],
    ),
    "L": (
        "LeNet-5, ReLU",
        (1, 28, 28),
        [
            *[Conv2d(6, kernel=(5, 5)), ReLU(), MaxPool2d()],
            *[Conv2d(16, kernel=(5, 5), padding="valid"), ReLU(), MaxPool2d()],
            *[Flatten(), Dense(120), ReLU(), Dense(84), ReLU(), Dense(10)],
        ],
    ),
    "C": (
        "32x32x3, 32-32-64",
        (3, 32, 32),
        [Conv2d(32), Conv2d(32), MaxPool2d(), Conv2d(64), MaxPool2d(), Flatten(), Dense(10)],
    ),
    "R": (
        "C with ReLUs",
        (3, 32, 32),
        [
            *[Conv2d(32), ReLU(), Conv2d(32), ReLU(), MaxPool2d()],
            *[Conv2d(64), ReLU(), MaxPool2d(), Flatten(), Dense(10)],
        ],
    ),
    "T": ("tiny VGG 64x64x3", (3, 64, 64), [*CONV_TWICE, *CONV_TWICE, Flatten(), Dense(10)]),
}
BATCHES = (1, 8, 32, 128)
LARGEST_BATCH = {"T": 8}
"""The largest batch of a network, where it is not the largest of all."""
SMALL = [(key, batch) for key in "ZDL" for batch in (1, 8, 32)]
"""The networks and batches of the geometric mean."""


def built(key: str) -> Network:
    """The network called `key`."""
    _, shape, ops = NETWORKS[key]
    return build(ops, shape, False, LOSS, CLASSES)


def our_step(network: Network, batch: int) -> Callable[[], object]:
    """A training step; each call continues from the one before."""
    x, labels = data(network, batch)
    targets, examples = one_hot(labels, CLASSES).astype(np.float32), np.arange(batch)
    state = State(0, initial_params(network, 7, "float32"))

    def step() -> object:
        nonlocal state
        state, trace = train_step(network, LOSS, OPTIMIZER, state, x, targets, RATE, examples)
        return trace

    return step


def data(network: Network, batch: int) -> tuple[Array, Array]:
    """Random images (C, H, W, N) and their classes (N,)."""
    random = np.random.default_rng(1)
    x = random.random((*network.input_shape, batch)).astype(np.float32)
    return x, random.integers(0, CLASSES, batch)
