"""Read a CSV file of numbers whose first or last column may hold class names."""

import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from server.data.errors import UploadError
from server.data.uploads.text import clean_text
from server.data.uploads.upload import MAX_BYTES

MAX_TEXT = 50_000_000
"""The largest file, in bytes."""
MAX_ROWS = 50_000
MIN_SAMPLES, MAX_SAMPLES = 4, 4096
MAX_ROW_TEXT = 40 * MAX_SAMPLES
"""The longest row, in characters."""
LARGEST = 1e30
MAX_QUOTED = 30
"""The most characters of a cell in a message."""
DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma"}
WHAT_WORKS = "a CSV file with a signal in each row: its numbers, and its class in the first or last column"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and the number of the line at which it ends."""

    line: int
    cells: list[str]

    def position(self, column: int) -> str:
        """The position of a cell, for a message. -1 is the last column."""
        return f"Row {self.line}, column {column % len(self.cells) + 1}"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The content of a CSV file, before it is known which column holds the classes.

    Attributes
    ----------
    head
        The first row. It may contain the names of the columns.
    lines
        The line number of each other row.
    ends
        The text in the first column and in the last column of the other rows.
    between
        The numbers (rows, columns - 2) between the first and the last column.
    decimal
        The decimal separator, "." or ",".
    """

    head: Row
    lines: list[int]
    ends: tuple[list[str], list[str]]
    between: NDArray[np.float64]
    decimal: str

    def with_head(self) -> "Table":
        """The table with its first row as a row of data."""
        first, last = self.ends
        head = parse_between(self.head, self.decimal)
        return replace(
            self,
            lines=[self.head.line, *self.lines],
            ends=([self.head.cells[0], *first], [self.head.cells[-1], *last]),
            between=np.concatenate([head[None], self.between]),
        )


def read_table(content: bytes, check_cancelled: Callable[[], None]) -> Table:
    """Read a CSV file.

    The delimiter is a tab, semicolon or comma, the first of these in the first row. A decimal comma is
    accepted unless the comma is the delimiter.

    Parameters
    ----------
    content
        The file: UTF-8, UTF-16 with a byte order mark, or else Latin-1.
    check_cancelled
        Called at each row. It may raise to stop the work.

    Raises
    ------
    UploadError
        If the file is no table of numbers, or exceeds a limit.
    """
    text = _decode(content)
    beginning = text.lstrip("\r\n")[:MAX_ROW_TEXT].splitlines()
    delimiter = next((one for one in DELIMITERS if beginning and one in beginning[0]), ",")
    decimal = "." if delimiter == "," else ","
    rows = _read_rows(text, delimiter)
    head = next(rows, None)
    if head is None:
        raise UploadError(f"There is nothing in it. Bring {WHAT_WORKS}.")
    width = len(head.cells)
    _check_width(head, delimiter)
    lines: list[int] = []
    ends: tuple[list[str], list[str]] = ([], [])
    between: list[NDArray[np.float64]] = []
    for row in rows:
        check_cancelled()
        if len(row.cells) != width:
            raise UploadError(
                f"Row {row.line} has {len(row.cells):,} cells, and the first has {width:,}: all need as many."
            )
        if len(lines) >= MAX_ROWS or 8 * width * len(lines) > MAX_BYTES:
            raise UploadError(
                f"It has more than {len(lines):,} rows of {width:,} cells, which is too much: leave some out."
            )
        lines.append(row.line)
        ends[0].append(row.cells[0])
        ends[1].append(row.cells[-1])
        between.append(parse_between(row, decimal))
    if not lines:
        raise UploadError(f"There is only one row in it. Bring {WHAT_WORKS}.")
    return Table(head, lines, ends, np.array(between), decimal)


def parse_between(row: Row, decimal: str) -> NDArray[np.float64]:
    """The numbers between the first and the last cell of a row. Raises UploadError for other text."""
    cells = row.cells[1:-1]
    try:  # most rows are plain numbers, which float reads quickly
        numbers = np.array(list(map(float, cells)))
        if np.abs(numbers).max() <= LARGEST and "_" not in "".join(cells):
            return numbers
    except ValueError:
        pass
    return np.array([parse_cell(row, k, cell, decimal) for k, cell in enumerate(cells, 1)])


def parse_cell(row: Row, column: int, cell: str, decimal: str) -> float:
    """The number in a cell. Raises UploadError, with the position of the cell, if there is none."""
    number = parse_number(cell, decimal)
    if number is None:
        what = f"“{clean_text(cell, MAX_QUOTED)}” is no number" if cell else "a number is missing"
        raise UploadError(f"{row.position(column)}: {what}. Each cell but the class needs one.")
    if abs(number) > LARGEST:
        raise UploadError(f"{row.position(column)}: {number:g} is too large; at most {LARGEST:g} is taken.")
    return number


def parse_number(cell: str, decimal: str) -> float | None:
    """The finite number in a cell, or None. A decimal comma is accepted if `decimal` is a comma."""
    text = cell.replace(",", ".") if decimal == "," and "." not in cell else cell
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def _decode(content: bytes) -> str:
    """The text of a file. Raises UploadError if it is too large or no text."""
    if len(content) > MAX_TEXT:
        raise UploadError(f"It has more than {MAX_TEXT / 1e6:.0f} MB: leave some signals out, or samples.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UploadError("It is a spreadsheet, or a zip: save the spreadsheet as CSV, and bring that.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise UploadError(f"It is no text. Bring {WHAT_WORKS}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _check_width(head: Row, delimiter: str) -> None:
    """Raise UploadError if the rows are too short or too long for a signal and its class."""
    width = len(head.cells)
    if width - 1 < MIN_SAMPLES:
        raise UploadError(
            f"Its first row, split at each {DELIMITERS[delimiter]}, has {width} "
            f"{'cell' if width == 1 else 'cells'}; a signal needs a class and {MIN_SAMPLES} numbers or more."
        )
    if width - 1 > MAX_SAMPLES:
        raise UploadError(
            f"A signal may have {MAX_SAMPLES:,} numbers, and row {head.line} has {width - 1:,}."
        )


def _read_rows(text: str, delimiter: str) -> Iterator[Row]:
    """The rows that are not empty. If the first row ends with a delimiter, the empty last cells are cut."""
    length, ends_empty = 0, None

    def lines() -> Iterator[str]:
        nonlocal length
        for line in io.StringIO(text, newline=""):
            length += len(line)
            if length > MAX_ROW_TEXT:
                raise UploadError(f"Row {reader.line_num + 1} is too long for a signal. Bring {WHAT_WORKS}.")
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for row in reader:
            length = 0
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if ends_empty is None:
                ends_empty = not cells[-1]
            yield Row(reader.line_num, cells[:-1] if ends_empty and not cells[-1] else cells)
    except csv.Error as error:
        raise UploadError(f"Row {reader.line_num} cannot be read: {error}.") from None
