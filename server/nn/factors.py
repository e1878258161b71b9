"""How a loss, an optimizer or an op explains one of its numbers: a function of a sum of products of factors.

Names are relative: "out" or "errors" of a loss, "gradient" or "old_m" of an optimizer, "x" or "var" of an op.
`server.explain` resolves them to the tensors of the trace.
"""

from dataclasses import dataclass
from typing import Literal

from server.nn.arrays import Array, Cells
from server.nn.curve import Curve


@dataclass(frozen=True, slots=True)
class Factor:
    """One number of a product: `symbol` names it, `value` is the number.

    `tensor` and `cell` say where the number comes from: "out" or a tensor of the loss, and a row-major cell.
    Without a `tensor` the factor is a plain number. The tensors of an optimizer ("gradient", "parameter", an
    intermediate, or a slot before the update: "old_m") have no `cell`, because it is the cell that changes.
    A symbol with parentheses, as in "√(v)", marks a value that is a function of the cell.
    """

    symbol: str
    value: float
    tensor: str | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """One number as a `function` of the sum of `terms`, with a sentence or two (`words`) for a learner.

    A term is a product of factors. The functions:

    - "sum": the sum itself
    - a curve: that function of the sum
    - "root": the square root of the sum
    - "negative_log": minus the logarithm of the sum
    - "softmax": the term with the index `numerator`, divided by the sum
    - "quotient": the term with the index `numerator`, divided by the sum of all other terms
    """

    function: Literal["sum", "softmax", "negative_log", "root", "quotient"] | Curve
    terms: tuple[tuple[Factor, ...], ...]
    words: str
    numerator: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FactorColumn:
    """The same factor of each of K terms, one number each: `Factor` for many terms at once.

    The numbers belong to the `cells` (K,) of `tensor`: the op's input "x", or an array that the op saves or
    keeps. `examples` (K,) are the cells' examples in the batch; None for a tensor without a batch axis.
    Without a `tensor` they are plain numbers. `values` (K,) are the numbers; None stands for the cells of the
    tensor, each plus `shift`.
    """

    symbol: str
    values: Array | None
    tensor: str | None = None
    cells: Cells | None = None
    examples: Cells | None = None
    shift: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class SumOfProducts:
    """One cell of an array that an op saves or keeps: the sum over all rows of all `blocks`.

    A row of a block is the product of its columns. `words` is a sentence or two for a learner.
    """

    blocks: tuple[tuple[FactorColumn, ...], ...]
    words: str


def mean_over_batch(terms: tuple[tuple[Factor, ...], ...], words: str, batch: int) -> Expression:
    """The sum of `terms` divided by the size of the batch. A leading factor −1 becomes −1/batch."""
    if batch == 1:
        return Expression("sum", terms, words)
    shared = tuple(
        (Factor(f"−1/{batch}", -1 / batch), *term[1:])
        if term[0].symbol == "−1"
        else (*term, Factor(f"1/{batch}", 1 / batch))
        for term in terms
    )
    return Expression(
        "sum", shared, f"{words} It is divided by {batch}, because the loss is the mean over the batch."
    )
