"""Uploaded signals: from a CSV file with a signal in each row to a data set."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from server.data.errors import UploadError
from server.data.uploads.csv_table import Row, Table, parse_cell, parse_number, read_table
from server.data.uploads.text import clean_text, natural_sort
from server.data.uploads.upload import MAX_CLASS_NAME, MAX_CLASSES, Upload, check_classes

Column = Literal["detect", "first", "last"]
FIRST, LAST = 0, -1


@dataclass(frozen=True, slots=True)
class SignalOptions:
    """The column with the classes, and whether all numbers are divided by the largest absolute value."""

    label: Column = "detect"
    normalise: bool = True


def from_csv(content: bytes, options: SignalOptions, check_cancelled: Callable[[], None]) -> Upload:
    """Read the data set in a CSV file.

    Parameters
    ----------
    content
        The file.
    options
        How the table is read.
    check_cancelled
        Called at each row. It may raise to stop the work.

    Raises
    ------
    UploadError
        If the table cannot become a data set. The message names the row and the column.
    """
    table = read_table(content, check_cancelled)
    label_column = _label_column(table, options.label)
    if not _has_header(table, label_column):
        table = table.with_head()
    names = _class_names(table, label_column)
    check_classes(Counter(names), "signal")
    classes = natural_sort(sorted(set(names)))
    samples = _samples(table, label_column)
    signed, largest = bool((samples < 0).any()), float(np.abs(samples).max())
    normalised = options.normalise and largest > 0
    return Upload(
        samples[:, None, None],
        np.array([classes.index(name) for name in names]),
        tuple(classes),
        _about(normalised, largest, signed),
        1 / largest if normalised else 1.0,
        signed,
    )


def _label_column(table: Table, column: Column) -> int:
    """FIRST or LAST. If it is to be detected, the column with words or, of two with numbers, the one whose
    numbers look like classes. Raises UploadError if this is ambiguous."""
    if column != "detect":
        return FIRST if column == "first" else LAST
    numbers = [[parse_number(cell, table.decimal) for cell in cells] for cells in table.ends]
    are_words = [2 * cells.count(None) > len(cells) for cells in numbers]
    if all(are_words):
        raise UploadError(
            "Both the first and the last column hold something else than numbers: choose which is the class."
        )
    may_be_labels = are_words if any(are_words) else [_may_be_labels(cells) for cells in numbers]
    if may_be_labels[0] == may_be_labels[1]:
        raise UploadError(
            "The numbers do not tell whether the class stands in the first or the last column: choose which."
        )
    return FIRST if may_be_labels[0] else LAST


def _may_be_labels(numbers: Sequence[float | None]) -> bool:
    """True for at most 100 different integers, each of which occurs more than once."""
    counts = Counter(numbers)
    integers = all(number is not None and number.is_integer() for number in counts)
    return integers and 2 <= len(counts) <= MAX_CLASSES and min(counts.values()) > 1


def _has_header(table: Table, label_column: int) -> bool:
    """True if the first row contains names of columns: no sample in it is a number, or its class is a word
    while all others are numbers."""
    cells = table.head.cells
    samples = cells[1:] if label_column == FIRST else cells[:-1]
    if all(parse_number(cell, table.decimal) is None for cell in samples):
        return True
    are_words = [parse_number(cell, table.decimal) is None for cell in table.ends[label_column]]
    return parse_number(cells[label_column], table.decimal) is None and not any(are_words)


def _class_names(table: Table, label_column: int) -> list[str]:
    """The class name of each row. If all are integers, 1.0 and 1e0 are 1. Raises UploadError if one is
    missing."""
    cells = table.ends[label_column]
    names = [clean_text(cell, MAX_CLASS_NAME) for cell in cells]
    if "" in names:
        row = Row(table.lines[names.index("")], table.head.cells)
        raise UploadError(f"{row.position(label_column)}: the class is missing. Each signal needs one.")
    numbers = [parse_number(cell, table.decimal) for cell in cells]
    integers = [str(int(number)) for number in numbers if number is not None and number.is_integer()]
    return integers if len(integers) == len(names) else names


def _samples(table: Table, label_column: int) -> NDArray[np.float64]:
    """The samples (rows, length): all columns but that of the classes."""
    column = LAST if label_column == FIRST else FIRST
    rows = (Row(line, table.head.cells) for line in table.lines)
    outer = [
        parse_cell(row, column, cell, table.decimal)
        for row, cell in zip(rows, table.ends[column], strict=True)
    ]
    return np.insert(table.between, 0 if column == FIRST else table.between.shape[1], outer, axis=1)


def _about(normalised: bool, largest: float, signed: bool) -> str:
    if not normalised:
        return "Your signal's samples, one after the other, as they are in the file."
    return (
        f"Your signal's samples, one after the other, divided by the file's largest ({largest:.4g}): "
        f"{'-1' if signed else '0'} to 1."
    )
