"""Published results beside ours: `python -m benchmarks.reproduce --data-dir DIR`.

Prints one line for each result: pass or FAIL, the published number, and ours. The exit status is 1 when one
fails. MNIST must be in DIR/mnist, or in the cache of an earlier download. It takes some minutes.
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from server.data.sets.sources import DATA_DIR
from server.explain.tensors import tensor
from server.nn.blas import one_thread
from server.nn.evaluation import evaluate
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, ReLU
from server.nn.optimizers import SGD, Adam
from server.nn.schedules import Cosine
from server.recipe.batches import gather
from server.recipe.plan import plan
from server.recipe.recipe import Preprocessing, Recipe
from server.recipe.worked_examples import TWO_INPUTS
from server.run.history import History

EIGHT_FILTERS = Recipe(
    dataset="mnist",
    preprocessing=Preprocessing(scaling="centred"),
    network=(Conv2d(8, padding="valid"), MaxPool2d(), Flatten(), Dense(10)),
    optimizer=SGD(learning_rate=0.005),
)
EIGHT_FILTERS_IN_KERAS = EIGHT_FILTERS.model_copy(
    update={
        "optimizer": Adam(learning_rate=0.005),
        "schedule": Cosine(over=5625),
        "batch_size": 32,
        "epochs": 3,
    }
)
LENET = Recipe(
    dataset="mnist",
    network=(
        *(Conv2d(6, kernel=(5, 5)), ReLU(), MaxPool2d()),
        *(Conv2d(16, kernel=(5, 5), padding="valid"), ReLU(), MaxPool2d()),
        *(Flatten(), Dense(120), ReLU(), Dense(84), ReLU(), Dense(10)),
    ),
    optimizer=Adam(learning_rate=0.001),
    schedule=Cosine(over=9380),
    batch_size=64,
    epochs=10,
)
DIGITS = Recipe(batch_size=8, epochs=20)


@dataclass(frozen=True)
class Result:
    """A published number, ours, and whether ours is as good."""

    what: str
    published: str
    ours: str
    passed: bool


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", help="the folder that contains mnist/")
    folder = parser.parse_args().data_dir
    if folder:
        os.environ[DATA_DIR] = folder
    one_thread()
    checks: list[Callable[[], list[Result]]] = [
        worked_example,
        digits,
        first_iterations,
        eight_filters,
        lenet,
    ]
    results: list[Result] = []
    for check in checks:
        for result in check():
            results.append(result)
            verdict = "pass" if result.passed else "FAIL"
            print(f"{verdict}  {result.what:58} {result.published:>22} {result.ours:>14}", flush=True)
    sys.exit(not all(result.passed for result in results))


def worked_example() -> list[Result]:
    """Every number of the 2-2-2 network, with the digits of its source."""
    history = History(plan(TWO_INPUTS.recipe))
    history.advance(TWO_INPUTS.recipe.epochs)
    results = []
    for stop in TWO_INPUTS.stops:
        trace = history.trace(int(stop.at.partition("/")[0]))
        value = tensor(trace, stop.name, 0).ravel()[stop.cell]
        ours = f"{value:.{len(stop.published.partition('.')[2])}f}"
        results.append(Result(f"2-2-2: {stop.name}", stop.published, ours, ours == stop.published))
    return results


def digits() -> list[Result]:
    """The default network on the test set of the scanned digits."""
    return [at_least("8x8 digits, default network: test accuracy", 0.97, test_accuracy(DIGITS))]


def first_iterations() -> list[Result]:
    """The 8-filter network in iterations 2,900 to 2,999, with a batch of one."""
    history = History(plan(EIGHT_FILTERS))
    history.advance(2900)
    losses, right = [], 0
    for number in range(2900, 3000):
        history.advance(1)
        record = history.trace(number).loss
        losses.append(record.loss)
        right += int(record.out[:, 0].argmax() == record.targets[:, 0].argmax())
    loss = float(np.mean(losses))
    return [
        Result("8 filters, iterations 2,900 to 2,999: mean loss", "at most 0.6", f"{loss:.3f}", loss <= 0.6),
        at_least("8 filters, iterations 2,900 to 2,999: accuracy", 0.78, right / 100),
    ]


def eight_filters() -> list[Result]:
    """The 8-filter network after three epochs of MNIST, as in Keras with Adam and batches of 32.

    The learning rate is ours: the default of Keras, a constant 0.001, leads to 96.8 % in three epochs.
    """
    accuracy = test_accuracy(EIGHT_FILTERS_IN_KERAS)
    return [at_least("8 filters, 3 epochs of MNIST: test accuracy", 0.974, accuracy)]


def lenet() -> list[Result]:
    """LeNet-5 with rectifiers."""
    return [at_least("LeNet-5, 10 epochs of MNIST: test accuracy", 0.989, test_accuracy(LENET))]


def at_least(what: str, published: float, ours: float) -> Result:
    """The result of a fraction that should be at least the published one."""
    return Result(what, f"at least {published:.1%}", f"{ours:.2%}", ours >= published)


def test_accuracy(recipe: Recipe) -> float:
    """The accuracy on the test set at the end of the run."""
    planned = plan(recipe)
    history = History(planned)
    history.advance(planned.iterations)
    x, targets = gather(planned, "test", np.arange(planned.dataset.test_examples))
    state = history.state(history.computed)
    return evaluate(planned.network, recipe.loss, state, x, targets)[0]


if __name__ == "__main__":
    main()
