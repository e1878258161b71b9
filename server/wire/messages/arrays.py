"""Arrays in JSON."""

from typing import Literal

from server.frozen import Frozen


class TypedArray(Frozen):
    """An array in the form of Plotly's typed arrays: little-endian bytes in row-major order as base64, and a
    shape such as "8, 26, 26"."""

    dtype: Literal["f4", "f8", "i4", "u1"]
    shape: str
    bdata: str
