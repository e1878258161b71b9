"""From the bytes of a file to the rows of a table: encoding, head of the file, delimiter."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from server.data.errors import UploadError
from server.data.uploads.doubts import UploadDoubt
from server.data.uploads.encodings import encoding_doubt, likely_encodings
from server.data.uploads.number_format import detect_format

MAX_TEXT = 50_000_000
"""The maximum size of a file, in bytes."""
MIN_SAMPLES, MAX_SAMPLES = 4, 4096
MAX_ROW_TEXT = 40 * MAX_SAMPLES
"""The maximum length of a row, in characters."""
SAMPLE_ROWS = 60
"""The number of rows from which the delimiter and the format of numbers are detected."""
DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "pipe", " ": "run of spaces"}
WHAT_WORKS = "a CSV file with one signal in each row: its numbers, and its class in a separate column"
_COMMENT = ("#", "%")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and the number of its last line."""

    line: int
    cells: list[str]

    def position(self, column: int) -> str:
        """The position of a cell, for a message. Column -1 is the last one."""
        return f"Row {self.line}, column {column % len(self.cells) + 1}"


@dataclass(frozen=True, slots=True)
class TableText:
    """The text of a table, with an empty line for each line that is not a row.

    `width` is the number of cells in most rows.
    """

    text: str
    delimiter: str
    width: int
    doubts: tuple[UploadDoubt, ...]

    def rows(self) -> Iterator[Row]:
        """The rows that are not empty. Raises UploadError for a row that is too long or cannot be read."""
        return _read_rows(self.text, self.delimiter)


def table_text(content: bytes, encoding: str = "detect") -> TableText:
    """The table in a file.

    Comments, a line that names the delimiter ("sep=;"), and the heads of ARFF files and of .ts files of the
    UEA archive are not rows. The chosen delimiter splits most rows into the same number of cells, most of
    which are numbers.

    Parameters
    ----------
    content
        The file: UTF-8, UTF-16 with a byte order mark, or else one of ENCODINGS.
    encoding
        One of ENCODINGS, or "detect".

    Raises
    ------
    UploadError
        If the file is too large, or not text.
    """
    text, doubts = _decode(content, encoding)
    text, delimiter = _without_head(text)
    scores = {one: _score(text, one) for one in ([delimiter] if delimiter else DELIMITERS)}
    # The first of equally good delimiters wins. If none fits, the comma is the usual one.
    best = max(scores, key=lambda one: scores[one][0])
    if scores[best][0] == 0 and "," in scores:
        best = ","
    return TableText(text, best, scores[best][1], doubts)


def _score(text: str, delimiter: str) -> tuple[float, int]:
    """How well a delimiter fits, and the number of cells in most rows.

    The first value is the fraction of rows with that number of cells, times the fraction of their cells that
    are numbers.
    """
    rows = []
    try:
        for row, _ in zip(_read_rows(text, delimiter), range(SAMPLE_ROWS), strict=False):
            rows.append(row.cells)
    except UploadError:
        pass  # the error is reported when the table is read
    if not rows:
        return 0.0, 0
    widths = Counter(map(len, rows))
    width = max(widths, key=lambda each: (widths[each], each))
    if width == 1:
        return 0.0, 1
    cells = [cell for row in rows if len(row) == width for cell in row]
    number_format, _ = detect_format(cells)
    numbers = sum(number_format.parse(cell) is not None for cell in cells)
    return widths[width] / len(rows) * numbers / len(cells), width


def _decode(content: bytes, encoding: str) -> tuple[str, tuple[UploadDoubt, ...]]:
    """The text of a file, and the doubt about its encoding."""
    if len(content) > MAX_TEXT:
        raise UploadError(
            f"The file has more than {MAX_TEXT / 1e6:.0f} MB. Leave out some signals or samples."
        )
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UploadError(
            "The file is a spreadsheet or a zip file. Save the spreadsheet as CSV and upload that."
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), ()
    if b"\0" in content:
        raise UploadError(f"The file is not text. Upload {WHAT_WORKS}.")
    if encoding != "detect":
        return content.decode(encoding, "replace"), ()
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        likely = likely_encodings(content)
    if not likely:
        raise UploadError("The file has an unknown encoding. Save it as UTF-8.")
    text = content.decode(likely[0])
    return text, (encoding_doubt(content, likely),)


def _without_head(text: str) -> tuple[str, str | None]:
    """The text with an empty line for each line that is not a row, and the delimiter that the file names."""
    lines = re.split(r"\r\n|\n|\r", text)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    delimiter = None
    if found := re.fullmatch(r'"?sep=(.)"?', lines[first].strip(), re.IGNORECASE):
        delimiter = found[1] if found[1] in DELIMITERS else None
        lines[first] = ""
    head = list(takewhile(_is_head, lines))
    if any(line.strip().casefold() == "@data" for line in head):
        lines[: len(head)] = [""] * len(head)
        delimiter = ","
        # Both ARFF and .ts files have such a head. Only an ARFF file names its relation.
        if not any(line.casefold().startswith("@relation") for line in head):
            lines = [_series(line, number) for number, line in enumerate(lines, 1)]
    return "\n".join("" if line.startswith(_COMMENT) else line for line in lines), delimiter


def _is_head(line: str) -> bool:
    """True for a line before the data of an ARFF file or of a .ts file."""
    return not line.strip() or line.startswith(("@", *_COMMENT))


def _series(line: str, number: int) -> str:
    """A line of a .ts file as a row of a CSV file. In a .ts file, the class follows a colon."""
    *dimensions, label = line.split(":")
    if len(dimensions) > 1:
        raise UploadError(
            f"Row {number}: the signal has {len(dimensions)} dimensions. Signals may have only one."
        )
    return f"{dimensions[0]},{label.strip()}" if dimensions else ""


def _read_rows(text: str, delimiter: str) -> Iterator[Row]:
    """The rows that are not empty. If the first row ends with a delimiter, empty last cells are removed."""
    length, ends_empty = 0, None

    def lines() -> Iterator[str]:
        nonlocal length
        for line in io.StringIO(text, newline=""):
            length += len(line)
            if length > MAX_ROW_TEXT:
                raise UploadError(f"Row {reader.line_num + 1} is too long for a signal. Upload {WHAT_WORKS}.")
            yield " ".join(line.split()) if delimiter == " " else line

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
