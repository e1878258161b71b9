"""Arrays as messages and as JSON. Arrays keep their bits; JSON numbers are always finite.

A picture has dozens of tensors, and a message object for each costs more time than its numbers. Therefore
lists of tensors are written as JSON directly, and the limits of all their tensors are found together.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from server.nn.arrays import Shape
from server.wire.messages.arrays import TypedArray

Numbers = NDArray[Any]
Limits = tuple[float | None, float | None, int]
"""The minimum and the maximum of the finite cells (None without any), and the number of all others."""
_DTYPES: dict[str, Literal["f4", "f8", "i4", "u1"]] = {
    "f4": "f4",
    "f8": "f8",
    "i1": "i4",
    "i2": "i4",
    "i4": "i4",
    "i8": "i4",
    "b1": "u1",
    "u1": "u1",
}


def typed_array(array: Numbers) -> TypedArray:
    """An array as little-endian bytes in row-major order.

    Floats keep their dtype, integers become i4, booleans u1. Raises KeyError for other dtypes.
    """
    dtype = _DTYPES[array.dtype.str[1:]]
    return TypedArray(dtype=dtype, shape=_shape(array.shape), bdata=_bytes(array, dtype).decode())


def typed_json(array: Numbers) -> bytes:
    """The JSON of `typed_array`."""
    dtype = _DTYPES[array.dtype.str[1:]]
    return b'%b%b"}' % (_typed_head(dtype, array.shape), _bytes(array, dtype))


def limits(cells: Numbers) -> Limits:
    """The limits of the cells of an array, which may be empty."""
    if cells.size:
        # NaN and infinity show in these two, so that most tensors need no mask.
        minimum, maximum = float(cells.min()), float(cells.max())
        if isfinite(minimum) and isfinite(maximum):
            return minimum, maximum, 0
    finite = cells[np.isfinite(cells)]
    if not finite.size:
        return None, None, cells.size
    return float(finite.min()), float(finite.max()), cells.size - finite.size


def limits_of_each(arrays: Sequence[Numbers]) -> list[Limits]:
    """The limits of each of several arrays. None is empty."""
    if not arrays:
        return []
    # One pass over all of them: calls of NumPy cost more than the cells of small tensors.
    cells = np.concatenate([array.ravel() for array in arrays])
    starts = np.cumsum([0, *(array.size for array in arrays[:-1])])
    least = np.minimum.reduceat(cells, starts).tolist()
    most = np.maximum.reduceat(cells, starts).tolist()
    return [
        (float(minimum), float(maximum), 0) if isfinite(minimum) and isfinite(maximum) else limits(array)
        for array, minimum, maximum in zip(arrays, least, most, strict=True)
    ]


def tensors_json(
    names: Iterable[str], data: Iterable[bytes], limits: Iterable[Limits], more: bytes = b""
) -> bytes:
    """The JSON of several tensors. `data` is the JSON of their data, `more` that of more members of each."""
    return b"[%b]" % b",".join(
        b'%b%b,"minimum":%b,"maximum":%b,"nonfinite":%d%b}'
        % (_tensor_head(name), numbers, _number(minimum), _number(maximum), nonfinite, more)
        for name, numbers, (minimum, maximum, nonfinite) in zip(names, data, limits, strict=True)
    )


def with_member(message: bytes, name: str, value: bytes) -> bytes:
    """The JSON of an object with one more member at its end."""
    return b'%b,"%b":%b}' % (message[:-1], name.encode(), value)


def base64_of(array: Numbers) -> bytes:
    """The bytes of a contiguous array as base64."""
    return base64.b64encode(array.data)


def _bytes(array: Numbers, dtype: str) -> bytes:
    return base64_of(np.ascontiguousarray(array, dtype=f"<{dtype}"))


def _number(value: float | None) -> bytes:
    return b"null" if value is None else repr(value).encode()


@lru_cache(maxsize=4096)
def _tensor_head(name: str) -> bytes:
    return b'{"name":%b,"data":' % json.dumps(name).encode()


@lru_cache(maxsize=1024)
def _typed_head(dtype: str, shape: Shape) -> bytes:
    return b'{"dtype":"%b","shape":"%b","bdata":"' % (dtype.encode(), _shape(shape).encode())


def _shape(shape: Shape) -> str:
    return ", ".join(map(str, shape))
