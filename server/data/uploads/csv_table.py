"""Read the cells of a table as numbers and words, before the roles of its columns are known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.data.errors import UploadError
from server.data.uploads.doubts import Reading, UploadDoubt
from server.data.uploads.number_format import PLAIN, Decimal, NumberFormat, detect_format
from server.data.uploads.table_text import (
    DELIMITERS,
    MAX_SAMPLES,
    MIN_SAMPLES,
    SAMPLE_ROWS,
    WHAT_WORKS,
    Row,
    TableText,
    table_text,
)
from server.data.uploads.text import clean_text
from server.data.uploads.upload import MAX_BYTES

MAX_ROWS = 50_000
MAX_WORDS = 4 * MAX_ROWS
"""The maximum number of cells that are not numbers."""
LARGEST = 1e30
MAX_QUOTED = 30
"""The maximum number of characters of a cell in a message."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The cells of a table.

    Attributes
    ----------
    lines
        The line number of each row.
    numbers
        The numbers (rows, columns). NaN for a cell that is not a number.
    words
        The text of the cells that are not numbers, by row and column.
    doubts
        The assumptions about the file.
    """

    lines: list[int]
    numbers: NDArray[np.float64]
    words: dict[tuple[int, int], str]
    doubts: tuple[UploadDoubt, ...]

    @property
    def width(self) -> int:
        """The number of columns."""
        return int(self.numbers.shape[1])

    def position(self, row: int, column: int) -> str:
        """The position of a cell, for a message."""
        return Row(self.lines[row], [""] * self.width).position(column)

    def row(self, row: int) -> list[str | float]:
        """The cells of a row. A cell that is not a number is its text."""
        return [
            self.words.get((row, column), number) for column, number in enumerate(self.numbers[row].tolist())
        ]

    def column(self, column: int, start: int) -> list[str | float]:
        """The cells of a column from row `start` on. A cell that is not a number is its text."""
        return [
            self.words.get((row, column), number)
            for row, number in enumerate(self.numbers[start:, column].tolist(), start)
        ]


def read_table(
    content: bytes, check_cancelled: Callable[[], None], encoding: str = "detect", decimal: Decimal = "detect"
) -> Table:
    """Read a table.

    Parameters
    ----------
    content
        The file: see `table_text`.
    check_cancelled
        Called for each row. It may raise an error to stop the work.
    encoding, decimal
        The encoding of the file and the decimal mark of its numbers, or "detect".

    Raises
    ------
    UploadError
        If the file is not a table, or exceeds a limit.
    """
    source = table_text(content, encoding)
    _check_width(source)
    number_format, doubts = _number_format(source, decimal)
    lines: list[int] = []
    numbers: list[NDArray[np.float64]] = []
    words: dict[tuple[int, int], str] = {}
    usual: tuple[int, ...] = ()
    before = 0
    for row in source.rows():
        check_cancelled()
        if len(row.cells) != source.width:
            if not lines:
                before += 1
                continue
            raise UploadError(
                f"Row {row.line} has {len(row.cells):,} cells, but the first has {source.width:,}. "
                "All rows must have the same number."
            )
        if len(lines) >= MAX_ROWS or 8 * source.width * len(lines) > MAX_BYTES:
            raise UploadError(
                f"The file has more than {len(lines):,} rows of {source.width:,} cells, "
                "which is too much. Leave out some rows."
            )
        if len(words) > MAX_WORDS:
            raise UploadError(f"More than {MAX_WORDS:,} cells are not numbers. Upload {WHAT_WORKS}.")
        values = _numbers(row.cells, number_format, usual)
        usual = tuple(np.flatnonzero(np.isnan(values)).tolist())
        words |= {(len(lines), column): row.cells[column] for column in usual}
        lines.append(row.line)
        numbers.append(values)
    if not lines:
        raise UploadError(f"The file is empty. Upload {WHAT_WORKS}.")
    if len(lines) == 1:
        raise UploadError(f"The file has only one row. Upload {WHAT_WORKS}.")
    if before:
        left = f"{before} line{'s' * (before > 1)} before the table {'are' if before > 1 else 'is'} left out."
        doubts = (*doubts, UploadDoubt(left))
    return Table(lines, np.array(numbers), words, (*source.doubts, *doubts))


def _numbers(cells: list[str], number_format: NumberFormat, usual: tuple[int, ...]) -> NDArray[np.float64]:
    """The numbers of a row, NaN for cells that are not numbers. `usual` are the columns of usual NaNs."""
    plain = cells.copy()
    for column in usual:
        plain[column] = "0"
    if number_format == PLAIN and "_" not in "".join(plain):
        try:  # most rows hold plain numbers, which float reads quickly
            numbers = np.array(list(map(float, plain)))
        except ValueError:
            pass
        else:
            if np.isfinite(numbers).all():
                for column in usual:
                    number = number_format.parse(cells[column])
                    numbers[column] = np.nan if number is None else number
                return numbers
    parsed = map(number_format.parse, cells)
    return np.array([np.nan if number is None else number for number in parsed])


def _number_format(source: TableText, decimal: Decimal) -> tuple[NumberFormat, tuple[UploadDoubt, ...]]:
    """The format of the numbers in the first rows, and the doubt about it."""
    sample = [row.cells for row, _ in zip(source.rows(), range(SAMPLE_ROWS), strict=False)]
    cells = [cell for cells in sample if len(cells) == source.width for cell in cells]
    found, unclear = detect_format(cells, decimal)
    if unclear is None:
        return found, ()
    words = (
        f"“{clean_text(unclear, MAX_QUOTED)}” is read as {found.parse(unclear):g}: "
        "the comma separates thousands."
    )
    return found, (UploadDoubt(words, (Reading("The comma is the decimal mark", "decimal", "comma"),)),)


def _check_width(source: TableText) -> None:
    """Raise UploadError if the rows are too short or too long for a signal and its class."""
    width = source.width
    if not width:
        raise UploadError(f"The file is empty. Upload {WHAT_WORKS}.")
    if width - 1 < MIN_SAMPLES:
        raise UploadError(
            f"The rows, split at each {DELIMITERS[source.delimiter]}, have {width} "
            f"{'cell' if width == 1 else 'cells'}. A signal needs a class and at least {MIN_SAMPLES} numbers."
        )
    if width - 1 > MAX_SAMPLES:
        raise UploadError(
            f"A signal may have at most {MAX_SAMPLES:,} numbers, but most rows have {width - 1:,}."
        )
