"""The accuracy on drawings and photos of digits: `python -m benchmarks.pictures --data-dir DIR`.

Digits of MNIST, from DIR/mnist, become pictures of many kinds (see `benchmarks.synthetic_pictures`), and
these become inputs as an upload does. Parameters were tuned on digits of MNIST's training images under the
conditions `TUNING`. The figures are measured on digits of its test images under the conditions `MEASURING`,
which are harsher, with other seeds.

Targets: 88 % of MNIST's test images and of the pictures right with embedded data alone; 93 % of the pictures
with MNIST; 95 % right where the probability is at least 0.7; 100 ms from a picture to its prediction.
"""

import argparse
import io
import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.synthetic_pictures import (
    KINDS,
    MEASURING,
    TUNING,
    Conditions,
    Floats,
    encode_jpeg,
    encode_png,
    image_of,
    picture,
)
from benchmarks.timing import milliseconds
from server.data import load
from server.data.dataset import Dataset
from server.data.errors import PictureError
from server.data.pictures.decode import decode
from server.data.pictures.pipeline import DECODE_SIDE, extract_digit
from server.data.sets.sources import DATA_DIR
from server.nn.blas import one_thread
from server.nn.optimizers import SGD
from server.nn.schedules import Cosine
from server.nn.step import State, forward
from server.recipe.defaults import suggested
from server.recipe.plan import Plan, plan
from server.recipe.recipe import Augmentation, Recipe
from server.run.history import History

Labels = NDArray[np.intp]

SURE = 0.7
"""A prediction with at least this probability counts as sure."""
ROUNDS = 7
MNIST = Recipe(
    dataset="mnist",
    augmentation=Augmentation(shift=1, rotation=10, scale=0.1),
    optimizer=SGD(learning_rate=0.1),
    schedule=Cosine(over=1875),
    batch_size=32,
    epochs=1,
)


@dataclass(frozen=True)
class Predictions:
    """Predicted classes (-1 where no digit was found), their probabilities, and the true classes."""

    predicted: Labels
    probability: Floats
    truth: Labels

    def line(self, name: str) -> str:
        """The figures in one line of the table."""
        right = self.predicted == self.truth
        sure = self.probability >= SURE
        right_if_sure = f"{right[sure].mean():6.1%}" if sure.any() else "     -"
        return (
            f"{name:32}{len(right):6}{right.mean():8.1%}{right_if_sure:>10}{sure.mean():8.0%}"
            f"{int((self.predicted < 0).sum()):8}"
        )


def concatenate(groups: list[Predictions]) -> Predictions:
    """Several groups of predictions as one."""
    return Predictions(
        np.concatenate([group.predicted for group in groups]),
        np.concatenate([group.probability for group in groups]),
        np.concatenate([group.truth for group in groups]),
    )


def inputs(files: list[bytes], dataset: str) -> list[NDArray[Any] | None]:
    """Picture files as inputs of a data set, extracted as from an upload; None where no digit is found."""
    found: list[NDArray[Any] | None] = []
    for file in files:
        try:
            found.append(extract_digit(decode(file, min_side=DECODE_SIDE), dataset).stored)
        except PictureError:
            found.append(None)
    return found


def predict(network: tuple[Plan, State], examples: list[NDArray[Any] | None], truth: Labels) -> Predictions:
    """The predictions of a trained network for stored examples."""
    predicted, probability = np.full(len(examples), -1), np.zeros(len(examples))
    for number, stored in enumerate(examples):
        if stored is not None:
            of_classes = probabilities(*network, stored)
            predicted[number], probability[number] = of_classes.argmax(), of_classes.max()
    return Predictions(predicted, probability, truth)


def probabilities(planned: Plan, state: State, stored: NDArray[np.generic]) -> Floats:
    """The probabilities of all classes for one stored example."""
    out = forward(planned.network, state, planned.transform(stored[None], planned.recipe.dtype))[-1].out[:, 0]
    powers = np.exp(out.astype(np.float64) - out.max())
    return powers / powers.sum()


def train(recipe: Recipe) -> tuple[Plan, State]:
    """A recipe's plan, and the state in which its run ends."""
    history = History(plan(recipe))
    history.advance(history.plan.iterations)
    return history.plan, history.state(history.plan.iterations)


