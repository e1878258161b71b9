"""The data set "digits": 1,797 scanned handwritten digits, 8x8, which scikit-learn ships.

They are the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, UCI 1998). NIST's
programs brought each digit to a bitmap of 32x32 pixels. A pixel here is the number of ink pixels in a block
of 4x4, from 0 to 16.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from server.data.dataset import Dataset, labelled_dataset
from server.data.split import train_test_split

SIDE, BLOCK_PIXELS = 8, 16


def digits() -> Dataset:
    """1,437 images for training and 360 for testing, 0 (paper) to 1 (ink)."""
    table = np.loadtxt(_file(), delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 1, SIDE, SIDE), table[:, -1]
    train, test = train_test_split(images / BLOCK_PIXELS, labels)
    return labelled_dataset(
        "digits",
        "handwritten digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink).",
        tuple("0123456789"),
        train,
        test,
    )


def _file() -> Path:
    """The table of the digits in scikit-learn, which is not imported: that is slow.

    A row has 64 pixels and the label.
    """
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package scikit-learn is not installed: pip install scikit-learn")
    return Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
