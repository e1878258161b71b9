"""The data set "signals": waves of 64 samples, as images of one row, for convolutions in one dimension."""

import numpy as np

from server.data.dataset import Dataset, labelled_dataset
from server.data.split import train_test_split

CLASSES = ("sine", "square", "sawtooth", "spike")
EXAMPLES, LENGTH, KEY = 480, 64, 902
NOISE = 0.06


def signals() -> Dataset:
    """384 signals for training and 96 for testing; the same on every call.

    Frequency, phase, amplitude and sign are random, so that no single sample separates the classes.
    """
    random = np.random.Generator(np.random.Philox(key=KEY))
    labels = np.arange(EXAMPLES) % len(CLASSES)

    def uniform(low: float, high: float) -> np.ndarray:
        return random.uniform(low, high, (EXAMPLES, 1))

    amplitude = uniform(0.5, 1.0) * random.choice([-1.0, 1.0], (EXAMPLES, 1))
    cycle = uniform(1.5, 4.0) * np.arange(LENGTH) / LENGTH + uniform(0, 1)
    centre, width = uniform(8, LENGTH - 8), uniform(1.0, 2.5)
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
    samples = amplitude * waves[labels, np.arange(EXAMPLES)] + noise
    train, test = train_test_split(samples[:, None, None], labels)
    return labelled_dataset(
        "signals",
        "signals, 64 samples",
        "The signal's samples, one after the other: about -1 to 1.",
        CLASSES,
        train,
        test,
        signed=True,
    )
