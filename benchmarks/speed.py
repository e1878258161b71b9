"""Training beside PyTorch: same network, batch and dtype. `python -m benchmarks.speed`, as Markdown.

It needs the extra "torch": `pip install --editable ".[torch]"`. Float32, one thread each; PyTorch in its
default eager mode, ours with its complete trace. The two take turns in one process, each for as many steps
as fill 20 ms, one after the other as in a run; of the small networks also step by step, where each finds the
other's data in the caches. What is measured is processor time, so that a busy machine meets both alike: a
time is the mean of a turn's steps, and a ratio the median of PyTorch's times over the median of ours. Above 1
we are faster.
"""

import argparse
import math
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import torch

from server.data.dataset import one_hot
from server.machine import KERNELS
from server.nn.arrays import Array, Shape
from server.nn.blas import one_thread
from server.nn.initializers import initial_params
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, Op, ReLU
from server.nn.optimizers import SGD
from server.nn.step import State, evaluate, train_step
from server.recipe.batches import gather, training_batch
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe

CLASSES, RATE = 10, 0.01
LOSS, OPTIMIZER = SoftmaxCrossEntropy(), SGD(RATE)
ENOUGH, EVERY, TIMES = 0.97, 10, 5
TURN = 0.02
"""Seconds that one of them runs before the other does."""
RECIPE = Recipe(batch_size=8, optimizer=SGD(0.1), epochs=30)

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
SMALL = [(key, batch) for key in "ZDL" for batch in (1, 8, 32)]
MOST = {"T": 8}
"""The largest batch of a network, where it is not the largest of all."""


def main() -> None:
    """Print the table, and below it what else there is to say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="for each network and batch size")
    seconds = parser.parse_args().seconds
    one_thread()
    torch.set_num_threads(1)
    print(
        f"Made by `python -m benchmarks.speed` on {date.today()}: {_processor()}, Python "
        f"{platform.python_version()}, NumPy {np.__version__} (OpenBLAS for "
        f"{os.environ.get(KERNELS, 'what it finds')}), PyTorch {torch.__version__}. PyTorch's time over "
        "ours, and in parentheses our milliseconds for a step."
    )
    print("\n| network | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |")
    print("| --- |" + " ---: |" * len(BATCHES))
    ratios: dict[tuple[str, int], float] = {}
    stepwise: list[float] = []
    growth: dict[str, float] = {}
    for key, (title, _, _) in NETWORKS.items():
        network, cells = built(key), []
        for batch in BATCHES:
            if batch > MOST.get(key, batch):
                cells.append("")
                continue
            steps = [our_step(network, batch), torch_step(network, batch)]
            ours, theirs = medians(steps, seconds)
            ratios[key, batch] = theirs / ours
            if (key, batch) in SMALL:
                one, other = medians(steps, seconds, turn=0)
                stepwise.append(other / one)
            cells.append(f"{ratios[key, batch]:.2f} ({ours / 1e3:.2f})")
        if key not in MOST:
            few, many = medians([our_step(network, 8), our_step(network, 128)], seconds)
            growth[key] = (many / 128) / (few / 8)
        print(f"| {key}: {title} | {' | '.join(cells)} |", flush=True)
    small = [ratios[which] for which in SMALL]
    print(
        f"\n- Geometric mean of Z, D and L at 1, 8 and 32: {geometric_mean(small):.2f}; step by step, "
        f"{geometric_mean(stepwise):.2f}."
    )
    grown = ", ".join(f"{key} {factor:.2f}" for key, factor in growth.items())
    print(f"- Time for an image at batch 128 over that at batch 8: {grown}.")
    print(f"- Memory of C at batch 128 above that of the process: {memory('C', 128):.0f} MB, trace included.")
    (our_time, our_count), (their_time, their_count) = our_training(), torch_training()
    print(
        f"- From nothing to {ENOUGH:.0%} of the test digits (the default network, batches of "
        f"{RECIPE.batch_size}, SGD {RECIPE.optimizer.learning_rate}): ours {our_time:.2f} s "
        f"({our_count} steps), PyTorch {their_time:.2f} s ({their_count} steps)."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.machine()


def built(key: str) -> Network:
    """One of the networks."""
    _, shape, ops = NETWORKS[key]
    return build(ops, shape, False, LOSS, CLASSES)


def geometric_mean(numbers: list[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, numbers)))


def memory(key: str, batch: int) -> float:
    """How many megabytes a few steps take at most, above what a fresh process has that imported all."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_memory, (key, batch))


