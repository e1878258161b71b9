"""Arrays of messages, as NumPy arrays."""

import base64
import binascii
from math import prod

import numpy as np

from server.nn.arrays import Array
from server.recipe.picture import UnfitPicture
from server.recipe.quoting import quoted
from server.wire.messages.arrays import TypedArray

MOST_AXES = 3


def picture(typed: TypedArray) -> Array:
    """The picture as float64. Raises UnfitPicture where shape, dtype and bytes do not agree."""
    try:
        shape = tuple(int(side) for side in typed.shape.split(","))
    except ValueError:
        shape = ()
    if not 1 <= len(shape) <= MOST_AXES or min(shape) < 1:
        raise UnfitPicture(
            f'The shape of a picture is written as "1, 28, 28", in up to {MOST_AXES} numbers, not '
            f"{quoted(typed.shape)}."
        )
    try:
        data = base64.b64decode(typed.bdata, validate=True)
    except (binascii.Error, ValueError):
        raise UnfitPicture("The numbers of a picture, bdata, are bytes in base64.") from None
    dtype = np.dtype(f"<{typed.dtype}")
    if len(data) != prod(shape) * dtype.itemsize:
        raise UnfitPicture(
            f"The picture has {len(data):,} bytes, and its shape and dtype make "
            f"{prod(shape) * dtype.itemsize:,}."
        )
    numbers: Array = np.frombuffer(data, dtype).reshape(shape).astype(np.float64)
    return numbers
