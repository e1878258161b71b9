"""One's own signals: from a CSV file with a signal in each row to a data set."""

import csv
import io
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from server.data.uploads.store import (
    MAX_BYTES,
    MAX_CLASS_NAME,
    MAX_CLASSES,
    OwnData,
    OwnDataError,
    checked,
    cleaned,
    in_order,
)

MAX_TEXT = 50_000_000
"""The bytes of a file."""
MAX_ROWS = 50_000
MIN_SAMPLES, MAX_SAMPLES = 4, 4096
MAX_ROW_TEXT = 40 * MAX_SAMPLES
"""The characters of a row."""
LARGEST = 1e30
SHOWN = 30
"""How many characters of a cell are repeated in a sentence."""
DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma"}
_WHAT_WORKS = "a CSV file with a signal in each row: its numbers, and its class in the first or last column"

Column = Literal["detect", "first", "last"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the class stands, and whether all numbers are divided by the largest ("normalise")."""

    label: Column = "detect"
    normalise: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and the line of the file at which it ends."""

    line: int
    cells: list[str]

    def where(self, column: int) -> str:
        """A cell's place, in a sentence."""
        return f"Row {self.line}, column {column % len(self.cells) + 1}"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A file's first row, which may only name the columns; of the others the lines, their first and last
    cells as written, and the numbers (rows, columns - 2) between them. `decimal` stands before decimals."""

    head: Row
    lines: list[int]
    ends: tuple[list[str], list[str]]
    between: NDArray[np.float64]
    decimal: str


def from_csv(content: bytes, how: Reading, go_on: Callable[[], None]) -> OwnData:
    """The data set in a CSV file. `go_on` is called at each row, and may raise. OwnDataError."""
    table = _table(_text(content), go_on)
    place = _place(table) if how.label == "detect" else 0 if how.label == "first" else -1
    if not _is_header(table, place):
        table = _with_head(table)
    names = _class_names(table, place)
    checked(Counter(names), "signal")
    classes = in_order(sorted(set(names)))
    samples = _samples(table, -1 - place)
    signed, largest = bool((samples < 0).any()), float(np.abs(samples).max())
    divided = how.normalise and largest > 0
    return OwnData(
        samples[:, None, None],
        np.array([classes.index(name) for name in names]),
        tuple(classes),
        _about(divided, largest, signed),
        1 / largest if divided else 1.0,
        signed,
    )


def _text(content: bytes) -> str:
    if len(content) > MAX_TEXT:
        raise OwnDataError(f"It has more than {MAX_TEXT / 1e6:.0f} MB: leave some signals out, or samples.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise OwnDataError("It is a spreadsheet, or a zip: save the spreadsheet as CSV, and bring that.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise OwnDataError(f"It is no text. Bring {_WHAT_WORKS}.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _table(text: str, go_on: Callable[[], None]) -> Table:
    beginning = text.lstrip("\r\n")[:MAX_ROW_TEXT].splitlines()
    delimiter = next((one for one in DELIMITERS if beginning and one in beginning[0]), ",")
    decimal = "." if delimiter == "," else ","
    rows = _rows(text, delimiter)
    head = next(rows, None)
    if head is None:
        raise OwnDataError(f"There is nothing in it. Bring {_WHAT_WORKS}.")
    width = len(head.cells)
    if width - 1 < MIN_SAMPLES:
        raise OwnDataError(
            f"Its first row, split at each {DELIMITERS[delimiter]}, has {width} "
            f"{'cell' if width == 1 else 'cells'}; a signal needs a class and {MIN_SAMPLES} numbers or more."
        )
    if width - 1 > MAX_SAMPLES:
        raise OwnDataError(
            f"A signal may have {MAX_SAMPLES:,} numbers, and row {head.line} has {width - 1:,}."
        )
    lines: list[int] = []
    ends: tuple[list[str], list[str]] = ([], [])
    between: list[NDArray[np.float64]] = []
    for row in rows:
        go_on()
        if len(row.cells) != width:
            raise OwnDataError(
                f"Row {row.line} has {len(row.cells):,} cells, and the first has {width:,}: all need as many."
            )
        if len(lines) >= MAX_ROWS or 8 * width * len(lines) > MAX_BYTES:
            raise OwnDataError(
                f"It has more than {len(lines):,} rows of {width:,} cells, which is too much: leave some out."
            )
        lines.append(row.line)
        ends[0].append(row.cells[0])
        ends[1].append(row.cells[-1])
        between.append(_between(row, decimal))
    if not lines:
        raise OwnDataError(f"There is only one row in it. Bring {_WHAT_WORKS}.")
    return Table(head, lines, ends, np.array(between), decimal)


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    """The rows that are not empty. Where the first ends with a delimiter, no cell is after its last."""
    taken, ends_empty = 0, None

    def lines() -> Iterator[str]:
        nonlocal taken
        for line in io.StringIO(text, newline=""):
            taken += len(line)
            if taken > MAX_ROW_TEXT:
                raise OwnDataError(
                    f"Row {reader.line_num + 1} is too long for a signal. Bring {_WHAT_WORKS}."
                )
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for row in reader:
            taken = 0
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if ends_empty is None:
                ends_empty = not cells[-1]
            yield Row(reader.line_num, cells[:-1] if ends_empty and not cells[-1] else cells)
    except csv.Error as error:
        raise OwnDataError(f"Row {reader.line_num} cannot be read: {error}.") from None


def _place(table: Table) -> int:
    """The column of the class: 0 or -1."""
    numbers = [[_number(cell, table.decimal) for cell in cells] for cells in table.ends]
    are_words = [2 * cells.count(None) > len(cells) for cells in numbers]
    if all(are_words):
        raise OwnDataError(
            "Both the first and the last column hold something else than numbers: choose which is the class."
        )
    few = are_words if any(are_words) else [_may_be_classes(cells) for cells in numbers]
    if few[0] == few[1]:
        raise OwnDataError(
            "The numbers do not tell whether the class stands in the first or the last column: choose which."
        )
    return 0 if few[0] else -1


def _may_be_classes(numbers: Sequence[float | None]) -> bool:
    """Whether numbers may be those of classes: whole ones, few, and each again and again."""
    counts = Counter(numbers)
    whole = all(number is not None and number.is_integer() for number in counts)
    return whole and 2 <= len(counts) <= MAX_CLASSES and min(counts.values()) > 1


def _is_header(table: Table, place: int) -> bool:
    """Whether the first row only names the columns: it has no number where all others have one."""
    cells = table.head.cells
    samples = cells[1:] if place == 0 else cells[:-1]
    if all(_number(cell, table.decimal) is None for cell in samples):
        return True
    classes = [_number(cell, table.decimal) is None for cell in table.ends[place]]
    return _number(cells[place], table.decimal) is None and not any(classes)


def _with_head(table: Table) -> Table:
    """The table with its first row among the others."""
    head = table.head
    between = np.concatenate([_between(head, table.decimal)[None], table.between])
    first, last = table.ends
    ends = ([head.cells[0], *first], [head.cells[-1], *last])
    return Table(head, [head.line, *table.lines], ends, between, table.decimal)


def _class_names(table: Table, place: int) -> list[str]:
    """The classes as they are called; 1.0 and 1e0 are 1. OwnDataError where one is missing."""
    cells = table.ends[place]
    names = [cleaned(cell, MAX_CLASS_NAME) for cell in cells]
    if "" in names:
        row = Row(table.lines[names.index("")], table.head.cells)
        raise OwnDataError(f"{row.where(place)}: the class is missing. Each signal needs one.")
    numbers = [_number(cell, table.decimal) for cell in cells]
    whole = [str(int(number)) for number in numbers if number is not None and number.is_integer()]
    return whole if len(whole) == len(names) else names


def _samples(table: Table, place: int) -> NDArray[np.float64]:
    """All numbers (rows, length): those between, and those of the end that is not the class's."""
    cells = table.ends[place]
    rows = (Row(line, table.head.cells) for line in table.lines)
    end = [_checked(row, place, cell, table.decimal) for row, cell in zip(rows, cells, strict=True)]
    return np.insert(table.between, 0 if place == 0 else table.between.shape[1], end, axis=1)


def _between(row: Row, decimal: str) -> NDArray[np.float64]:
    cells = row.cells[1:-1]
    try:  # most rows hold plain numbers, and are read quickly
        numbers = np.array(list(map(float, cells)))
        if np.abs(numbers).max() <= LARGEST and "_" not in "".join(cells):
            return numbers
    except ValueError:
        pass
    return np.array([_checked(row, k, cell, decimal) for k, cell in enumerate(cells, 1)])


def _checked(row: Row, column: int, cell: str, decimal: str) -> float:
    """The number in a cell. OwnDataError where there is none."""
    number = _number(cell, decimal)
    if number is None:
        what = f"“{cleaned(cell, SHOWN)}” is no number" if cell else "a number is missing"
        raise OwnDataError(f"{row.where(column)}: {what}. Each cell but the class needs one.")
    if abs(number) > LARGEST:
        raise OwnDataError(f"{row.where(column)}: {number:g} is too large; at most {LARGEST:g} is taken.")
    return number


def _number(cell: str, decimal: str) -> float | None:
    """The number in a cell; None where there is none. A comma that ends no cell may stand for the point."""
    text = cell.replace(",", ".") if decimal == "," and "." not in cell else cell
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def _about(divided: bool, largest: float, signed: bool) -> str:
    if not divided:
        return "Your signal's samples, one after the other, as they are in the file."
    return (
        f"Your signal's samples, one after the other, divided by the file's largest ({largest:.4g}): "
        f"{'-1' if signed else '0'} to 1."
    )
