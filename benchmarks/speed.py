"""A training step of ours beside one of PyTorch: same network, batch and dtype. `python -m benchmarks.speed`.

It needs the extra "torch": `pip install --editable ".[torch]"`. Float32, one thread each; PyTorch in its
default eager mode, ours with its complete trace. The two take turns, round by round, in one process, so that
a slow moment of the machine meets both: a ratio is the median of PyTorch's times over the median of ours.
Above 1 we are faster.
"""

import math
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from server.data.dataset import one_hot
from server.nn.arrays import Shape
from server.nn.blas import one_thread
from server.nn.initializers import initial_params
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, Op, ReLU
from server.nn.optimizers import SGD
from server.nn.step import State, train_step

CLASSES, RATE = 10, 0.01
SECONDS = 2.0
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
        [
            *[Conv2d(32), ReLU(), Conv2d(32), ReLU(), MaxPool2d()],
            *[Conv2d(64), ReLU(), MaxPool2d(), Flatten(), Dense(10)],
        ],
    ),
    "T": ("tiny VGG 64x64x3", (3, 64, 64), [*CONV_TWICE, *CONV_TWICE, Flatten(), Dense(10)]),
}
BATCHES = {
    "Z": (1, 8, 32, 128),
    "D": (1, 8, 32, 128),
    "L": (1, 8, 32, 128),
    "C": (1, 8, 32, 128),
    "T": (1, 8),
}


def main() -> None:
    """Print a line per network and batch size, and the geometric mean of Z, D and L at 1, 8 and 32."""
    one_thread()
    torch.set_num_threads(1)
    ratios: dict[tuple[str, int], float] = {}
    print("network              batch   ours [us]   PyTorch [us]   PyTorch / ours")
    for key, (title, shape, ops) in NETWORKS.items():
        network = build(ops, shape, False, LOSS, CLASSES)
        for batch in BATCHES[key]:
            ours, theirs = medians([our_step(network, batch), torch_step(network, batch)])
            ratios[key, batch] = theirs / ours
            print(f"{key} {title:18} {batch:5} {ours:11.0f} {theirs:14.0f} {theirs / ours:16.2f}", flush=True)
    small = [ratios[key, batch] for key in "ZDL" for batch in (1, 8, 32)]
    print(
        f"geometric mean of Z, D and L at 1, 8 and 32: {math.exp(statistics.fmean(map(math.log, small))):.2f}"
    )


def our_step(network: Network, batch: int) -> Callable[[], object]:
    """A step that goes on from the one before."""
    x, labels = data(network, batch)
    targets, examples = one_hot(labels, CLASSES).astype(np.float32), np.arange(batch)
    state = State(0, initial_params(network, 7, "float32"))

    def step() -> object:
        nonlocal state
        state, trace = train_step(network, LOSS, OPTIMIZER, state, x, targets, RATE, examples)
        return trace

    return step


def torch_step(network: Network, batch: int) -> Callable[[], object]:
    """The same of PyTorch."""
    x, labels = data(network, batch)
    images = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 0)))
    targets = torch.from_numpy(labels.astype(np.int64))
    model = torch.nn.Sequential(*(torch_layer(layer.op, layer.in_shape) for layer in network.layers))
    optimizer = torch.optim.SGD(model.parameters(), RATE)
    loss = torch.nn.CrossEntropyLoss()

    def step() -> object:
        optimizer.zero_grad()
        value = loss(model(images), targets)
        value.backward()
        optimizer.step()
        return value

    return step


def torch_layer(op: Op, in_shape: Shape) -> torch.nn.Module:
    """PyTorch's layer for an op."""
    match op:
        case Conv2d():
            (top, _), (left, _) = op.pads(in_shape)
            return torch.nn.Conv2d(in_shape[0], op.filters, op.kernel, op.stride, (top, left))
        case MaxPool2d():
            return torch.nn.MaxPool2d(op.kernel)
        case ReLU():
            return torch.nn.ReLU()
        case Flatten():
            return torch.nn.Flatten()
        case Dense():
            return torch.nn.Linear(in_shape[0], op.units)
    raise ValueError(op)


def data(network: Network, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Random images (C, H, W, N), and their classes."""
    random = np.random.default_rng(1)
    x = random.random((*network.input_shape, batch)).astype(np.float32)
    return x, random.integers(0, CLASSES, batch)


def medians(steps: list[Callable[[], object]]) -> list[float]:
    """The median microseconds of each, taking turns, after a warm-up."""
    times: list[list[float]] = [[] for _ in steps]
    for step in steps:
        for _ in range(5):
            step()
    end = time.process_time() + SECONDS
    while time.process_time() < end or len(times[0]) < 7:
        for kept, step in zip(times, steps, strict=True):
            began = time.process_time()
            step()
            kept.append(time.process_time() - began)
    return [1e6 * statistics.median(kept) for kept in times]


if __name__ == "__main__":
    main()
