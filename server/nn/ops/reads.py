"""The relation that explains an op: what each output cell reads.

The value of the cell and, by the chain rule, every gradient follow from it. `server.explain` derives
explanations from it, and the tests derive every value and every gradient.
"""

from dataclasses import dataclass

from server.nn.arrays import Array, Cells


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """The cells that K output cells read: out[k] = Σ_r x[k, r] · (w or slope)[k, r] + b[k] + skip[k].

    In an op with weights, the cells depend on shapes alone, and are the same for every example. In an op
    with a `function`, out[k] is that function of x[k, 0] (a curve) or of all x[k] (softmax), and the
    slopes are its derivatives.

    x      (K, R) row-major input cells; -1 for padding, which is a zero without a cell
    w      (K, R) row-major weight cells, each paired with the input cell in its column; or None
    slope  (K, R) numbers where there is no weight, always d(out)/d(x); or None
    b      (K,) bias cells; or None
    skip   (K,) cells of the second input, added as they are; or None
    """

    x: Cells
    w: Cells | None = None
    slope: Array | None = None
    b: Cells | None = None
    skip: Cells | None = None
