"""The roles of the columns of a table: the class, samples, and columns that count, date or name the rows."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.data.errors import UploadError
from server.data.uploads.csv_table import Table
from server.data.uploads.table_text import MAX_SAMPLES
from server.data.uploads.upload import MAX_CLASSES

MAX_COLUMNS = MAX_SAMPLES + 1
MAX_HEADER = 3
"""The maximum number of rows at the beginning with names, units and the like."""
Indices = NDArray[np.intp]
FEWEST = 5
"""The minimum number of rows from which a column is recognised to count them."""
_CLASS_NAMES = frozenset(
    {"class", "classes", "label", "labels", "target", "y", "category", "kind", "species"}
)
_ROW_NAMES = frozenset(
    {
        "",
        "id",
        "idx",
        "index",
        "no",
        "nr",
        "number",
        "row",
        "time",
        "timestamp",
        "date",
        "datetime",
        "unnamed: 0",
    }
)
NAMES_ROWS = "names the rows"
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")


def label_choice(label: str) -> str:
    """Check a choice of the class column and return it: see `find_columns`. Raises ValueError."""
    if label in ("detect", "first", "last") or (label.isdecimal() and 1 <= int(label) <= MAX_COLUMNS):
        return label
    raise ValueError(
        "label should be 'detect', 'first' or 'last', or the number of a column, counted from 1."
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """The roles of columns and rows.

    Attributes
    ----------
    label
        The column of the class, from 0.
    header
        The number of rows at the beginning that are not signals.
    counting
        The columns that say nothing about the signal -> what they do, such as "counts the rows".
    """

    label: int
    header: int
    counting: dict[int, str]


def find_columns(table: Table, label: str) -> Columns:
    """The roles of the columns of a table.

    `label` is the column of the class: "first", "last", its number counted from 1, or "detect". Raises
    UploadError if it cannot be detected or does not exist.
    """
    header = _header(table)
    if len(table.lines) - header < 1:
        raise UploadError("The file has only the names of columns. Add a row for each signal.")
    first = [str(cell).casefold() for cell in table.row(0)]
    named = first if header else [None] * table.width
    counting = {
        column: what
        for column in range(table.width)
        if (what := _counts_rows(table, column, header, named[column])) is not None
    }
    chosen = _chosen(table, label) if label != "detect" else _detected(table, header, named, counting)
    return Columns(chosen, header, {column: what for column, what in counting.items() if column != chosen})


def may_be_labels(cells: Sequence[str | float]) -> bool:
    """True if the cells are 2 to MAX_CLASSES different integers, each of which occurs more than once."""
    counts = Counter(cells)
    integers = all(isinstance(cell, float) and cell.is_integer() for cell in counts)
    return integers and 2 <= len(counts) <= MAX_CLASSES and min(counts.values()) > 1


def _header(table: Table) -> int:
    """The number of rows at the beginning that name the columns or their units.

    Such a row has no numbers in columns of numbers. Or it numbers the columns, except that of the class,
    which it names.
    """
    isnan = np.isnan(table.numbers)
    body = isnan[min(MAX_HEADER, len(table.lines) - 1) :]
    of_numbers = np.flatnonzero(2 * body.sum(axis=0) <= len(body))
    if not of_numbers.size:
        return 0
    for row in range(min(MAX_HEADER, len(table.lines))):
        missing = of_numbers[isnan[row, of_numbers]]
        if 2 * missing.size > of_numbers.size:
            continue
        if row == 0 and _names_by_numbers(table, of_numbers, missing):
            continue
        return row
    return MAX_HEADER if len(table.lines) > MAX_HEADER else 0


def _names_by_numbers(table: Table, of_numbers: Indices, missing: Indices) -> bool:
    """True if the first row has increasing numbers as names of the columns, and a word for the class."""
    present = table.numbers[0, np.setdiff1d(of_numbers, missing)]
    if present.size < 2 or not (np.diff(present) > 0).all():
        return False
    if missing.size:
        return missing.size == 1 and missing[0] in (of_numbers[0], of_numbers[-1])
    if not (np.diff(present) == 1).all() or present[0] not in (0, 1):
        return False
    of_words = set(range(table.width)) - set(of_numbers.tolist())
    return any(_is_new(table.column(column, 0)) for column in of_words)


def _is_new(cells: Sequence[str | float]) -> bool:
    """True if the first cell occurs once, and some other cells occur more than once."""
    first, *others = cells
    return first not in others and len(set(others)) < len(others)


def _counts_rows(table: Table, column: int, header: int, name: str | None) -> str | None:
    """What a column does if it is neither a sample nor the class; None if it may be one of them."""
    values = table.numbers[header:, column]
    missing = np.isnan(values)
    if missing.all():
        return _words_of_rows([str(cell) for cell in table.column(column, header)])
    # Samples can increase by chance. A column that counts the rows is at an edge, or has a name of a count.
    is_likely = column in (0, 1, table.width - 1) or name in _ROW_NAMES
    if is_likely and not missing.any() and len(values) >= FEWEST:
        return _numbers_of_rows(values, name in _ROW_NAMES)
    return None


def _words_of_rows(words: Sequence[str]) -> str | None:
    """What a column of words does if it is not the class: it dates the rows, or names each of them."""
    if all(map(_DATE.fullmatch, words)):
        return "dates the rows"
    return NAMES_ROWS if len(words) >= FEWEST and len(set(words)) == len(words) else None


def _numbers_of_rows(values: NDArray[np.float64], is_named: bool) -> str | None:
    """What a column of numbers does if it is not a sample. `is_named`: it has a name of a count."""
    if len(np.unique(values)) < len(values):
        return None
    integers = bool((values == np.rint(values)).all())
    if integers and values.max() - values.min() == len(values) - 1:
        return "counts the rows"
    steps = np.diff(values)
    if np.allclose(steps, steps[0], rtol=1e-9, atol=0):
        return "counts the rows"
    grows = bool((steps > 0).all() or (steps < 0).all())
    if (grows and integers) or (is_named and (grows or integers)):
        return "numbers the rows"
    return None


def _chosen(table: Table, label: str) -> int:
    column = {"first": 1, "last": table.width}.get(label) or int(label)
    if column > table.width:
        raise UploadError(f"There is no column {column}: the rows have {table.width:,} cells.")
    return column - 1


def _detected(table: Table, header: int, names: Sequence[str | None], counting: dict[int, str]) -> int:
    """The column of the class: one with its name, the only one of words, or an outer one of integers."""
    left = [column for column in range(table.width) if column not in counting]
    named = [column for column in left if names[column] in _CLASS_NAMES]
    if len(named) == 1:
        return named[0]
    isnan = np.isnan(table.numbers[header:])
    of_words = [column for column in left if 2 * isnan[:, column].sum() > len(isnan)]
    # A column of different words names the rows, unless it is the only column of words.
    of_words = of_words or [column for column, what in counting.items() if what == NAMES_ROWS]
    if len(of_words) == 1:
        return of_words[0]
    if of_words:
        listed = " and ".join(str(column + 1) for column in of_words[:4])
        raise UploadError(f"The columns {listed} do not hold numbers. Choose the column of the class.")
    outer = [column for column in (left[0], left[-1]) if may_be_labels(table.column(column, header))]
    if len(outer) != 1:
        raise UploadError(
            "The file does not show whether the class is in the first or the last column. Choose one."
        )
    return outer[0]
