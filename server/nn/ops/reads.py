"""The one relation that explains every number of an op, and what follows from it.

Each op says what an output cell reads. The value of the cell and, by the chain rule, every gradient follow
here without knowing the op.
"""

from dataclasses import dataclass

import numpy as np

from server.nn.arrays import Array, Cells


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """What K output cells read: out[k] = sum over r of x[k, r] * (w or slope)[k, r], plus b[k],
    plus skip[k].

    Where there are weights, which cells are read depends on shapes alone: it is the same for every example.
    Of an op with a `function`, out[k] is that function, of x[k, 0] or (softmax) of all x[k], and the slopes
    are its derivatives.

    x      (K, R) row-major input cells, -1 where the window lies on padding (a zero nobody owns)
    w      (K, R) row-major weight cells, each paired with the input cell in its column; or None
    slope  (K, R) numbers where there is no weight, d(out)/d(x) always; or None
    b      (K,) bias cells; or None
    skip   (K,) cells of the second input that is added as it is; or None
    """

    x: Cells
    w: Cells | None = None
    slope: Array | None = None
    b: Cells | None = None
    skip: Cells | None = None


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
    """This example's share of dL/dw, shaped like `w`: reading a weight has the input cell as its slope."""
    assert reads.w is not None
    return _scatter(reads.w, dout[:, None] * _inputs(reads, x), w)


def bias_gradient(reads: Reads, dout: Array, b: Array) -> Array:
    """This example's share of dL/db, shaped like `b`."""
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
    total = np.zeros(like.size + 1, like.dtype)  # the last cell collects what falls on padding
    np.add.at(total, cells, terms)
    return total[:-1].reshape(like.shape)
