"""The losses once more as plain loops, for the lens to compare with: each function makes one number."""

from collections.abc import Mapping

import numpy as np

from server.nn.arrays import Array, Shape
from server.nn.ops.loops import Loop


def softmax_probability(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    largest = max(out)
    total = 0.0
    for j in range(len(out)):
        total += np.exp(out[j] - largest)
    return float(np.exp(out[k] - largest) / total)


def cross_entropy_loss(out: Array, target: Array, batch: int, index: Shape) -> float:
    largest = max(out)
    total = 0.0
    for j in range(len(out)):
        total += np.exp(out[j] - largest)
    loss = 0.0
    for k in range(len(out)):
        loss += target[k] * (np.log(total) - (out[k] - largest))
    return float(loss)


def cross_entropy_dout(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    largest = max(out)
    total = 0.0
    for j in range(len(out)):
        total += np.exp(out[j] - largest)
    probability = np.exp(out[k] - largest) / total
    return float((probability * sum(target) - target[k]) / batch)


def binary_probability(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    return float(1 / (1 + np.exp(-out[k])))


def binary_cross_entropy_loss(out: Array, target: Array, batch: int, index: Shape) -> float:
    loss = 0.0
    for k in range(len(out)):
        loss += target[k] * np.logaddexp(0, -out[k])
        loss += (1 - target[k]) * np.logaddexp(0, out[k])
    return float(loss)


def binary_cross_entropy_dout(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    probability = 1 / (1 + np.exp(-out[k]))
    return float((probability - target[k]) / batch)


def mean_squared_error_loss(out: Array, target: Array, batch: int, index: Shape) -> float:
    total = 0.0
    for k in range(len(out)):
        total += (out[k] - target[k]) ** 2
    return float(total / len(out))


def mean_squared_error_dout(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    return float(2 * (out[k] - target[k]) / len(out) / batch)


def root_mean_squared_error_loss(out: Array, target: Array, batch: int, index: Shape) -> float:
    total = 0.0
    for k in range(len(out)):
        total += (out[k] - target[k]) ** 2
    return float(np.sqrt(total / len(out)))


def root_mean_squared_error_dout(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    total = 0.0
    for j in range(len(out)):
        total += (out[j] - target[j]) ** 2
    if total == 0:
        return 0.0
    return float((out[k] - target[k]) / np.sqrt(total / len(out)) / len(out) / batch)


def squared_error_error(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    return float(out[k] - target[k])


def squared_error_loss(out: Array, target: Array, batch: int, index: Shape) -> float:
    loss = 0.0
    for k in range(len(out)):
        loss += 0.5 * (out[k] - target[k]) ** 2
    return float(loss)


def squared_error_dout(out: Array, target: Array, batch: int, index: Shape) -> float:
    (k,) = index
    return float((out[k] - target[k]) / batch)


LOSS_LOOPS: Mapping[str, Mapping[str, Loop]] = {
    "softmax_cross_entropy": {
        "probabilities": softmax_probability,
        "loss": cross_entropy_loss,
        "dout": cross_entropy_dout,
    },
    "binary_cross_entropy": {
        "probabilities": binary_probability,
        "loss": binary_cross_entropy_loss,
        "dout": binary_cross_entropy_dout,
    },
    "mean_squared_error": {
        "errors": squared_error_error,
        "loss": mean_squared_error_loss,
        "dout": mean_squared_error_dout,
    },
    "root_mean_squared_error": {
        "errors": squared_error_error,
        "loss": root_mean_squared_error_loss,
        "dout": root_mean_squared_error_dout,
    },
    "squared_error": {
        "errors": squared_error_error,
        "loss": squared_error_loss,
        "dout": squared_error_dout,
    },
}
"""By the loss's kind and its tensor: `loop(out, target, batch, index)` of one example's (K,) arrays.

`target` are the goals that the loss makes of the targets."""
