"""The data set "shapes": coloured shapes, 32x32. The class is the shape; the colours are random."""

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset, labelled_dataset
from server.data.split import train_test_split

CLASSES = ("circle", "square", "triangle", "cross")
EXAMPLES, SIDE, KEY = 800, 32, 903
NOISE = 0.02
WHITE = 255

Floats = NDArray[np.float64]


def shapes() -> Dataset:
    """640 images for training and 160 for testing, stored as uint8; the same on every call.

    The channels are red, green and blue. Position, size, rotation and both colours are random.
    """
    random = np.random.Generator(np.random.Philox(key=KEY))
    labels = np.arange(EXAMPLES) % len(CLASSES)

    def uniform(low: float, high: float, *shape: int) -> Floats:
        return random.uniform(low, high, (EXAMPLES, *shape))

    size, angle, centre = uniform(7, 11), uniform(0, 2 * np.pi), uniform(-4, 4, 2)
    row, column = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    down, right = row - centre[:, 0, None, None], column - centre[:, 1, None, None]
    cosine, sine = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    inside = _depth_inside(cosine * right + sine * down, cosine * down - sine * right, size[:, None, None])
    covered = np.clip(inside[labels, np.arange(EXAMPLES)] + 0.5, 0, 1)[:, None]
    background, colour = uniform(0, 0.35, 3, 1, 1), uniform(0.1, 0.9, 3, 1, 1)
    # One channel is strong, so that the shape stands out from the background.
    strong = random.integers(0, 3, EXAMPLES)
    colour[np.arange(EXAMPLES), strong] = uniform(0.75, 1.0, 1, 1)
    noise = NOISE * random.standard_normal((EXAMPLES, 3, SIDE, SIDE))
    images = np.clip(background + covered * (colour - background) + noise, 0, 1)
    train, test = train_test_split((images * WHITE).round().astype(np.uint8), labels)
    return labelled_dataset(
        "shapes",
        "coloured shapes, 32x32",
        "The image's red, green and blue, from 0 (dark) to 1 (bright).",
        CLASSES,
        train,
        test,
        scale=1 / WHITE,
    )


def _depth_inside(u: Floats, v: Floats, size: Floats) -> Floats:
    """The approximate distance, in pixels, of points (u, v) to the outline of each class's shape: positive
    inside. The result is (classes, *u.shape)."""
    arm = size / 3
    long, wide = size - np.abs(u), size - np.abs(v)
    short, thin = arm - np.abs(u), arm - np.abs(v)
    lean = 3**0.5 / 2
    return np.stack(
        [
            0.9 * size - np.hypot(u, v),
            0.8 * size - np.maximum(np.abs(u), np.abs(v)),
            size / 2 - np.maximum(v, lean * np.abs(u) - v / 2),
            np.maximum(np.minimum(long, thin), np.minimum(short, wide)),
        ]
    )
