"""Coloured shapes, 32x32 in three colours: what counts is the shape, the colours say nothing."""

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset, classified, divided

CLASSES = ("circle", "square", "triangle", "cross")
EXAMPLES, SIDE, KEY = 800, 32, 903
GRAIN = 0.02
WHITE = 255

Floats = NDArray[np.float64]


def shapes() -> Dataset:
    """640 images to train with and 160 to test with, three channels (red, green, blue), stored as bytes; the
    same ones every time. Place, size, turn and both colours of each vary."""
    random = np.random.Generator(np.random.Philox(key=KEY))
    labels = np.arange(EXAMPLES) % len(CLASSES)

    def drawn(low: float, high: float, *shape: int) -> Floats:
        return random.uniform(low, high, (EXAMPLES, *shape))

    size, turn, centre = drawn(7, 11), drawn(0, 2 * np.pi), drawn(-4, 4, 2)
    row, column = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    down, right = row - centre[:, 0, None, None], column - centre[:, 1, None, None]
    cosine, sine = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    inside = _inside(cosine * right + sine * down, cosine * down - sine * right, size[:, None, None])
    covered = np.clip(inside[labels, np.arange(EXAMPLES)] + 0.5, 0, 1)[:, None]
    ground, colour = drawn(0, 0.35, 3, 1, 1), drawn(0.1, 0.9, 3, 1, 1)
    # One of the three colours is strong, so that the shape stands out from its ground.
    strong = random.integers(0, 3, EXAMPLES)
    colour[np.arange(EXAMPLES), strong] = drawn(0.75, 1.0, 1, 1)
    grain = GRAIN * random.standard_normal((EXAMPLES, 3, SIDE, SIDE))
    images = np.clip(ground + covered * (colour - ground) + grain, 0, 1)
    train, test = divided((images * WHITE).round().astype(np.uint8), labels)
    return classified(
        "shapes",
        "coloured shapes, 32x32",
        "The image's red, green and blue, from 0 (dark) to 1 (bright).",
        CLASSES,
        train,
        test,
        scale=1 / WHITE,
    )


def _inside(u: Floats, v: Floats, size: Floats) -> Floats:
    """How far the points (u, v) lie inside each class's shape of a `size`, about in pixels."""
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
