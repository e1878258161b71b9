"""Accuracy on MNIST after training on generated digits: `python -m benchmarks.handwriting --data-dir DIR`.

Trains the default network on generated digits alone, and tests it on the 10,000 test images of MNIST in
DIR/mnist. With 20,000 digits the accuracy should be at least 93 %, for every seed.
"""

import argparse
import gzip
import statistics
import time
from pathlib import Path

import numpy as np

from server.data.dataset import one_hot
from server.data.pen.handwriting import write_digits
from server.nn.arrays import Array, Cells
from server.nn.blas import one_thread
from server.nn.evaluation import evaluate
from server.nn.initializers import initial_params
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.network import Network, build
from server.nn.optimizers import SGD
from server.nn.rng import generator
from server.nn.step import State, train_step
from server.recipe.recipe import DEFAULT_NETWORK

LOSS, OPTIMIZER, CLASSES = SoftmaxCrossEntropy(), SGD(0.05), 10
BATCH_SIZE, EPOCHS, DTYPE = 32, 6, "float32"
IMAGES_HEADER, LABELS_HEADER, SIDE, BRIGHTEST = 16, 8, 28, 255


def main() -> None:
    """Print the accuracy on the test images of MNIST for each seed, and their mean."""
    parser = argparse.ArgumentParser(description="Train on generated digits, test on MNIST.")
    parser.add_argument("--data-dir", type=Path, required=True, help="the folder that contains mnist/")
    parser.add_argument("--count", type=int, default=20_000, help="how many digits to generate")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    folder = options.data_dir / "mnist"
    if not folder.is_dir():
        parser.error(f"There is no folder {folder}. Let --data-dir be the folder that contains mnist/.")
    one_thread()
    test_x, test_targets = mnist(folder)
    network = build(DEFAULT_NETWORK, (1, SIDE, SIDE), False, LOSS, CLASSES)
    accuracies = []
    for seed in options.seeds:
        start = time.perf_counter()
        x, labels = write_digits(options.count, seed)
        seconds = time.perf_counter() - start
        state = trained(network, x.astype(DTYPE), one_hot(labels, CLASSES).astype(DTYPE), seed)
        accuracies.append(evaluate(network, LOSS, state, test_x, test_targets)[0])
        print(
            f"seed {seed}: {options.count} digits in {seconds:.1f} s, accuracy on MNIST {accuracies[-1]:.2%}"
        )
    print(f"mean {statistics.mean(accuracies):.2%}")


def mnist(folder: Path) -> tuple[Array, Array]:
    """The test images (1, 28, 28, N) of MNIST, scaled to 0 to 1, and their targets (10, N)."""
    pixels, labels = (
        np.frombuffer(gzip.decompress((folder / f"t10k-{name}-ubyte.gz").read_bytes())[header:], np.uint8)
        for name, header in (("images-idx3", IMAGES_HEADER), ("labels-idx1", LABELS_HEADER))
    )
    images = np.moveaxis(pixels.reshape(1, -1, SIDE, SIDE), 1, -1)
    return (images / BRIGHTEST).astype(DTYPE), one_hot(labels.astype(np.intp), CLASSES).astype(DTYPE)


def trained(network: Network, x: Array, targets: Array, seed: int) -> State:
    """The state after EPOCHS epochs, with a learning rate that falls linearly."""
    state = State(0, initial_params(network, seed, DTYPE))
    for epoch in range(EPOCHS):
        rate = OPTIMIZER.learning_rate * (1 - epoch / EPOCHS)
        for batch in batches(targets.shape[-1], seed, epoch):
            state, _ = train_step(
                network, LOSS, OPTIMIZER, state, x[..., batch], targets[:, batch], rate, batch
            )
    return state


def batches(examples: int, seed: int, epoch: int) -> list[Cells]:
    """The examples of each iteration of an epoch, in random order."""
    order = generator(seed, "order", epoch).permutation(examples)
    return np.array_split(order, range(BATCH_SIZE, examples, BATCH_SIZE))


if __name__ == "__main__":
    main()
