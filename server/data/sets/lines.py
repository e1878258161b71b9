"""Oriented lines, 9x9: one grey line in each image, for a first lesson on what a filter looks for."""

import numpy as np

from server.data.dataset import Dataset, classified, divided

CLASSES = ("horizontal", "vertical", "rising", "falling")
EXAMPLES, SIDE, KEY = 240, 9, 901


def lines() -> Dataset:
    """192 images to train with and 48 to test with, 0 (paper) to 1 (ink), the same ones every time."""
    random = np.random.Generator(np.random.Philox(key=KEY))
    labels = np.arange(EXAMPLES) % len(CLASSES)
    # The direction across each class's lines, in rows and columns; rows count downwards.
    across = np.array([(1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5), (0.5**0.5, -(0.5**0.5))])[labels]
    offset, width = random.uniform(-2.2, 2.2, EXAMPLES), random.uniform(0.5, 0.9, EXAMPLES)
    ink = random.uniform(0.7, 1.0, EXAMPLES)
    row, column = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    distance = np.abs(
        across[:, 0, None, None] * row + across[:, 1, None, None] * column - offset[:, None, None]
    )
    inked = np.clip(width[:, None, None] + 0.5 - distance, 0, 1) * ink[:, None, None]
    images = np.clip(inked + random.uniform(0, 0.08, inked.shape), 0, 1)[:, None]
    train, test = divided(images, labels)
    return classified(
        "lines",
        "oriented lines, 9x9",
        "The image's pixels, from 0 (paper) to 1 (ink).",
        CLASSES,
        train,
        test,
    )
