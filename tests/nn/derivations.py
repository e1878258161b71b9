"""The forward and the backward pass of an op, derived from its `reads` alone."""

import numpy as np

from server.nn.arrays import Array, Cells
from server.nn.ops import Reads


def values(
    reads: Reads, x: Array, w: Array | None = None, b: Array | None = None, skip: Array | None = None
) -> Array:
    """The (K,) output values, term by term. `x`, `w`, `b`, `skip`: one example's tensors, of any shape."""
    total: Array = (_inputs(reads, x) * _slopes(reads, w)).sum(axis=1)
    for cells, added in ((reads.b, b), (reads.skip, skip)):
        if cells is not None and added is not None:
            total = total + added.ravel()[cells]
    return total


def input_gradient(reads: Reads, dout: Array, x: Array, w: Array | None = None) -> Array:
    """dL/dx of one example, shaped like `x`, from the (K,) upstream gradients `dout` of these cells."""
    return _scatter(reads.x, dout[:, None] * _slopes(reads, w), x)


def weight_gradient(reads: Reads, dout: Array, x: Array, w: Array) -> Array:
    """This example's part of dL/dw, shaped like `w`. The slope of a weight is its input cell."""
    assert reads.w is not None
    return _scatter(reads.w, dout[:, None] * _inputs(reads, x), w)


def bias_gradient(reads: Reads, dout: Array, b: Array) -> Array:
    """This example's part of dL/db, shaped like `b`."""
    assert reads.b is not None
    return _scatter(reads.b, dout, b)


def skip_gradient(reads: Reads, dout: Array, skip: Array) -> Array:
    """dL/dskip of one example, shaped like `skip`."""
    assert reads.skip is not None
    return _scatter(reads.skip, dout, skip)


def _inputs(reads: Reads, x: Array) -> Array:
    # Cell -1 is the appended zero: padding.
    return np.append(x.ravel(), x.dtype.type(0))[reads.x]


def _slopes(reads: Reads, w: Array | None) -> Array:
    if reads.w is None:
        assert reads.slope is not None
        return reads.slope
    assert w is not None
    return w.ravel()[reads.w]


def _scatter(cells: Cells, terms: Array, like: Array) -> Array:
    total = np.zeros(like.size + 1, like.dtype)  # the last cell collects the gradients of padding
    np.add.at(total, cells, terms)
    return total[:-1].reshape(like.shape)
