"""Convolution and pooling as plain loops that follow their definitions."""

import numpy as np

from server.nn.arrays import Array
from server.nn.ops import AvgPool2d, Conv2d, MaxPool2d


def conv(op: Conv2d, x: Array, w: Array, b: Array, dout: Array) -> tuple[Array, Array, Array, Array]:
    """out, dx, dw and db of a batch (C, H, W, N).

    The signs of binary operands are multiplied. Gradients pass a sign where the number is from -1 to 1.
    """
    open_w, open_x = np.ones_like(w), np.ones_like(x)
    if op.binary != "no":
        w, open_w = np.where(w < 0, -1.0, 1.0), 1.0 * (np.abs(w) <= 1)
    if op.binary == "both":
        x, open_x = np.where(x < 0, -1.0, 1.0), 1.0 * (np.abs(x) <= 1)
    (top, bottom), (left, right) = op.pads(x.shape[:3])
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    out, dpadded, dw, db = np.zeros_like(dout), np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    (kh, kw), (sh, sw), (dh, dw_) = op.kernel, op.stride, op.dilation
    own = x.shape[0] // op.groups
    for f, p, q, n in np.ndindex(dout.shape):
        first = f // (op.filters // op.groups) * own
        down = slice(p * sh, p * sh + (kh - 1) * dh + 1, dh)
        across = slice(q * sw, q * sw + (kw - 1) * dw_ + 1, dw_)
        window = np.s_[first : first + own, down, across, n]
        out[f, p, q, n] = (padded[window] * w[f]).sum() + b[f]
        dpadded[window] += dout[f, p, q, n] * w[f]
        dw[f] += dout[f, p, q, n] * padded[window]
        db[f] += dout[f, p, q, n]
    dx = dpadded[:, top : top + x.shape[1], left : left + x.shape[2]]
    return out, dx * open_x, dw * open_w, db


def average(op: AvgPool2d, x: Array, dout: Array) -> tuple[Array, Array]:
    """out and dx of a batch (C, H, W, N)."""
    out, dx = np.zeros_like(dout), np.zeros_like(x)
    (kh, kw), (sh, sw) = op.kernel, op.steps
    for c, p, q, n in np.ndindex(dout.shape):
        window = np.s_[c, p * sh : p * sh + kh, q * sw : q * sw + kw, n]
        out[c, p, q, n] = x[window].mean()
        dx[window] += dout[c, p, q, n] / (kh * kw)
    return out, dx


def pool(op: MaxPool2d, x: Array, dout: Array) -> tuple[Array, Array, Array]:
    """out, winner and dx of a batch (C, H, W, N)."""
    out, winner, dx = np.zeros_like(dout), np.zeros(dout.shape, np.int32), np.zeros_like(x)
    (kh, kw), (sh, sw) = op.kernel, op.steps
    for c, p, q, n in np.ndindex(dout.shape):
        window = x[c, p * sh : p * sh + kh, q * sw : q * sw + kw, n]
        first = int(window.argmax())
        u, v = divmod(first, kw)
        out[c, p, q, n], winner[c, p, q, n] = window[u, v], first
        dx[c, p * sh + u, q * sw + v, n] += dout[c, p, q, n]
    return out, winner, dx
