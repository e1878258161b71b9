"""Convolution as plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.nn.arrays import Array, Params, Shape
from server.nn.ops.loops import Loops
from server.nn.ops.loops.signs import SIGNS, factors, through_sign

if TYPE_CHECKING:
    from server.nn.ops.conv import Conv2d


def conv2d_forward(op: Conv2d, x: Array, params: Params, index: Shape) -> float:
    x, w = factors(op, x, params["w"])
    b = params["b"]
    (kh, kw), (sh, sw), (dh, dw) = op.kernel, op.stride, op.dilation
    _, height, width = x.shape
    (ph, _), (pw, _) = op.pads(x.shape)
    f, p, q = index
    channels = w.shape[1]
    first = f // (op.filters // op.groups) * channels  # the first channel of the filter's group
    total = b[f]
    for c in range(channels):
        for u in range(kh):
            for v in range(kw):
                i = p * sh + u * dh - ph
                j = q * sw + v * dw - pw
                if 0 <= i < height and 0 <= j < width:  # padding adds nothing
                    total += x[first + c, i, j] * w[f, c, u, v]
    return float(total)


def conv2d_backward(op: Conv2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, w = factors(op, x, params["w"])
    (kh, kw), (sh, sw), (dh, dw) = op.kernel, op.stride, op.dilation
    _, rows, columns = dout.shape
    (ph, _), (pw, _) = op.pads(x.shape)
    c, i, j = index
    group, own = divmod(c, w.shape[1])  # the group that the channel belongs to, and its place there
    filters = op.filters // op.groups
    total = 0.0
    for f in range(group * filters, (group + 1) * filters):
        for u in range(kh):
            for v in range(kw):
                # The window that looks at this cell with its weight (u, v), if there is one.
                p, down = divmod(i + ph - u * dh, sh)
                q, across = divmod(j + pw - v * dw, sw)
                if down == 0 and across == 0 and 0 <= p < rows and 0 <= q < columns:
                    total += dout[f, p, q] * w[f, own, u, v]
    return float(total * through_sign(op.binary == "both", x[index]))


def conv2d_dw(op: Conv2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    x, _ = factors(op, x, params["w"])
    _, rows, columns, batch = dout.shape
    channels, height, width, _ = x.shape
    (ph, _), (pw, _) = op.pads(x.shape[:3])
    (sh, sw), (dh, dw) = op.stride, op.dilation
    f, c, u, v = index
    # The first channel of the filter's group.
    first = f // (op.filters // op.groups) * (channels // op.groups)
    total = 0.0
    for n in range(batch):
        for p in range(rows):
            for q in range(columns):
                i = p * sh + u * dh - ph
                j = q * sw + v * dw - pw
                if 0 <= i < height and 0 <= j < width:  # padding adds nothing
                    total += dout[f, p, q, n] * x[first + c, i, j, n]
    return float(total * through_sign(op.binary != "no", params["w"][index]))


def conv2d_db(op: Conv2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, rows, columns, batch = dout.shape
    (f,) = index
    total = 0.0
    for n in range(batch):
        for p in range(rows):
            for q in range(columns):
                total += dout[f, p, q, n]
    return float(total)


CONV2D = Loops(conv2d_forward, conv2d_backward, saved=SIGNS, gradients={"w": conv2d_dw, "b": conv2d_db})
