"""Signals: 64 samples of a wave each, as an image of one row, for convolutions along a line."""

import numpy as np

from server.data.dataset import Dataset, classified, divided

CLASSES = ("sine", "square", "sawtooth", "spike")
EXAMPLES, LENGTH, KEY = 480, 64, 902
NOISE = 0.06


def signals() -> Dataset:
    """384 signals to train with and 96 to test with, the same ones every time.

    Cycles, phase, height and side of each vary, so that no single sample tells one class from another.
    """
    random = np.random.Generator(np.random.Philox(key=KEY))
    labels = np.arange(EXAMPLES) % len(CLASSES)

    def drawn(low: float, high: float) -> np.ndarray:
        return random.uniform(low, high, (EXAMPLES, 1))

    height = drawn(0.5, 1.0) * random.choice([-1.0, 1.0], (EXAMPLES, 1))
    cycle = drawn(1.5, 4.0) * np.arange(LENGTH) / LENGTH + drawn(0, 1)
    centre, width = drawn(8, LENGTH - 8), drawn(1.0, 2.5)
    sine = np.sin(2 * np.pi * cycle)
    waves = np.stack(
        [
            sine,
            np.where(sine >= 0, 1.0, -1.0),
            2 * (cycle % 1) - 1,
            np.exp(-(((np.arange(LENGTH) - centre) / width) ** 2)),
        ]
    )
    noise = NOISE * random.standard_normal((EXAMPLES, LENGTH))
    chosen = height * waves[labels, np.arange(EXAMPLES)] + noise
    train, test = divided(chosen[:, None, None], labels)
    return classified(
        "signals",
        "signals, 64 samples",
        "The signal's samples, one after the other: about -1 to 1.",
        CLASSES,
        train,
        test,
        signed=True,
    )