def _memory(key: str, batch: int) -> float:
    one_thread()
    network = built(key)
    step = our_step(network, batch)
    our_step(network, 1)()
    before = _most_memory()
    for _ in range(3):
        step()
    return _most_memory() - before


def _most_memory() -> float:
    """The most that this process has had, in megabytes, as Linux counts it; elsewhere nothing is known."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), math.nan)


def test_examples(of: Plan) -> tuple[Array, Array]:
    """All test inputs and targets."""
    return gather(of, "test", np.arange(of.dataset.test_examples))


def our_training() -> tuple[float, int]:
    """Seconds of steps until enough of the test digits are told right, and how many steps that took."""

    def once() -> tuple[float, int]:
        planned = plan(RECIPE)
        state, recipe, spent = planned.initial(), planned.recipe, 0.0
        for iteration in range(planned.iterations):
            x, targets, examples = training_batch(planned, iteration)
            began = time.process_time()
            state, _ = train_step(
                planned.network,
                recipe.loss,
                recipe.optimizer,
                state,
                x,
                targets,
                recipe.learning_rate(iteration),
                examples,
            )
            spent += time.process_time() - began
            if (iteration + 1) % EVERY == 0:
                accuracy, _ = evaluate(planned.network, recipe.loss, state, *test_examples(planned))
                if accuracy >= ENOUGH:
                    break
        return spent, iteration + 1

    return min(once() for _ in range(TIMES))


def torch_training() -> tuple[float, int]:
    """The same of PyTorch, from the same first weights and with the same batches."""

    def once() -> tuple[float, int]:
        planned = plan(RECIPE)
        model = torch_model(planned.network)
        parameters = [layer for layer in model if any(True for _ in layer.parameters())]
        of = [array for array in planned.initial().params.values() if array]
        for layer, arrays in zip(parameters, of, strict=True):
            layer.load_state_dict({"weight": _tensor(arrays["w"]), "bias": _tensor(arrays["b"])})
        optimizer = torch.optim.SGD(model.parameters(), RECIPE.optimizer.learning_rate)
        loss, spent = torch.nn.CrossEntropyLoss(), 0.0
        x, targets = test_examples(planned)
        test_x, labels = _images(x), _tensor(targets.argmax(axis=0))
        for iteration in range(planned.iterations):
            x, targets, _ = training_batch(planned, iteration)
            images, classes = _images(x), _tensor(targets.argmax(axis=0))
            began = time.process_time()
            optimizer.zero_grad()
            loss(model(images), classes).backward()
            optimizer.step()
            spent += time.process_time() - began
            if (iteration + 1) % EVERY == 0:
                with torch.no_grad():
                    right = (model(test_x).argmax(dim=1) == labels).float().mean().item()
                if right >= ENOUGH:
                    break
        return spent, iteration + 1

    return min(once() for _ in range(TIMES))


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
    images, targets = _images(x), _tensor(labels.astype(np.int64))
    model = torch_model(network)
    optimizer = torch.optim.SGD(model.parameters(), RATE)
    loss = torch.nn.CrossEntropyLoss()

    def step() -> object:
        optimizer.zero_grad()
        value = loss(model(images), targets)
        value.backward()
        optimizer.step()
        return value

    return step


def _images(x: np.ndarray) -> torch.Tensor:
    """A batch with the examples first, as PyTorch has it."""
    return _tensor(np.ascontiguousarray(np.moveaxis(x, -1, 0)))


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.copy())


def torch_model(network: Network) -> torch.nn.Sequential:
    """PyTorch's network for ours."""
    return torch.nn.Sequential(*(torch_layer(layer.op, layer.in_shape) for layer in network.layers))


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


def medians(steps: list[Callable[[], object]], seconds: float, turn: float = TURN) -> list[float]:
    """The median microseconds of each, taking turns of about so many seconds, after a warm-up."""
    for step in steps:
        _mean(step, 5)
    counts = [max(1, round(turn / _mean(step, 2))) for step in steps]
    times: list[list[float]] = [[] for _ in steps]
    end = time.process_time() + seconds
    while time.process_time() < end or len(times[0]) < 7:
        for kept, step, count in zip(times, steps, counts, strict=True):
            kept.append(_mean(step, count))
    return [1e6 * statistics.median(kept) for kept in times]


def _mean(step: Callable[[], object], count: int) -> float:
    """The seconds of a step, of so many one after the other."""
    began = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - began) / count


if __name__ == "__main__":
    main()
