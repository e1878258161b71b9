"""The terms of a cell: columns of factors, blocks of products, and the function of their sum."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from server.nn.arrays import Array, Cells, Shape
from server.nn.curve import Curve
from server.nn.ops import LAYERS, Activation, kind_of
from server.nn.ops.binary import SIGN
from server.recipe.one_of import OneWordOf

Word = Literal["sum", "softmax", "negative_log", "root", "quotient", "argmax", "given"]
Function = Word | Curve
"""A function of the sum of the terms."""
CURVES = (*(kind_of(op) for op in LAYERS if issubclass(op, Activation) and op.symbol), SIGN.name)
Rule = Word | Annotated[str, OneWordOf(CURVES)]
"""The name of a function in messages: a word, the kind of an activation, or "sign"."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One factor of each of K terms. `symbol` is its name in formulas, `values` (K,) its numbers in float64.

    The numbers are cells (K,) of the tensor `name` with shape `shape`, of the slots `examples` (K,) of the
    batch (None for a tensor without a batch axis). Where `name` is None they are plain numbers.
    """

    symbol: str
    values: Array
    name: str | None = None
    shape: Shape = ()
    cells: Cells | None = None
    examples: Cells | None = None

    def at(self, rows: NDArray[np.bool_]) -> "Column":
        """The column with these rows alone."""
        cells = None if self.cells is None else self.cells[rows]
        examples = None if self.examples is None else self.examples[rows]
        return Column(self.symbol, self.values[rows], self.name, self.shape, cells, examples)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """K terms with the same factors: the products of the columns, row by row."""

    columns: tuple[Column, ...]

    @property
    def products(self) -> Array:
        """The values of the terms (K,), float64."""
        with np.errstate(over="ignore", invalid="ignore"):
            products: Array = np.multiply.reduce([column.values for column in self.columns])
        return products


@dataclass(frozen=True, slots=True, eq=False)
class Provenance:
    """The computation of a cell: a function of the sum of all terms of the blocks.

    `numerator` is the number of the term in the numerator of a quotient or a softmax. `earlier` is the tensor
    of the previous iteration whose update left the same cell here.
    """

    function: Function
    blocks: tuple[Block, ...]
    words: str
    numerator: int = 0
    earlier: str | None = None

    def so_far(self, done: Mapping[str, int]) -> "Provenance":
        """The terms of a gradient that are added already.

        The first column of each block is an upstream gradient; `done` gives the number of its cells that the
        backward pass has reached, by the name of the tensor. Others count as 0.
        """
        blocks = []
        for block in self.blocks:
            upstream = block.columns[0]
            assert upstream.cells is not None
            assert upstream.name is not None
            reached = upstream.cells < done.get(upstream.name, 0)
            blocks.append(Block(tuple(column.at(reached) for column in block.columns)))
        return replace(self, blocks=tuple(blocks))


def given(words: str, earlier: str | None = None) -> Provenance:
    """The provenance of a cell that no computation of this iteration made."""
    return Provenance("given", (), words, earlier=earlier)