def digits_of(
    mnist: Dataset, conditions: Conditions, count: int, first: int = 0
) -> tuple[Floats, NDArray[np.intp]]:
    """Digits (count, 28, 28), 0 to 1, and their labels: test images for MEASURING, else training images."""
    measuring = conditions is MEASURING
    x, targets = (mnist.test_x, mnist.test_targets) if measuring else (mnist.train_x, mnist.train_targets)
    chosen = slice(first, first + count)
    return np.moveaxis(x[0][..., chosen], -1, 0) * mnist.scale, targets[:, chosen].argmax(axis=0)


def duration(name: str, file: bytes) -> str:
    """The times to decode a file and to extract the input, in a sentence."""
    image = decode(file, min_side=DECODE_SIDE)
    decoding = milliseconds(lambda: decode(file, min_side=DECODE_SIDE), ROUNDS)
    reading = milliseconds(lambda: extract_digit(image, "mnist"), ROUNDS)
    return f"{name}: decoded in {decoding:.0f} ms, its stages in {reading:.0f} ms"


def main() -> None:
    """Train with embedded data and with MNIST, and print the figures of each kind of picture."""
    parser = argparse.ArgumentParser(description="The accuracy on drawings and photos of digits.")
    parser.add_argument("--data-dir", required=True, help="the folder in which mnist/ lies")
    parser.add_argument("--count", type=int, default=100, help="how many pictures of each kind")
    parser.add_argument("--uploads", type=int, default=2000, help="how many of MNIST's test images")
    parser.add_argument("--tuning", action="store_true", help="the pictures for tuning instead")
    options = parser.parse_args()
    os.environ[DATA_DIR] = options.data_dir
    one_thread()
    conditions = TUNING if options.tuning else MEASURING
    mnist = load("mnist")
    sets = {"MNIST's images, uploaded": uploads(mnist, conditions, options.uploads)}
    for which, kind in enumerate(KINDS):
        digits, labels = digits_of(mnist, conditions, options.count, first=which * options.count)
        files = [picture(kind, digit, 1000 + seed, conditions) for seed, digit in enumerate(digits)]
        sets[kind] = files, labels
    examples = {
        dataset: {name: inputs(files, dataset) for name, (files, _) in sets.items()}
        for dataset in ("drawn", "mnist")
    }
    for title, recipe, dataset in (
        ("embedded data alone: drawn digits, 8x8", suggested("drawn", load("drawn")), "drawn"),
        ("embedded data alone: the default recipe", Recipe(batch_size=8), "drawn"),
        ("MNIST, 28x28", MNIST, "mnist"),
    ):
        start = time.perf_counter()
        network = train(recipe)
        print(f"\n{title} (trained in {time.perf_counter() - start:.0f} s)")
        print(f"{'':32}{'count':>6}{'right':>8}{'if sure':>10}{'sure':>8}{'nothing':>8}")
        groups = [predict(network, stored, sets[name][1]) for name, stored in examples[dataset].items()]
        for name, group in zip(sets, groups, strict=True):
            print(group.line(name))
        print(concatenate(groups[1:]).line("all pictures"), flush=True)
    print()
    planned, state = network
    drawing, photo = sets["pad"][0][0], sets["phone, lined, ballpoint"][0][0]
    print(duration("a drawing of 280x280", drawing))
    print(
        duration(
            "a photo of 12 megapixels", encode_jpeg(Image.open(io.BytesIO(photo)).resize((4000, 3000)), 90)
        )
    )
    stored = extract_digit(decode(drawing), "mnist").stored
    answering = milliseconds(lambda: probabilities(planned, state, stored), ROUNDS)
    print(f"the answer of the network in {answering:.1f} ms")


def uploads(mnist: Dataset, conditions: Conditions, count: int) -> tuple[list[bytes], Labels]:
    """MNIST's own images as files of 224x224 pixels, with their labels."""
    digits, labels = digits_of(mnist, conditions, count)
    return [encode_png(image_of(np.kron(digit, np.ones((8, 8))))) for digit in digits], labels


if __name__ == "__main__":
    main()
