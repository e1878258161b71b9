"""Subscripts with letters, found from the cells of the terms.

The terms of a convolution, x[c,h,w] * w[f,c,u,v], run over many cells, but h is always u plus a constant.
This module finds such letters and relations for any terms, so that no op has to state a formula for each of
its cells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from server.explain.terms import Block, Column
from server.nn.arrays import Cells, unravel

LETTERS: Mapping[tuple[str, int], str] = {
    ("dout", 3): "fpq",
    ("dout", 1): "m",
    ("w", 4): "fcuv",
    ("w", 2): "md",
    ("sign(w)", 4): "fcuv",
    ("sign(w)", 2): "md",
}
INPUTS = ("x", "sign(x)")
IMAGE, ROW, SPARE = "cij", "d", "abegklrstyz"


@dataclass(frozen=True, slots=True)
class Affine:
    """A subscript `times` * `letter` + `plus`; the constant `plus` where the letter is empty."""

    plus: int
    letter: str = ""
    times: int = 0

    def __str__(self) -> str:
        if not self.letter:
            return str(self.plus).replace("-", "−")
        factor = {1: "", -1: "−"}.get(self.times, str(self.times).replace("-", "−"))
        # A falling index reads better from its constant on: 2 − p.
        if self.times < 0 and self.plus:
            return f"{Affine(self.plus)}{factor}{self.letter}"
        sign = "" if not self.plus else "+" if self.plus > 0 else "−"
        return f"{factor}{self.letter}{sign}{abs(self.plus) or ''}"


@dataclass(frozen=True, slots=True)
class Subscripts:
    """The subscripts of the terms of a block: the ranges of the letters, and the subscripts of each column.

    A range is (first, last). It is None where the letters do not run through all combinations of their
    ranges. `examples` is the letter of the example where the terms run over several examples, else empty.
    """

    ranges: Mapping[str, tuple[int, int] | None]
    columns: tuple[tuple[Affine, ...], ...]
    examples: str


def subscripts(block: Block) -> Subscripts:
    """The letters and subscripts of a block that has terms."""
    letters: dict[str, Cells] = {}
    count = len(block.columns[0].values)
    examples = next((column.examples for column in block.columns if column.examples is not None), None)
    varies = examples is not None and bool((examples != examples[0]).any())
    if varies and examples is not None:
        letters["n"] = examples
    # Kernel and gradient get their letters first, so that the subscripts of the input are functions of these.
    order = sorted(range(len(block.columns)), key=lambda number: block.columns[number].symbol in INPUTS)
    found: dict[int, tuple[Affine, ...]] = {}
    for number in order:
        found[number] = tuple(_axes(block.columns[number], letters))
    spans = {letter: (int(numbers.min()), int(numbers.max())) for letter, numbers in letters.items()}
    full = np.prod([last - first + 1.0 for first, last in spans.values()]) == count
    return Subscripts(
        ranges={letter: span if full else None for letter, span in spans.items()},
        columns=tuple(found[number] for number in range(len(block.columns))),
        examples="n" if varies else "",
    )


def _axes(column: Column, letters: dict[str, Cells]) -> Iterable[Affine]:
    """The subscripts of one column. New letters are added to `letters`."""
    if column.cells is None:
        return
    if len(column.cells) == 1:
        yield from map(Affine, unravel(int(column.cells[0]), column.shape))
        return
    wishes = LETTERS.get((column.symbol, len(column.shape)), IMAGE if len(column.shape) == 3 else ROW)
    for axis, numbers in enumerate(np.unravel_index(column.cells, column.shape)):
        if (numbers == numbers[0]).all():
            yield Affine(int(numbers[0]))
            continue
        known = (_affine(numbers, letter, base) for letter, base in letters.items() if letter != "n")
        affine = next((found for found in known if found is not None), None)
        if affine is None:
            wish = wishes[axis] if axis < len(wishes) else ""
            letter = next(letter for letter in (*wish, *SPARE) if letter not in letters)
            letters[letter] = numbers
            affine = Affine(0, letter, 1)
        yield affine


def _affine(numbers: Cells, letter: str, base: Cells) -> Affine | None:
    """`numbers` as an integer multiple of `base` plus a constant, or None."""
    other = int((base != base[0]).argmax())
    times, left = divmod(int(numbers[other] - numbers[0]), int(base[other] - base[0]))
    plus = int(numbers[0]) - times * int(base[0])
    if left or not times or not np.array_equal(numbers, times * base + plus):
        return None
    return Affine(plus, letter, times)
