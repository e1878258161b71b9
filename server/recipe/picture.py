"""Pictures that a person makes: checked, encoded as text, and converted to the numbers of a data set."""

import base64
import re
from functools import lru_cache

import numpy as np

from server.data.dataset import Dataset, Stored
from server.errors import Refusal
from server.nn.arrays import Array, number_text, shape_text, size

NUMBER = np.dtype("<f2")
"""The type of a picture's numbers: exact for the 16 or 256 shades of drawn and scanned digits."""

BASE64URL = re.compile("[A-Za-z0-9_-]*")


class UnfitPicture(Refusal):
    """A picture that cannot be an input of a data set."""

    field = "picture"


def checked(dataset: Dataset, numbers: Array) -> Array:
    """The numbers (*shape) of a picture, rounded to half precision, as float64.

    UnfitPicture when the shape is not that of the data set, or a number is outside the data set's range.
    """
    if numbers.shape != dataset.shape:
        raise UnfitPicture(
            f"The picture is {shape_text(numbers.shape) or 'a single number'}; those of {dataset.name} are "
            f"{shape_text(dataset.shape)}."
        )
    least, most = _limits(dataset)
    # NaN fails both comparisons.
    if not ((numbers >= least) & (numbers <= most)).all():
        raise UnfitPicture(
            f"The numbers of a picture of {dataset.name} lie between {number_text(least)} and "
            f"{number_text(most)}, and all of them are finite."
        )
    return numbers.astype(NUMBER).astype(np.float64)


def encoded(picture: Array) -> str:
    """The picture as base64url text without padding. The picture is one that `checked` returns."""
    return base64.urlsafe_b64encode(picture.astype(NUMBER).tobytes()).decode().rstrip("=")


def decoded(dataset: Dataset, text: str) -> Array:
    """The inverse of `encoded`: numbers (*shape), float64. UnfitPicture."""
    # One character more than a multiple of four has 6 bits: less than a byte.
    if not BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise UnfitPicture("A picture is base64url: letters, digits, - and _, four for each three bytes.")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(data) != (wanted := NUMBER.itemsize * size(dataset.shape)):
        raise UnfitPicture(
            f"The picture has {len(data):,} bytes; a {shape_text(dataset.shape)} of {dataset.name} has "
            f"{wanted:,}: {NUMBER.itemsize} for each number."
        )
    return checked(dataset, np.frombuffer(data, NUMBER).reshape(dataset.shape))


def stored(dataset: Dataset, picture: Array) -> Stored:
    """The picture in the data set's storage type, rounded where that is an integer type."""
    numbers = picture / dataset.scale
    kind = dataset.train_x.dtype
    return (numbers.round() if kind.kind in "iu" else numbers).astype(kind)


@lru_cache(maxsize=8)
def _limits(dataset: Dataset) -> tuple[float, float]:
    """The least and the largest number that a picture may have: 0 and 1, or wider where the data set is."""
    train = dataset.train_x
    most = max(1.0, dataset.scale * float(train.max()), -dataset.scale * float(train.min()))
    return (-most if dataset.signed else 0.0), most
