"""Every op once more as plain loops: slow, and so simple that they show what the fast code computes.

Each function makes one number. `x`, `dout` and the parameters are one example's tensors, without the batch
axis; `index` are the coordinates of a cell: forward, of the output; backward, of the input, whose gradient
dL/dx it is. What was drawn for the example lies beside the parameters, and so does the second input, `skip`.
The gradient of a parameter is a sum over the batch: there `x` and `dout` are the whole batch's. So they are
wherever an op couples the examples; the example is then the last coordinate.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from server.nn.arrays import Array, Params, Shape
from server.nn.ops import (
    GELU,
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LeakyReLU,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)


def factors(op: Conv2d | Dense, x: Array, w: Array) -> tuple[Array, Array]:
    """What the layer multiplies: inputs and weights or, where it is binary, their signs (+1 of 0)."""
    if op.binary != "no":
        w = np.array([1.0 if number >= 0 else -1.0 for number in w.flat]).reshape(w.shape)
    if op.binary == "both":
        x = np.array([1.0 if number >= 0 else -1.0 for number in x.flat]).reshape(x.shape)
    return x, w


def through_sign(is_binary: bool, number: float) -> float:
    """What a gradient is multiplied with on its way back through the sign of a number, where it has one."""
    return 0.0 if is_binary and abs(number) > 1 else 1.0


def sign_w(op: Conv2d | Dense, x: Array, params: Params, index: Shape) -> float:
    return 1.0 if params["w"][index] >= 0 else -1.0


def sign_x(op: Conv2d | Dense, x: Array, params: Params, index: Shape) -> float:
    return 1.0 if x[index] >= 0 else -1.0


def conv2d_forward(op: Conv2d, x: Array, params: Params, index: Shape) -> float:
    x, w = factors(op, x, params["w"])
    b = params["b"]
    _, height, width = x.shape
    (top, _), (left, _) = op.pads(x.shape)
    f, p, q = index
    channels = w.shape[1]
    first = f // (op.filters // op.groups) * channels  # the first channel of the filter's group
    total = b[f]
    for c in range(channels):
        for u in range(op.kernel[0]):
            for v in range(op.kernel[1]):
                i = p * op.stride[0] + u * op.dilation[0] - top
                j = q * op.stride[1] + v * op.dilation[1] - left
                if 0 <= i < height and 0 <= j < width:  # padding adds nothing
                    total += x[first + c, i, j] * w[f, c, u, v]
    return float(total)


def conv2d_backward(op: Conv2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, w = factors(op, x, params["w"])
    _, rows, columns = dout.shape
    (top, _), (left, _) = op.pads(x.shape)
    c, i, j = index
    group, own = divmod(c, w.shape[1])  # the group that the channel belongs to, and its place there
    filters = op.filters // op.groups
    total = 0.0
    for f in range(group * filters, (group + 1) * filters):
        for u in range(op.kernel[0]):
            for v in range(op.kernel[1]):
                # The window that looks at this cell with its weight (u, v), if there is one.
                p, down = divmod(i + top - u * op.dilation[0], op.stride[0])
                q, across = divmod(j + left - v * op.dilation[1], op.stride[1])
                if down == 0 and across == 0 and 0 <= p < rows and 0 <= q < columns:
                    total += dout[f, p, q] * w[f, own, u, v]
    return float(total * through_sign(op.binary == "both", x[index]))


def conv2d_dw(op: Conv2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    x, _ = factors(op, x, params["w"])
    _, rows, columns, batch = dout.shape
    channels, height, width, _ = x.shape
    (top, _), (left, _) = op.pads(x.shape[:3])
    f, c, u, v = index
    first = (
        f // (op.filters // op.groups) * (channels // op.groups)
    )  # the first channel of the filter's group
    total = 0.0
    for n in range(batch):
        for p in range(rows):
            for q in range(columns):
                i = p * op.stride[0] + u * op.dilation[0] - top
                j = q * op.stride[1] + v * op.dilation[1] - left
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


def maxpool2d_forward(op: MaxPool2d, x: Array, params: Params, index: Shape) -> float:
    c, p, q = index
    largest = x[c, p * op.steps[0], q * op.steps[1]]
    for u in range(op.kernel[0]):
        for v in range(op.kernel[1]):
            candidate = x[c, p * op.steps[0] + u, q * op.steps[1] + v]
            if candidate > largest:
                largest = candidate
    return float(largest)


def maxpool2d_winner(op: MaxPool2d, x: Array, params: Params, index: Shape) -> float:
    c, p, q = index
    winner = 0
    largest = x[c, p * op.steps[0], q * op.steps[1]]
    for u in range(op.kernel[0]):
        for v in range(op.kernel[1]):
            candidate = x[c, p * op.steps[0] + u, q * op.steps[1] + v]
            if candidate > largest:
                largest = candidate
                winner = u * op.kernel[1] + v
    return float(winner)


def maxpool2d_backward(op: MaxPool2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, rows, columns = dout.shape
    c, i, j = index
    total = 0.0
    for p in range(rows):
        for q in range(columns):
            top, left = p * op.steps[0], q * op.steps[1]
            if not (top <= i < top + op.kernel[0] and left <= j < left + op.kernel[1]):
                continue  # this window does not look at the cell
            winner = top, left
            for u in range(op.kernel[0]):
                for v in range(op.kernel[1]):
                    if x[c, top + u, left + v] > x[c, winner[0], winner[1]]:  # of equal cells, the first
                        winner = top + u, left + v
            if winner == (i, j):
                total += dout[c, p, q]
    return float(total)


def avgpool2d_forward(op: AvgPool2d, x: Array, params: Params, index: Shape) -> float:
    c, p, q = index
    total = 0.0
    for u in range(op.kernel[0]):
        for v in range(op.kernel[1]):
            total += x[c, p * op.steps[0] + u, q * op.steps[1] + v]
    return float(total / (op.kernel[0] * op.kernel[1]))


def avgpool2d_backward(op: AvgPool2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, rows, columns = dout.shape
    c, i, j = index
    total = 0.0
    for p in range(rows):
        for q in range(columns):
            top, left = p * op.steps[0], q * op.steps[1]
            if top <= i < top + op.kernel[0] and left <= j < left + op.kernel[1]:
                total += dout[c, p, q] / (op.kernel[0] * op.kernel[1])
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


def relu_forward(op: ReLU, x: Array, params: Params, index: Shape) -> float:
    return float(x[index]) if x[index] > 0 else 0.0


def relu_backward(op: ReLU, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index]) if x[index] > 0 else 0.0


def sigmoid_forward(op: Sigmoid, x: Array, params: Params, index: Shape) -> float:
    return float(1 / (1 + np.exp(-x[index])))


def sigmoid_backward(op: Sigmoid, dout: Array, x: Array, params: Params, index: Shape) -> float:
    out = 1 / (1 + np.exp(-x[index]))
    return float(dout[index] * out * (1 - out))


def leaky_relu_forward(op: LeakyReLU, x: Array, params: Params, index: Shape) -> float:
    return float(x[index] if x[index] > 0 else op.negative_slope * x[index])


def leaky_relu_backward(op: LeakyReLU, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index] if x[index] > 0 else op.negative_slope * dout[index])


def tanh_forward(op: Tanh, x: Array, params: Params, index: Shape) -> float:
    return math.tanh(x[index])


def tanh_backward(op: Tanh, dout: Array, x: Array, params: Params, index: Shape) -> float:
    out = math.tanh(x[index])
    return float(dout[index] * (1 - out * out))


def gelu_forward(op: GELU, x: Array, params: Params, index: Shape) -> float:
    below = math.erfc(-x[index] / math.sqrt(2)) / 2
    return float(x[index] * below)


def gelu_backward(op: GELU, dout: Array, x: Array, params: Params, index: Shape) -> float:
    below = math.erfc(-x[index] / math.sqrt(2)) / 2
    density = math.exp(-x[index] * x[index] / 2) / math.sqrt(2 * math.pi)
    return float(dout[index] * (below + x[index] * density))


def softmax_forward(op: Softmax, x: Array, params: Params, index: Shape) -> float:
    (d,) = index
    largest = max(x)
    total = 0.0
    for e in range(len(x)):
        total += math.exp(x[e] - largest)
    return math.exp(x[d] - largest) / total


def softmax_backward(op: Softmax, dout: Array, x: Array, params: Params, index: Shape) -> float:
    (d,) = index
    largest = max(x)
    total = 0.0
    for e in range(len(x)):
        total += math.exp(x[e] - largest)
    own = math.exp(x[d] - largest) / total
    gradient = 0.0
    for e in range(len(x)):
        share = math.exp(x[e] - largest) / total
        gradient += dout[e] * share * ((e == d) - own)
    return float(gradient)


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


def dropout_forward(op: Dropout, x: Array, params: Params, index: Shape) -> float:
    return float(x[index] * params["mask"][index])


def dropout_mask(op: Dropout, x: Array, params: Params, index: Shape) -> float:
    return float(params["mask"][index])  # drawn before the iteration began


def dropout_backward(op: Dropout, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index] * params["mask"][index])


def add_forward(op: Add, x: Array, params: Params, index: Shape) -> float:
    return float(x[index] + params["skip"][index])


def add_backward(op: Add, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index])


def add_dskip(op: Add, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index])


def flatten_forward(op: Flatten, x: Array, params: Params, index: Shape) -> float:
    (d,) = index
    place: Shape = ()
    for length in reversed(x.shape):
        d, coordinate = divmod(d, length)
        place = (coordinate, *place)
    return float(x[place])


def flatten_backward(op: Flatten, dout: Array, x: Array, params: Params, index: Shape) -> float:
    d = 0
    for coordinate, length in zip(index, x.shape, strict=True):
        d = d * length + coordinate
    return float(dout[d])


def dense_forward(op: Dense, x: Array, params: Params, index: Shape) -> float:
    x, w = factors(op, x, params["w"])
    b = params["b"]
    (m,) = index
    total = b[m]
    for d in range(len(x)):
        total += x[d] * w[m, d]
    return float(total)


def dense_backward(op: Dense, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, w = factors(op, x, params["w"])
    (d,) = index
    total = 0.0
    for m in range(len(dout)):
        total += dout[m] * w[m, d]
    return float(total * through_sign(op.binary == "both", x[d]))


def dense_dw(op: Dense, dout: Array, x: Array, params: Params, index: Shape) -> float:
    x, _ = factors(op, x, params["w"])
    m, d = index
    total = 0.0
    for n in range(dout.shape[1]):
        total += dout[m, n] * x[d, n]
    return float(total * through_sign(op.binary != "no", params["w"][m, d]))


def dense_db(op: Dense, dout: Array, x: Array, params: Params, index: Shape) -> float:
    (m,) = index
    total = 0.0
    for n in range(dout.shape[1]):
        total += dout[m, n]
    return float(total)


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


Loop = Callable[..., float]


class Loops(NamedTuple):
    """One kind of op: `forward(op, x, params, index)` and `backward(op, dout, x, params, index)`.

    `saved` go with forward, by what they save; `gradients` with backward, by parameter, of a whole batch;
    `running(op, running, x, index)` are by what is kept from batch to batch; `dskip` is the backward of the
    second input, where there is one.
    """

    forward: Loop
    backward: Loop
    saved: Mapping[str, Loop] = {}
    gradients: Mapping[str, Loop] = {}
    running: Mapping[str, Loop] = {}
    dskip: Loop | None = None


LOOPS: Mapping[str, Loops] = {
    "conv2d": Loops(
        conv2d_forward,
        conv2d_backward,
        saved={"sign_w": sign_w, "sign_x": sign_x},
        gradients={"w": conv2d_dw, "b": conv2d_db},
    ),
    "maxpool2d": Loops(maxpool2d_forward, maxpool2d_backward, saved={"winner": maxpool2d_winner}),
    "avgpool2d": Loops(avgpool2d_forward, avgpool2d_backward),
    "globalavgpool": Loops(globalavgpool_forward, globalavgpool_backward),
    "relu": Loops(relu_forward, relu_backward),
    "sigmoid": Loops(sigmoid_forward, sigmoid_backward),
    "leaky_relu": Loops(leaky_relu_forward, leaky_relu_backward),
    "tanh": Loops(tanh_forward, tanh_backward),
    "gelu": Loops(gelu_forward, gelu_backward),
    "softmax": Loops(softmax_forward, softmax_backward),
    "batchnorm": Loops(
        batchnorm_forward,
        batchnorm_backward,
        saved={"mean": batchnorm_mean, "var": batchnorm_var, "xhat": batchnorm_xhat},
        gradients={"w": batchnorm_dw, "b": batchnorm_db},
        running={"running_mean": batchnorm_running_mean, "running_var": batchnorm_running_var},
    ),
    "dropout": Loops(dropout_forward, dropout_backward, saved={"mask": dropout_mask}),
    "add": Loops(add_forward, add_backward, dskip=add_dskip),
    "flatten": Loops(flatten_forward, flatten_backward),
    "dense": Loops(
        dense_forward,
        dense_backward,
        saved={"sign_w": sign_w, "sign_x": sign_x},
        gradients={"w": dense_dw, "b": dense_db},
    ),
}
"""By the op's kind."""

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
