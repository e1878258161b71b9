"""The data set "digits": 1,797 scanned handwritten digits, 8x8, which scikit-learn ships.

They are the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, UCI 1998). NIST's
programs brought each digit to a bitmap of 32x32 pixels. A pixel here is the number of ink pixels in a block
of 4x4, from 0 to 16.
"""

from server.data.dataset import Dataset, labelled_dataset
from server.data.split import train_test_split

BLOCK_PIXELS = 16


def digits() -> Dataset:
    """1,437 images for training and 360 for testing, 0 (paper) to 1 (ink)."""
    from sklearn.datasets import load_digits

    source = load_digits()
    train, test = train_test_split(source.images[:, None] / BLOCK_PIXELS, source.target)
    return labelled_dataset(
        "digits",
        "handwritten digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink).",
        tuple("0123456789"),
        train,
        test,
    )
