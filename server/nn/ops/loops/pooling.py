"""The poolings as plain loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.nn.arrays import Array, Params, Shape
from server.nn.ops.loops import Loops

if TYPE_CHECKING:
    from server.nn.ops.average_pool import AvgPool2d, GlobalAvgPool
    from server.nn.ops.max_pool import MaxPool2d


def maxpool2d_forward(op: MaxPool2d, x: Array, params: Params, index: Shape) -> float:
    (kh, kw), (sh, sw) = op.kernel, op.steps
    c, p, q = index
    largest = x[c, p * sh, q * sw]
    for u in range(kh):
        for v in range(kw):
            candidate = x[c, p * sh + u, q * sw + v]
            if candidate > largest:
                largest = candidate
    return float(largest)


def maxpool2d_winner(op: MaxPool2d, x: Array, params: Params, index: Shape) -> float:
    (kh, kw), (sh, sw) = op.kernel, op.steps
    c, p, q = index
    winner = 0
    largest = x[c, p * sh, q * sw]
    for u in range(kh):
        for v in range(kw):
            candidate = x[c, p * sh + u, q * sw + v]
            if candidate > largest:
                largest = candidate
                winner = u * kw + v
    return float(winner)


def maxpool2d_backward(op: MaxPool2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    (kh, kw), (sh, sw) = op.kernel, op.steps
    _, rows, columns = dout.shape
    c, i, j = index
    total = 0.0
    for p in range(rows):
        for q in range(columns):
            top, left = p * sh, q * sw
            if not (top <= i < top + kh and left <= j < left + kw):
                continue  # this window does not look at the cell
            winner = top, left
            for u in range(kh):
                for v in range(kw):
                    if x[c, top + u, left + v] > x[c, winner[0], winner[1]]:  # of equal cells, the first
                        winner = top + u, left + v
            if winner == (i, j):
                total += dout[c, p, q]
    return float(total)


def avgpool2d_forward(op: AvgPool2d, x: Array, params: Params, index: Shape) -> float:
    (kh, kw), (sh, sw) = op.kernel, op.steps
    c, p, q = index
    total = 0.0
    for u in range(kh):
        for v in range(kw):
            total += x[c, p * sh + u, q * sw + v]
    return float(total / (kh * kw))


def avgpool2d_backward(op: AvgPool2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    (kh, kw), (sh, sw) = op.kernel, op.steps
    _, rows, columns = dout.shape
    c, i, j = index
    total = 0.0
    for p in range(rows):
        for q in range(columns):
            top, left = p * sh, q * sw
            if top <= i < top + kh and left <= j < left + kw:
                total += dout[c, p, q] / (kh * kw)
    return float(total)


def globalavgpool_forward(op: GlobalAvgPool, x: Array, params: Params, index: Shape) -> float:
    _, height, width = x.shape
    (c,) = index
    total = 0.0
    for i in range(height):
        for j in range(width):
            total += x[c, i, j]
    return float(total / (height * width))


def globalavgpool_backward(op: GlobalAvgPool, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, height, width = x.shape
    return float(dout[index[0]] / (height * width))


MAX_POOL = Loops(maxpool2d_forward, maxpool2d_backward, saved={"winner": maxpool2d_winner})
AVERAGE_POOL = Loops(avgpool2d_forward, avgpool2d_backward)
GLOBAL_AVERAGE_POOL = Loops(globalavgpool_forward, globalavgpool_backward)
