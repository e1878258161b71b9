"""How a table writes its numbers: the decimal mark, and the mark that separates thousands."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Decimal = Literal["detect", "point", "comma"]

_SAME = str.maketrans(
    {"\u2212": "-", "\uff0d": "-", "\u2019": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)
"""Characters that are replaced before a number is read: minus signs, apostrophes and spaces."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The decimal mark ("." or ","), and the mark that separates thousands ("" for none)."""

    decimal: str = "."
    thousands: str = ""

    def parse(self, cell: str) -> float | None:
        """The number in a cell; None if the cell holds no finite number."""
        text = cell.translate(_SAME).strip()
        if self.thousands and self.thousands in text:
            mark, point = re.escape(self.thousands), re.escape(self.decimal)
            if not re.fullmatch(
                rf"[-+]?[1-9]\d{{0,2}}(?:{mark}\d{{3}})+(?:{point}\d*)?(?:[eE][-+]?\d+)?", text
            ):
                return None
            text = text.replace(self.thousands, "")
        elif "_" in text or " " in text:
            return None
        if self.decimal == "," and "." not in text:
            text = text.replace(",", ".")
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None


PLAIN = NumberFormat()
_FORMATS = (
    PLAIN,
    NumberFormat(".", ","),
    NumberFormat(".", "'"),
    NumberFormat(".", " "),
    NumberFormat(",", ""),
    NumberFormat(",", "."),
    NumberFormat(",", "'"),
    NumberFormat(",", " "),
)


def detect_format(cells: Iterable[str], decimal: Decimal = "detect") -> tuple[NumberFormat, str | None]:
    """The format in which the most cells are numbers. If several formats are equally good, it is the first.

    The second value is a cell that would be another number with a decimal comma, if the cells fit both
    formats; otherwise None.
    """
    marks = {"detect": ".,", "point": ".", "comma": ","}[decimal]
    formats = [each for each in _FORMATS if each.decimal in marks]
    known = list(cells)
    numbers = {each: [each.parse(cell) for cell in known] for each in formats}
    found = {each: len(values) - values.count(None) for each, values in numbers.items()}
    best = max(formats, key=lambda each: found[each])
    if decimal != "detect" or best.thousands != ",":
        return best, None
    other = max((each for each in formats if each.decimal == ","), key=lambda each: found[each])
    if found[other] < found[best]:
        return best, None
    differing = zip(known, numbers[best], numbers[other], strict=True)
    return best, next((cell for cell, one, two in differing if one != two), None)
