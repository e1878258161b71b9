"""The speed of training beside PyTorch, as Markdown: `python -m benchmarks.speed`.

Same network, batch and dtype (float32), one thread each; PyTorch in its default eager mode, ours with its
complete trace. The two take turns in one process, each for as many consecutive steps as fill 20 ms; the small
networks also step by step, where each finds the other's data in the caches. Times are processor time, so that
a busy machine slows down both alike: a time is the mean of a turn's steps, and a ratio is the median of
PyTorch's times over the median of ours. Above 1 we are faster. It needs the extra "torch":
`pip install --editable ".[torch]"`.

`--against PATH` compares with the code of another checkout instead: see `benchmarks.against`.
"""

import argparse
import math
import multiprocessing
import os
import platform
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import torch

from benchmarks.against import compare
from benchmarks.networks import BATCHES, LARGEST_BATCH, NETWORKS, RATE, SMALL, built, data, our_step
from benchmarks.timing import geometric_mean, medians, processor_timer
from server.machine import KERNELS
from server.nn.arrays import Array, Shape
from server.nn.blas import one_thread
from server.nn.evaluation import evaluate
from server.nn.network import Network
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, Op, ReLU
from server.nn.optimizers import SGD
from server.nn.step import train_step
from server.recipe.batches import gather, training_batch
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Recipe

ENOUGH, EVERY, TIMES = 0.97, 10, 5
"""The accuracy to train to, the number of steps between evaluations, and the number of trainings."""
RECIPE = Recipe(batch_size=8, optimizer=SGD(0.1), epochs=30)


def main() -> None:
    """Print the comparison that the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="for each network and batch size")
    parser.add_argument("--against", type=Path, metavar="PATH", help="the root of another checkout")
    options = parser.parse_args()
    if options.against:
        compare(options.against, options.seconds)
    else:
        compare_with_torch(options.seconds)


def compare_with_torch(seconds: float) -> None:
    """Print a table of ratios, and below it memory and the time of a whole training."""
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
            if batch > LARGEST_BATCH.get(key, batch):
                cells.append("")
                continue
            timers = [processor_timer(step(network, batch)) for step in (our_step, torch_step)]
            ours, theirs = medians(timers, seconds)
            ratios[key, batch] = theirs / ours
            if (key, batch) in SMALL:
                one, other = medians(timers, seconds, turn=0)
                stepwise.append(other / one)
            cells.append(f"{ratios[key, batch]:.2f} ({ours / 1e3:.2f})")
        if key not in LARGEST_BATCH:
            few, many = medians([processor_timer(our_step(network, size)) for size in (8, 128)], seconds)
            growth[key] = (many / 128) / (few / 8)
        print(f"| {key}: {title} | {' | '.join(cells)} |", flush=True)
    small = geometric_mean([ratios[which] for which in SMALL])
    print(
        f"\n- Geometric mean of Z, D and L at 1, 8 and 32: {small:.2f}; step by step, "
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


def memory(key: str, batch: int) -> float:
    """The peak memory of three steps in megabytes, above that of a fresh process with all imports."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_memory, (key, batch))


def _memory(key: str, batch: int) -> float:
    one_thread()
    network = built(key)
    step = our_step(network, batch)
    our_step(network, 1)()
    before = _peak_memory()
    for _ in range(3):
        step()
    return _peak_memory() - before


def _peak_memory() -> float:
    """The peak memory of this process in megabytes; NaN where the system is not Linux."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), math.nan)


def test_examples(of: Plan) -> tuple[Array, Array]:
    """All test inputs and targets."""
    return gather(of, "test", np.arange(of.dataset.test_examples))


def our_training() -> tuple[float, int]:
    """Seconds and steps until the accuracy on the test digits is ENOUGH: the fastest of TIMES trainings."""

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
    """As `our_training`, with PyTorch, from the same first weights and with the same batches."""

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


def torch_step(network: Network, batch: int) -> Callable[[], object]:
    """A training step of PyTorch; each call continues from the one before."""
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


def _images(x: Array) -> torch.Tensor:
    """A batch (C, H, W, N) as PyTorch takes it, (N, C, H, W)."""
    return _tensor(np.ascontiguousarray(np.moveaxis(x, -1, 0)))


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(array.copy())


def torch_model(network: Network) -> torch.nn.Sequential:
    """The PyTorch network that corresponds to ours."""
    return torch.nn.Sequential(*(torch_layer(layer.op, layer.in_shape) for layer in network.layers))


def torch_layer(op: Op, in_shape: Shape) -> torch.nn.Module:
    """The PyTorch layer that corresponds to an op."""
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


if __name__ == "__main__":
    main()
