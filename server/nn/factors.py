"""How a loss or an optimizer says what made one of its numbers: terms, each a product of parts."""

from dataclasses import dataclass
from typing import Literal

from server.nn.arrays import Array, Cells


@dataclass(frozen=True, slots=True)
class Part:
    """A factor: what `symbol` says, of a cell of "out" or of a tensor of the loss, or a plain number.

    An optimizer's tensors ("gradient", "parameter", a step, a slot as it was: "old_m") have no cell: it is
    the one that is changed. Where `symbol` has parentheses, the value is that function of the cell: "√(v)".
    """

    symbol: str
    value: float
    tensor: str | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """A number as a function of a sum of products of parts, with a sentence or two for a learner.

    "sum": the sum; "softmax": term number `own` over the sum; "negative_log": minus the sum's logarithm;
    "root": the sum's square root; "quotient": term number `own` over the sum of all others;
    "sigmoid": that function of the sum.
    """

    function: Literal["sum", "softmax", "negative_log", "root", "quotient", "sigmoid"]
    terms: tuple[tuple[Part, ...], ...]
    words: str
    own: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A factor of each of K terms, as `Part` is one of a single term: what `symbol` says.

    It is of cells (K,) of the tensor "x", or of one that the op saves or keeps, of `examples` (K,) of the
    batch (None where it belongs to none); or, where `tensor` is None, of nothing. `values` (K,) are its
    numbers; None where they are the cells themselves, plus `shift`.
    """

    symbol: str
    values: Array | None
    tensor: str | None = None
    cells: Cells | None = None
    examples: Cells | None = None
    shift: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What made one cell that an op saves or keeps: the sum of the products of each block's factors, row by
    row, with a sentence or two for a learner."""

    blocks: tuple[tuple[Series, ...], ...]
    words: str


def over_batch(terms: tuple[tuple[Part, ...], ...], words: str, batch: int) -> Parts:
    """The sum of these terms, divided by the size of the batch. A leading −1 takes the division up."""
    if batch == 1:
        return Parts("sum", terms, words)
    shared = tuple(
        (Part(f"−1/{batch}", -1 / batch), *term[1:])
        if term[0].symbol == "−1"
        else (*term, Part(f"1/{batch}", 1 / batch))
        for term in terms
    )
    return Parts(
        "sum", shared, f"{words} It is divided by {batch}, because the loss is the mean over the batch."
    )
