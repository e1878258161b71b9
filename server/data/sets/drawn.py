"""The data set "drawn": 8x8 digits for networks that will read drawings and photos.

The training part consists of the scans of "digits" and of generated digits, which come with the package
(`server.data.sets.generated_digits`). The test part contains scans only.
"""

from pathlib import Path

import numpy as np

from server.data.dataset import Dataset, labelled_dataset
from server.data.sets.digits import BLOCK_PIXELS, SIDE, digits

FILE = Path(__file__).with_suffix(".npy")


def drawn() -> Dataset:
    """4,000 digits for training, 1,437 of them scans, and 360 scans for testing; the same on every call."""
    scans = digits()
    table = np.load(FILE)
    images, labels = table[:, :-1].reshape(-1, 1, SIDE, SIDE), table[:, -1]
    return labelled_dataset(
        "drawn",
        "drawn and scanned digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink), as of a drawing.",
        scans.classes,
        (
            np.concatenate([np.moveaxis(scans.train_x, -1, 0), images / BLOCK_PIXELS]),
            np.concatenate([scans.train_targets.argmax(axis=0), labels]),
        ),
        (np.ascontiguousarray(np.moveaxis(scans.test_x, -1, 0)), scans.test_targets.argmax(axis=0)),
    )
