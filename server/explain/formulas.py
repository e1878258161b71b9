"""Formulas as MathML trees: a cell in symbols and in numbers."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from server.explain.subscripts import Affine, subscripts
from server.explain.terms import Block, Column, Provenance
from server.frozen import Frozen
from server.nn.arrays import Array, Cells, Shape, number_text
from server.nn.curve import Curve

MathTag = Literal["mrow", "mi", "mn", "mo", "mtext", "msub", "msup", "mfrac", "msqrt", "munder", "munderover"]
SHOWN = 3
MINUS = "−"
APPLIED = "\u2061"
"""The invisible operator between a function and its argument."""


class Math(Frozen):
    """A MathML element: `text` is the content of mi, mn, mo and mtext, `items` are the children of the
    others."""

    tag: MathTag
    text: str | None = None
    items: tuple["Math", ...] = ()


def symbols(name: str, index: Shape, origin: Provenance) -> Math:
    """The formula of a cell in symbols, with its indices; only its name where it was given."""
    left = _indexed(name, [Affine(number) for number in index])
    blocks = [block for block in origin.blocks if len(block.columns[0].values)]
    if origin.function == "given":
        return left
    total = _joined([_sum_of(block) for block in blocks]) if blocks else _leaf("mn", "0")
    match origin.function:
        case "softmax":
            right = _of("mfrac", _term(blocks[0], origin.numerator), total)
        case "quotient":
            # The numerator is a block of its own where its factors differ from those of the others.
            others = [_sum_of(block) for number, block in enumerate(blocks) if number != origin.numerator]
            right = _of("mfrac", _sum_of(blocks[origin.numerator]), _joined(others))
        case "root":
            right = _of("msqrt", total)
        case "negative_log":
            right = _row(_leaf("mo", MINUS), _leaf("mi", "log"), _leaf("mo", APPLIED), total)
        case "argmax":
            under = _row(*_ranges(blocks[0]))
            right = _row(_of("munder", _leaf("mi", "argmax"), under), _product(blocks[0], lettered=True))
        case "sum":
            right = total
        case Curve() as curve:
            right = _applied(curve, total)
    return _row(left, _leaf("mo", "="), right)


def numbers(value: float, origin: Provenance, values: Array, largest: Cells, rest: float) -> Math:
    """The formula of a cell in numbers. `values` are those of all terms.

    A long sum shows its `largest` terms and `rest`, the exact sum of the others. The relation is "=" where no
    printed number is rounded, else "≈".
    """
    left = _number(value)
    if origin.function == "given":
        return left
    shown = list(range(len(values))) if len(values) <= SHOWN + 1 else largest.tolist()
    more = len(values) - len(shown)
    others = _leaf("mtext", f"… {more:,} more")
    if origin.function == "argmax":
        items = [part for number in shown for part in (_number(float(values[number])), _leaf("mo", ","))][:-1]
        tail = (_leaf("mo", ","), others) if more else ()
        return _row(left, _leaf("mo", "="), _leaf("mi", "argmax"), _fenced(*items, *tail))
    terms = [_numeric(origin.blocks, number) for number in shown]
    if more:
        terms.append(_of("munder", _number(rest), others))
    total = _joined(terms) if terms else _leaf("mn", "0")
    right = total
    if origin.function == "softmax":
        right = _of("mfrac", _number(float(values[origin.numerator])), total)
    elif origin.function == "quotient":
        under = [_numeric(origin.blocks, number) for number in shown if number != origin.numerator]
        right = _of("mfrac", _numeric(origin.blocks, origin.numerator), _joined(under))
    elif origin.function == "root":
        right = _of("msqrt", total)
    elif origin.function == "negative_log":
        right = _row(_leaf("mo", MINUS), _leaf("mi", "log"), _leaf("mo", APPLIED), total)
    elif isinstance(origin.function, Curve):
        right = _applied(origin.function, total)
    rounded = {number for number in (value, *_printed(origin.blocks, shown)) if not _is_exact(number)}
    # A rounded number that stands on both sides is printed alike on both.
    exact = origin.function == "sum" and not more and rounded <= {value}
    return _row(left, _leaf("mo", "=" if exact else "≈"), right)


def _applied(curve: Curve, total: Math) -> Math:
    return _row(_leaf("mi", curve.symbol), _leaf("mo", APPLIED), _fenced(total))


def _sum_of(block: Block) -> Math:
    if len(block.columns[0].values) == 1:
        return _product(block, lettered=False)
    return _row(_of("munder", _leaf("mo", "∑"), _row(*_ranges(block))), _product(block, lettered=True))


def _ranges(block: Block) -> Iterable[Math]:
    """The subscript of a sum: its letters, with their ranges where the letters run through all
    combinations."""
    for number, (letter, span) in enumerate(subscripts(block).ranges.items()):
        if number:
            yield _leaf("mo", ",")
        yield _leaf("mi", letter)
        if span is not None:
            yield from (
                _leaf("mo", "="),
                _leaf("mn", str(span[0])),
                _leaf("mo", "…"),
                _leaf("mn", str(span[1])),
            )


def _product(block: Block, *, lettered: bool) -> Math:
    """The factors of all terms of a block with letters, or (not lettered) the factors of its only term."""
    if not lettered:
        return _term(block, 0)
    found = subscripts(block)
    return _times(
        [
            _factor(column, indices, found.examples)
            for column, indices in zip(block.columns, found.columns, strict=True)
        ]
    )


def _term(block: Block, number: int) -> Math:
    """The factors of one term, with their exact indices."""
    one = Block(tuple(_only(column, number) for column in block.columns))
    found = subscripts(one)
    return _times(
        [_factor(column, indices, "") for column, indices in zip(one.columns, found.columns, strict=True)]
    )


def _only(column: Column, number: int) -> Column:
    cells, examples = column.cells, column.examples
    return Column(
        column.symbol,
        column.values[number : number + 1],
        column.name,
        column.shape,
        None if cells is None else cells[number : number + 1],
        None if examples is None else examples[number : number + 1],
    )


def _factor(column: Column, indices: Sequence[Affine], example: str) -> Math:
    function, _, inner = column.symbol.partition("(")
    if not inner:
        return _of_example(_indexed(column.symbol, indices), column, example)
    # exp(out − m): the index and the example belong to the argument of the function.
    argument, _, shift = inner.removesuffix(")").partition(" ")
    shifted = (_leaf("mtext", f" {shift}"),) if shift else ()
    applied = _fenced(_of_example(_indexed(argument, indices), column, example), *shifted)
    return _row(_leaf("mi", function), applied) if function else applied


def _of_example(factor: Math, column: Column, example: str) -> Math:
    """The factor with the letter of its example as a superscript, where it has one."""
    if not example or column.examples is None:
        return factor
    return _of("msup", factor, _fenced(_leaf("mi", example)))


def _numeric(blocks: Sequence[Block], number: int) -> Math:
    values = _values(blocks, number)
    return _times([_number(value, fenced=place > 0) for place, value in enumerate(values)])


def _values(blocks: Sequence[Block], number: int) -> list[float]:
    """The factors of term `number`, counted through all blocks."""
    for block in blocks:
        count = len(block.columns[0].values)
        if number < count:
            return [float(column.values[number]) for column in block.columns]
        number -= count
    raise IndexError(number)


def _printed(blocks: Sequence[Block], shown: Iterable[int]) -> list[float]:
    return [value for number in shown for value in _values(blocks, number)]


def _is_exact(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 1e4 and float(f"{value:.4g}") == value


def _times(factors: Sequence[Math]) -> Math:
    """Factors with dots between them; a leading −1 becomes a minus sign."""
    if len(factors) > 1 and factors[0].tag == "mi" and factors[0].text == f"{MINUS}1":
        return _row(_leaf("mo", MINUS), _times(factors[1:]))
    if len(factors) == 1:
        return factors[0]
    return _row(*_dotted(factors))


def _dotted(factors: Sequence[Math]) -> Iterable[Math]:
    for number, factor in enumerate(factors):
        if number:
            yield _leaf("mo", "·")
        yield factor


def _joined(terms: Sequence[Math]) -> Math:
    """Terms with their signs between them: a term that begins with a minus is subtracted."""
    if len(terms) == 1:
        return terms[0]
    items: list[Math] = []
    for number, term in enumerate(terms):
        positive = _without_minus(term)
        if number:
            items.append(_leaf("mo", "+" if positive is None else MINUS))
        items.append(term if positive is None or not number else positive)
    return _row(*items)


def _without_minus(term: Math) -> Math | None:
    """The term without its leading minus sign; None where it has none."""
    if term.text is not None:
        return _leaf(term.tag, term.text[1:]) if term.text.startswith(MINUS) and term.text != MINUS else None
    if term.tag == "mrow" and term.items[0] == _leaf("mo", MINUS):
        return _row(*term.items[1:])
    first = _without_minus(term.items[0])
    return None if first is None else _of(term.tag, first, *term.items[1:])


def _indexed(name: str, indices: Sequence[Affine]) -> Math:
    if not indices:
        return _leaf("mi", name)
    parts = [
        part
        for index in indices
        for part in (_leaf("mo", ","), _leaf("mn" if not index.letter else "mi", str(index)))
    ]
    return _of("msub", _leaf("mi", name), _row(*parts[1:]))


def _number(value: float, fenced: bool = False) -> Math:
    number = _leaf("mn", number_text(value))
    return _fenced(number) if fenced and value < 0 else number


def _fenced(*items: Math) -> Math:
    return _row(_leaf("mo", "("), *items, _leaf("mo", ")"))


def _leaf(tag: MathTag, text: str) -> Math:
    return Math(tag=tag, text=text)


def _of(tag: MathTag, *items: Math) -> Math:
    return Math(tag=tag, items=items)


def _row(*items: Math) -> Math:
    return items[0] if len(items) == 1 else _of("mrow", *items)
