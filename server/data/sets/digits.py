"""Handwritten digits, 8x8: 1,797 real ones, shipped inside scikit-learn (UCI "Optical Recognition of
Handwritten Digits", Alpaydin and Kaynak 1998)."""

from server.data.dataset import Dataset, classified, divided

BRIGHTEST = 16


def digits() -> Dataset:
    """The digits, 0 (paper) to 1 (ink), 1437 to train with and 360 to test with."""
    from sklearn.datasets import load_digits

    source = load_digits()
    train, test = divided(source.images[:, None] / BRIGHTEST, source.target)
    return classified(
        "digits",
        "handwritten digits, 8x8",
        "The image's pixels, from 0 (paper) to 1 (ink).",
        tuple("0123456789"),
        train,
        test,
    )
