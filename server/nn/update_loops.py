"""Every update once more as plain arithmetic on one cell, beside the fast code in `server.nn.optimizers`.

`w`, `gradient` and the slots `before` are arrays of the parameter's shape; `index` are the coordinates of a
cell, `rate` is the learning rate in force, `number` that of the update, from 1.
"""

from collections.abc import Mapping
from math import sqrt

from server.nn.arrays import Array, Params, Shape
from server.nn.ops.loops import Loop
from server.nn.optimizers import SGD, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp


def clipped_gradient(optimizer: Optimizer, w: Array, dw: Array, scale: float, index: Shape) -> float:
    gradient = dw[index] * scale
    if optimizer.clip_value is not None:
        gradient = max(-optimizer.clip_value, min(optimizer.clip_value, gradient))
    gradient += optimizer.l2 * w[index]
    if w[index] > 0:
        gradient += optimizer.l1
    if w[index] < 0:
        gradient -= optimizer.l1
    return float(gradient)


def sgd_delta(
    optimizer: SGD, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(-rate * gradient[index] - rate * optimizer.weight_decay * w[index])


def velocity(
    optimizer: Momentum | Nesterov,
    w: Array,
    gradient: Array,
    before: Params,
    rate: float,
    number: int,
    index: Shape,
) -> float:
    return float(optimizer.momentum * before["velocity"][index] + gradient[index])


def momentum_delta(
    optimizer: Momentum, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    speed = velocity(optimizer, w, gradient, before, rate, number, index)
    return float(-rate * speed)


def nesterov_delta(
    optimizer: Nesterov, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    speed = velocity(optimizer, w, gradient, before, rate, number, index)
    return float(-rate * (gradient[index] + optimizer.momentum * speed))


def rmsprop_v(
    optimizer: RMSProp, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(optimizer.alpha * before["v"][index] + (1 - optimizer.alpha) * gradient[index] ** 2)


def rmsprop_step(
    optimizer: RMSProp, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    v = rmsprop_v(optimizer, w, gradient, before, rate, number, index)
    return float(rate / (sqrt(v) + optimizer.eps))


def rmsprop_delta(
    optimizer: RMSProp, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    step = rmsprop_step(optimizer, w, gradient, before, rate, number, index)
    return float(-step * gradient[index])


def adam_m(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(optimizer.beta1 * before["m"][index] + (1 - optimizer.beta1) * gradient[index])


def adam_v(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    return float(optimizer.beta2 * before["v"][index] + (1 - optimizer.beta2) * gradient[index] ** 2)


def adam_m_hat(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    m = adam_m(optimizer, w, gradient, before, rate, number, index)
    return float(m / (1 - optimizer.beta1**number))


def adam_v_hat(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    v = adam_v(optimizer, w, gradient, before, rate, number, index)
    return float(v / (1 - optimizer.beta2**number))


def adam_step(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    v_hat = adam_v_hat(optimizer, w, gradient, before, rate, number, index)
    return float(rate / (sqrt(v_hat) + optimizer.eps))


def adam_delta(
    optimizer: Adam, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    m_hat = adam_m_hat(optimizer, w, gradient, before, rate, number, index)
    step = adam_step(optimizer, w, gradient, before, rate, number, index)
    return float(-step * m_hat)


def adamw_delta(
    optimizer: AdamW, w: Array, gradient: Array, before: Params, rate: float, number: int, index: Shape
) -> float:
    change = adam_delta(optimizer, w, gradient, before, rate, number, index)
    return float(change - rate * optimizer.weight_decay * w[index])


_ADAM: Mapping[str, Loop] = {
    "m": adam_m,
    "v": adam_v,
    "m_hat": adam_m_hat,
    "v_hat": adam_v_hat,
    "step": adam_step,
    "delta": adam_delta,
}

OPTIMIZER_LOOPS: Mapping[str, Mapping[str, Loop]] = {
    "sgd": {"delta": sgd_delta},
    "momentum": {"velocity": velocity, "delta": momentum_delta},
    "nesterov": {"velocity": velocity, "delta": nesterov_delta},
    "rmsprop": {"v": rmsprop_v, "step": rmsprop_step, "delta": rmsprop_delta},
    "adam": _ADAM,
    "adamw": {**_ADAM, "delta": adamw_delta},
}
"""By the optimizer's kind and its step, or "delta".

Each is called as `loop(optimizer, w, gradient, before, rate, number, index)`.
"""
