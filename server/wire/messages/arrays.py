"""Arrays as bytes inside JSON."""

from typing import Literal

from server.frozen import Frozen


class TypedArray(Frozen):
    """An array in Plotly's typed-array convention: little-endian bytes as base64, shape as "8, 26, 26"."""

    dtype: Literal["f4", "f8", "i4", "u1"]
    shape: str
    bdata: str
