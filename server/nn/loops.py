"""Every op once more as plain loops: slow, and so simple that they show what the fast code computes.

Each function makes one number of one example. `x`, `dout` and the parameters are one example's tensors,
without the batch axis; `index` are the coordinates of a cell: forward, of the output; backward, of the input,
whose gradient dL/dx it is.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from server.nn.arrays import Array, Params, Shape
from server.nn.ops import Conv2d, Dense, Flatten, MaxPool2d, ReLU


def conv2d_forward(op: Conv2d, x: Array, params: Params, index: Shape) -> float:
    w, b = params["w"], params["b"]
    channels, height, width = x.shape
    (top, _), (left, _) = op.pads(x.shape)
    f, p, q = index
    total = b[f]
    for c in range(channels):
        for u in range(op.kernel[0]):
            for v in range(op.kernel[1]):
                row = p * op.stride[0] + u - top
                column = q * op.stride[1] + v - left
                if 0 <= row < height and 0 <= column < width:  # padding adds nothing
                    total += x[c, row, column] * w[f, c, u, v]
    return float(total)


def conv2d_backward(op: Conv2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    w = params["w"]
    filters, rows, columns = dout.shape
    (top, _), (left, _) = op.pads(x.shape)
    c, row, column = index
    total = 0.0
    for f in range(filters):
        for u in range(op.kernel[0]):
            for v in range(op.kernel[1]):
                # The window that looks at this cell with its weight (u, v), if there is one.
                p, down = divmod(row + top - u, op.stride[0])
                q, across = divmod(column + left - v, op.stride[1])
                if down == 0 and across == 0 and 0 <= p < rows and 0 <= q < columns:
                    total += dout[f, p, q] * w[f, c, u, v]
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


def maxpool2d_backward(op: MaxPool2d, dout: Array, x: Array, params: Params, index: Shape) -> float:
    _, rows, columns = dout.shape
    c, row, column = index
    total = 0.0
    for p in range(rows):
        for q in range(columns):
            top, left = p * op.steps[0], q * op.steps[1]
            if not (top <= row < top + op.kernel[0] and left <= column < left + op.kernel[1]):
                continue  # this window does not look at the cell
            winner = top, left
            for u in range(op.kernel[0]):
                for v in range(op.kernel[1]):
                    if x[c, top + u, left + v] > x[c, winner[0], winner[1]]:  # of equal cells, the first
                        winner = top + u, left + v
            if winner == (row, column):
                total += dout[c, p, q]
    return float(total)


def relu_forward(op: ReLU, x: Array, params: Params, index: Shape) -> float:
    return float(x[index]) if x[index] > 0 else 0.0


def relu_backward(op: ReLU, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return float(dout[index]) if x[index] > 0 else 0.0


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
    w, b = params["w"], params["b"]
    (m,) = index
    total = b[m]
    for d in range(len(x)):
        total += x[d] * w[m, d]
    return float(total)


def dense_backward(op: Dense, dout: Array, x: Array, params: Params, index: Shape) -> float:
    w = params["w"]
    (d,) = index
    total = 0.0
    for m in range(len(dout)):
        total += dout[m] * w[m, d]
    return float(total)


class Loops(NamedTuple):
    """One kind of op: `forward(op, x, params, index)` and `backward(op, dout, x, params, index)`."""

    forward: Callable[..., float]
    backward: Callable[..., float]


LOOPS: Mapping[str, Loops] = {
    "conv2d": Loops(conv2d_forward, conv2d_backward),
    "maxpool2d": Loops(maxpool2d_forward, maxpool2d_backward),
    "relu": Loops(relu_forward, relu_backward),
    "flatten": Loops(flatten_forward, flatten_backward),
    "dense": Loops(dense_forward, dense_backward),
}
"""By the op's kind."""
