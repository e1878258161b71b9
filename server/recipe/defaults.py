"""The default recipes: the first run, and a recipe that learns each data set."""

import numpy as np

from server.data.dataset import Dataset
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, ReLU
from server.nn.optimizers import SGD
from server.nn.schedules import Cosine
from server.recipe.dataset_names import DatasetName
from server.recipe.recipe import Layer, Preprocessing, Recipe

LINE = 5
"""The width of a kernel for signals."""
LARGE = 4
"""Inputs with larger numbers are standardised: otherwise the first updates are too large."""

FIRST = Recipe(dataset="drawn", optimizer=SGD(learning_rate=0.05), batch_size=8)
"""The recipe of the first run: it reads drawings, with 97 % test accuracy after a few seconds."""

DRAWING = Recipe(
    dataset="drawn",
    loss=SoftmaxCrossEntropy(label_smoothing=0.05),
    optimizer=SGD(learning_rate=0.1),
    schedule=Cosine(over=2500),
    batch_size=16,
    epochs=10,
)
"""The recipe that reads drawings and photos best: about ten seconds of training."""


def suggested(name: DatasetName, dataset: Dataset) -> Recipe:
    """The default recipe for a data set of images or signals (images of one row) with classes."""
    if name == "drawn":
        return DRAWING
    _, rows, _ = dataset.shape
    kernel, pool = ((1, LINE), (1, 2)) if rows == 1 else ((3, 3), (2, 2))
    network: tuple[Layer, ...] = (
        Conv2d(filters=8, kernel=kernel, padding="same"),
        ReLU(),
        MaxPool2d(kernel=pool),
        Conv2d(filters=16, kernel=kernel, padding="same"),
        ReLU(),
        MaxPool2d(kernel=pool),
        Flatten(),
        Dense(units=len(dataset.classes)),
    )
    return Recipe(
        dataset=name, preprocessing=_scaled(dataset), network=network, optimizer=SGD(learning_rate=0.03)
    )


def _scaled(dataset: Dataset) -> Preprocessing:
    # Pixels are stored as bytes and lie between 0 and 1: only floats can be large.
    is_large = dataset.train_x.dtype.kind == "f" and np.abs(dataset.train_x).max() * dataset.scale > LARGE
    return Preprocessing(scaling="standardised" if is_large else "unit")
