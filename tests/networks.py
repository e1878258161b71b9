"""Small networks, recipes and traces that several tests use."""

from typing import Any

import numpy as np

from server.data.dataset import one_hot
from server.nn.arrays import Array, Shape, size
from server.nn.initializers import initial_params
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.ops import Add, BatchNorm, Conv2d, Dense, Flatten, LeakyReLU, MaxPool2d, Op, ReLU, Sigmoid
from server.nn.ops.capabilities import SkipReader
from server.nn.optimizers import SGD, Optimizer
from server.nn.records import Trace
from server.nn.step import State, initial_state, train_step
from server.recipe.recipe import Recipe

LOSS = SoftmaxCrossEntropy()
OPTIMIZER = SGD(0.5)
CLASSES = 4
BATCH = 3

_ENDING: list[dict[str, Any]] = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
MOST_TENSORS: dict[str, Any] = {
    "network": [*[{"kind": "batchnorm"}] * 30, *_ENDING],
    "optimizer": {"kind": "adam", "learning_rate": 0.01, "clip_norm": 1.0},
    "batch_size": 3,
}
"""A recipe with as many tensors as one that is accepted can have, or nearly: more than 1,000."""
MOST_CELLS: dict[str, Any] = {
    "network": [
        {"kind": "conv2d", "filters": 4096, "kernel": [3, 3], "padding": "same"},
        *[{"kind": "relu"}] * 6,
        {"kind": "maxpool2d", "kernel": [8, 8]},
        *_ENDING,
    ],
}
"""A recipe with as many cells as one that is accepted can have, or nearly: 1.8 million of an example."""


def small_network() -> Network:
    """A network with a strided convolution, an overlapping max-pool, and a max-pool that leaves cells out."""
    ops = [
        Conv2d(3, kernel=(3, 2)),
        ReLU(),
        MaxPool2d((2, 2), stride=(1, 2)),
        Conv2d(2, stride=(2, 1), padding=(1, 0)),
        MaxPool2d((2, 1)),
        Flatten(),
        Dense(5),
        ReLU(),
        Dense(CLASSES),
    ]
    return build(ops, (2, 8, 7), True, LOSS, CLASSES)


def small_state(dtype: str = "float64") -> State:
    return State(0, initial_params(small_network(), 3, dtype))


def small_batch(dtype: str = "float64") -> tuple[Array, Array]:
    random = np.random.default_rng(5)
    targets = one_hot(np.array([3, 0, 1]), CLASSES).astype(dtype)
    return random.standard_normal((2, 8, 7, BATCH)).astype(dtype), targets


def traced(
    network: Network,
    batch: int = 1,
    dtype: str = "float64",
    seed: int = 5,
    optimizer: Optimizer = OPTIMIZER,
    before: int = 0,
) -> Trace:
    """The trace of a training step on random inputs, after `before` other steps. Biases are not 0."""
    random = np.random.default_rng(seed)
    classes = network.layers[-1].out_shape[0]
    params = {
        layer: {name: w + 0.1 * random.standard_normal(w.shape).astype(dtype) for name, w in of.items()}
        for layer, of in initial_params(network, 3, dtype).items()
    }
    x = random.standard_normal((*network.input_shape, batch)).astype(dtype)
    targets = one_hot(random.integers(0, classes, batch), classes).astype(dtype)
    if not network.loss.needs_classes:
        targets += random.standard_normal(targets.shape)
    examples = np.arange(batch)
    state = initial_state(network, optimizer, params)
    for _ in range(before + 1):
        state, trace = train_step(network, network.loss, optimizer, state, x, targets, 0.1, examples)
    return trace


def network_of(op: Op, shape: Shape) -> Network:
    """A network of this op, with a flatten layer after an image, because the loss needs a row of numbers.

    An op that reads a skip connection has layers before it, so that the skip connection starts at the input.
    """
    out_shape = op.out_shape(shape)
    before = [LeakyReLU(0.5)] * (op.back - 1 if isinstance(op, SkipReader) else 0)
    after = [Flatten()] if len(out_shape) > 1 else []
    return build([*before, op, *after], shape, True, LOSS, size(out_shape))


def residual_network() -> Network:
    """Skip connections from the input, two from one layer, one around another, and one of rows."""
    ops = [
        Conv2d(2, kernel=(3, 2)),
        ReLU(),
        Conv2d(2),
        LeakyReLU(),
        Conv2d(2, kernel=(1, 3)),
        Add(4),
        Add(7),
        Add(6),
        MaxPool2d((2, 1)),
        Flatten(),
        Dense(4),
        Sigmoid(),
        Add(2),
        Dense(3),
    ]
    return build(ops, (2, 4, 3), True, LOSS, 3)


def normalised_network() -> Network:
    """Batch normalisations of an image and of a row."""
    ops = [
        Conv2d(2, padding="valid"),
        BatchNorm(),
        ReLU(),
        MaxPool2d(),
        Flatten(),
        Dense(4),
        BatchNorm(0.1),
        Dense(3),
    ]
    return build(ops, (1, 6, 5), True, LOSS, 3)


def normalised_residual_network() -> Network:
    """A residual block with batch normalisations, and one that begins with its own."""
    ops = [
        Conv2d(2, kernel=(3, 2)),
        ReLU(),
        Conv2d(2),
        BatchNorm(),
        ReLU(),
        Conv2d(2, kernel=(1, 3)),
        BatchNorm(0.1),
        Add(6),
        ReLU(),
        BatchNorm(),
        Add(2),
        Flatten(),
        Dense(3),
    ]
    return build(ops, (2, 3, 2), True, LOSS, 3)


def normalised_binary_network() -> Network:
    """Binary weights, and binary weights and inputs, each with a batch normalisation."""
    ops = [
        Conv2d(2, kernel=(3, 2), binary="weights"),
        BatchNorm(),
        Conv2d(2, binary="both"),
        BatchNorm(),
        Flatten(),
        Dense(3, "both"),
    ]
    return build(ops, (2, 3, 2), True, LOSS, 3)


def small_step(dtype: str = "float64", learning_rate: float = 0.1) -> tuple[State, Trace]:
    x, targets = small_batch(dtype)
    state = small_state(dtype)
    examples = np.array([7, 8, 9])
    return train_step(small_network(), LOSS, SGD(0.5), state, x, targets, learning_rate, examples)


def recipe(learning_rate: float = 0.03, **fields: Any) -> Recipe:
    """A recipe for the digits with fast iterations."""
    network = [{"kind": "maxpool2d"}, {"kind": "flatten"}, {"kind": "dense", "units": 10}]
    return Recipe.model_validate(
        {"network": network, "optimizer": {"learning_rate": learning_rate}, "epochs": 1, **fields}
    )
