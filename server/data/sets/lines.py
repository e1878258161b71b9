"""The data set "lines": one grey line in each 9x9 image. It shows what a first filter learns to detect."""

import numpy as np

from server.data.dataset import Dataset, labelled_dataset
from server.data.split import train_test_split

CLASSES = ("horizontal", "vertical", "rising", "falling")
EXAMPLES, SIDE, KEY = 240, 9, 901


def lines() -> Dataset:
    """192 images for training and 48 for testing, 0 (paper) to 1 (ink); the same on every call."""
    random = np.random.Generator(np.random.Philox(key=KEY))
    labels = np.arange(EXAMPLES) % len(CLASSES)
    # The normal of each line as (rows, columns). Rows count downwards.
    normal = np.array([(1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5), (0.5**0.5, -(0.5**0.5))])[labels]
    offset, width = random.uniform(-2.2, 2.2, EXAMPLES), random.uniform(0.5, 0.9, EXAMPLES)
    ink = random.uniform(0.7, 1.0, EXAMPLES)
    row, column = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    distance = np.abs(
        normal[:, 0, None, None] * row + normal[:, 1, None, None] * column - offset[:, None, None]
    )
    line = np.clip(width[:, None, None] + 0.5 - distance, 0, 1) * ink[:, None, None]
    images = np.clip(line + random.uniform(0, 0.08, line.shape), 0, 1)[:, None]
    train, test = train_test_split(images, labels)
    return labelled_dataset(
        "lines",
        "oriented lines, 9x9",
        "The image's pixels, from 0 (paper) to 1 (ink).",
        CLASSES,
        train,
        test,
    )
