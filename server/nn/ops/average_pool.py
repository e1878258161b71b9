"""Average pooling: of windows, and of whole channels."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import (
    NOTHING,
    Array,
    Cells,
    Params,
    Shape,
    extent_text,
    number_text,
    shape_text,
    size,
    union,
)
from server.nn.ops.loops import Loops
from server.nn.ops.loops import pooling as pooling_loops
from server.nn.ops.op import Form, Op, ShapeError
from server.nn.ops.pool import Pool2d
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class AvgPool2d(Pool2d):
    """The mean of every window: (C, H, W) -> (C, P, Q)."""

    kind: Literal["avgpool2d"] = "avgpool2d"

    stem: ClassVar[str] = "pool"
    title: ClassVar[str] = "Average-pool"
    loops: ClassVar[Loops] = pooling_loops.AVERAGE_POOL
    formula: ClassVar[str] = "out[c,p,q] = 1/(KH·KW) · Σ x[c,p·s+u,q·s+v]"
    forward_text: ClassVar[str] = "The mean of each window goes on."
    backward_text: ClassVar[str] = (
        "The blame is shared out: each cell of a window gets the same part of its gradient."
    )

    def __str__(self) -> str:
        return f"average-pool {shape_text(self.kernel)}"

    def summary(self, in_shape: Shape) -> str:
        return f"{self.windows_text(in_shape)}, their mean"

    def forward_words(self, in_shape: Shape) -> str:
        return f"The mean of each {extent_text(self.kernel)} window goes on."

    def backward_words(self, in_shape: Shape) -> str:
        return (
            f"The blame is shared out: each cell of a window gets 1/{self.fan_in(in_shape)} of its gradient."
        )

    def slope_text(self, in_shape: Shape) -> str | None:
        return _part(self.fan_in(in_shape))

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        out = np.add.reduce(self.cells(x), axis=0)
        out *= x.dtype.type(1 / self.fan_in(x.shape[:3]))
        return out, {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        share = dout * dout.dtype.type(1 / self.fan_in(x.shape[:3]))
        everywhere = np.broadcast_to(share, (self.fan_in(x.shape[:3]), *share.shape))
        return self.sent_back(everywhere, x.shape[:3]), {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        window = self.under(cells, x.shape)
        return Reads(x=window, slope=np.full(window.shape, 1 / window.shape[1], x.dtype))

    def out_words(self, inputs: Array, slopes: Array) -> str:
        return _mean_words(inputs, "its window")

    def dx_words(self, x: float, slopes: Array) -> str:
        count = self.kernel[0] * self.kernel[1]
        if len(slopes) == 1:
            return f"{_share_words(count, 'window')} its upstream gradient."
        return (
            f"{len(slopes)} windows look at this cell, which is one of {count} in each: it gets 1/{count} of "
            "the upstream gradient of each."
        )


@dataclass(frozen=True, slots=True)
class GlobalAvgPool(Op):
    """The mean of every channel, for images of any size: (C, H, W) -> (C,)."""

    kind: Literal["globalavgpool"] = "globalavgpool"

    stem: ClassVar[str] = "gap"
    title: ClassVar[str] = "Global average-pool"
    form: ClassVar[Form] = "windows"
    loops: ClassVar[Loops] = pooling_loops.GLOBAL_AVERAGE_POOL
    formula: ClassVar[str] = "out[c] = 1/(H·W) · Σ x[c,h,w]"
    forward_text: ClassVar[str] = "Each map becomes one number: its mean."
    backward_text: ClassVar[str] = (
        "The blame is shared out: each cell of a map gets the same part of its gradient."
    )

    def __str__(self) -> str:
        return "global average-pool"

    def out_shape(self, in_shape: Shape) -> Shape:
        if len(in_shape) != 3:
            raise ShapeError(f"got {shape_text(in_shape)}, but needs images: channels x rows x columns.")
        return (in_shape[0],)

    def summary(self, in_shape: Shape) -> str:
        return f"the mean of each of {in_shape[0]:,} maps"

    def signed(self, in_signed: bool) -> bool:
        return in_signed

    def fan_in(self, in_shape: Shape) -> int:
        return size(in_shape[1:])

    def backward_words(self, in_shape: Shape) -> str:
        return f"The blame is shared out: each cell of a map gets 1/{self.fan_in(in_shape)} of its gradient."

    def slope_text(self, in_shape: Shape) -> str | None:
        return _part(self.fan_in(in_shape))

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        return x.mean(axis=(1, 2)), {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        share = dout * dout.dtype.type(1 / self.fan_in(x.shape[:3]))
        dx = np.empty(x.shape, dout.dtype)
        dx[...] = share[:, None, None]
        return dx, {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        plane = self.fan_in(x.shape)
        channel = plane * cells[:, None] + np.arange(plane)
        return Reads(x=channel, slope=np.full(channel.shape, 1 / plane, x.dtype))

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        return union(cells // self.fan_in(in_shape), in_shape[0])

    def out_words(self, inputs: Array, slopes: Array) -> str:
        return _mean_words(inputs, "its channel")

    def dx_words(self, x: float, slopes: Array) -> str:
        return f"{_share_words(round(1 / float(slopes[0])), 'channel')} its upstream gradient."


def _part(count: int) -> str | None:
    return f"1/{count}" if count > 1 else None


def _mean_words(inputs: Array, of: str) -> str:
    if len(inputs) == 1:
        return f"The only cell of {of} is its own mean: it goes through."
    return (
        f"The mean of the {len(inputs):,} cells of {of}, {number_text(float(inputs.mean()))}, goes through."
    )


def _share_words(count: int, whole: str) -> str:
    if count == 1:
        return f"This cell is all of its {whole}: it gets all of"
    return f"This cell is one of the {count:,} of its {whole}, which all count alike: it gets 1/{count:,} of"
