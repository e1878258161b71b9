"""Batch normalisation as plain loops, over all examples of a batch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from server.nn.arrays import Array, Params, Shape
from server.nn.ops.loops import Loops

if TYPE_CHECKING:
    from server.nn.ops.batchnorm import BatchNorm


def batch_statistics(channel: Array) -> tuple[float, float]:
    total = 0.0
    for number in channel.ravel():  # every cell of the channel, in every example
        total += number
    mean = total / channel.size
    total = 0.0
    for number in channel.ravel():
        total += (number - mean) ** 2
    return mean, total / channel.size


def batchnorm_mean(op: BatchNorm, x: Array, params: Params, index: Shape) -> float:
    mean, _ = batch_statistics(x[index[0]])
    return float(mean)


def batchnorm_var(op: BatchNorm, x: Array, params: Params, index: Shape) -> float:
    _, var = batch_statistics(x[index[0]])
    return float(var)


def batchnorm_xhat(op: BatchNorm, x: Array, params: Params, index: Shape) -> float:
    mean, var = batch_statistics(x[index[0]])
    return float((x[index] - mean) / math.sqrt(var + op.eps))


def batchnorm_forward(op: BatchNorm, x: Array, params: Params, index: Shape) -> float:
    w, b = params["w"], params["b"]
    mean, var = batch_statistics(x[index[0]])
    xhat = (x[index] - mean) / math.sqrt(var + op.eps)
    return float(w[index[0]] * xhat + b[index[0]])


def batchnorm_backward(op: BatchNorm, dout: Array, x: Array, params: Params, index: Shape) -> float:
    w, channel, upstream = params["w"][index[0]], x[index[0]], dout[index[0]]
    mean, var = batch_statistics(channel)
    deviation = math.sqrt(var + op.eps)
    xhat = (x[index] - mean) / deviation
    total = dout[index] * w / deviation  # through the number itself; then through the mean and the variance
    for number, gradient in zip(channel.ravel(), upstream.ravel(), strict=True):
        other = (number - mean) / deviation
        total -= gradient * w * (1 + xhat * other) / channel.size / deviation
    return float(total)


def batchnorm_dw(op: BatchNorm, dout: Array, x: Array, params: Params, index: Shape) -> float:
    channel, upstream = x[index[0]], dout[index[0]]
    mean, var = batch_statistics(channel)
    deviation = math.sqrt(var + op.eps)
    total = 0.0
    for number, gradient in zip(channel.ravel(), upstream.ravel(), strict=True):
        total += gradient * (number - mean) / deviation
    return float(total)


def batchnorm_db(op: BatchNorm, dout: Array, x: Array, params: Params, index: Shape) -> float:
    upstream = dout[index[0]]
    total = 0.0
    for gradient in upstream.ravel():
        total += gradient
    return float(total)


def batchnorm_running_mean(op: BatchNorm, running: Params, x: Array, index: Shape) -> float:
    mean, _ = batch_statistics(x[index[0]])
    return float((1 - op.momentum) * running["running_mean"][index] + op.momentum * mean)


def batchnorm_running_var(op: BatchNorm, running: Params, x: Array, index: Shape) -> float:
    count = x[index[0]].size
    _, var = batch_statistics(x[index[0]])
    unbiased = var * count / (count - 1) if count > 1 else var
    return float((1 - op.momentum) * running["running_var"][index] + op.momentum * unbiased)


BATCH_NORM = Loops(
    batchnorm_forward,
    batchnorm_backward,
    saved={"mean": batchnorm_mean, "var": batchnorm_var, "xhat": batchnorm_xhat},
    gradients={"w": batchnorm_dw, "b": batchnorm_db},
    running={"running_mean": batchnorm_running_mean, "running_var": batchnorm_running_var},
)
