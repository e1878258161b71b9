"""For each data set a recipe that learns it: what the page opens when a person chooses the set."""

import numpy as np

from server.data.dataset import Dataset
from server.nn.losses import SoftmaxCrossEntropy
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, ReLU
from server.nn.optimizers import SGD
from server.nn.schedules import Cosine
from server.recipe.dataset_names import DatasetName
from server.recipe.recipe import Layer, Preprocessing, Recipe

LINE = 5
"""The width of a kernel that goes along a signal."""
LARGE = 4
"""Examples with numbers beyond that are standardised: from them the first steps would be too long."""

FIRST = Recipe(dataset="drawn", optimizer=SGD(learning_rate=0.05), batch_size=8)
"""What a newcomer sees first: it reads drawings, and answers 97 % of its test right after a few seconds."""

DRAWING = Recipe(
    dataset="drawn",
    loss=SoftmaxCrossEntropy(label_smoothing=0.05),
    optimizer=SGD(learning_rate=0.1),
    schedule=Cosine(over=2500),
    batch_size=16,
    epochs=10,
)
"""What reads drawings and photos best of what is embedded: about ten seconds of training."""


def suggested(name: DatasetName, dataset: Dataset) -> Recipe:
    """A recipe for a data set of images, or of signals (images of one row), that belong to classes."""
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
    # Pixels, which are stored as bytes, lie between 0 and 1.
    is_large = dataset.train_x.dtype.kind == "f" and np.abs(dataset.train_x).max() * dataset.scale > LARGE
    return Preprocessing(scaling="standardised" if is_large else "unit")
