"""Uploaded signals: from a table with one signal in each row to a data set."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.data.errors import UploadError
from server.data.uploads.columns import Columns, find_columns
from server.data.uploads.csv_table import LARGEST, MAX_QUOTED, Table, read_table
from server.data.uploads.doubts import Reading, UploadDoubt
from server.data.uploads.number_format import Decimal
from server.data.uploads.table_text import MAX_SAMPLES, MIN_SAMPLES
from server.data.uploads.text import clean_text, natural_sort, titles
from server.data.uploads.upload import MAX_CLASS_NAME, Upload, check_classes

SIDES = range(8, 65)
"""The sides, in pixels, of square pictures that rows of numbers may be."""
SHADES = 255


@dataclass(frozen=True, slots=True)
class SignalOptions:
    """How a table is read.

    Attributes
    ----------
    label
        The column of the class: "first", "last", its number counted from 1, or "detect".
    normalise
        True to divide all numbers by the largest absolute value.
    encoding
        The encoding of the file, or "detect".
    decimal
        The decimal mark of the numbers, or "detect".
    all_columns
        True to keep columns that only count, date or name the rows.
    pictures
        True if each row is a square picture.
    """

    label: str = "detect"
    normalise: bool = True
    encoding: str = "detect"
    decimal: Decimal = "detect"
    all_columns: bool = False
    pictures: bool = False


def from_csv(content: bytes, options: SignalOptions, check_cancelled: Callable[[], None]) -> Upload:
    """Read the data set in a table.

    Parameters
    ----------
    content
        The file: see `read_table`.
    options
        How the table is read.
    check_cancelled
        Called for each row. It may raise an error to stop the work.

    Raises
    ------
    UploadError
        If the table cannot become a data set. The message names the row and the column.
    """
    table = read_table(content, check_cancelled, options.encoding, options.decimal)
    columns = find_columns(table, options.label)
    samples, doubts = _samples(table, columns, options)
    names = _class_names(table, columns)
    check_classes(Counter(names), "signal")
    classes = natural_sort(sorted(set(names)))
    side = int(np.sqrt(samples.shape[1]))
    if options.pictures and side**2 != samples.shape[1]:
        raise UploadError(f"A row of {samples.shape[1]:,} numbers is not a square picture.")
    inputs = samples.reshape(-1, 1, side, side) if options.pictures else samples[:, None, None]
    if not options.pictures and side in SIDES and side**2 == samples.shape[1]:
        doubts += (_picture_doubt(side),)
    signed, largest = bool((samples < 0).any()), float(np.abs(samples).max())
    normalised = options.normalise and largest > 0
    noun = "picture's pixels" if options.pictures else "signal's samples"
    return Upload(
        inputs,
        np.array([classes.index(name) for name in names]),
        tuple(classes),
        _about(noun, normalised, largest, signed),
        1 / largest if normalised else 1.0,
        signed,
        doubts=(*table.doubts, *doubts),
    )


def _class_names(table: Table, columns: Columns) -> list[str]:
    """The class name of each row. Integers have no decimals. Raises UploadError if a name is missing."""
    cells = table.column(columns.label, columns.header)
    if "" in cells:
        position = table.position(columns.header + cells.index(""), columns.label)
        raise UploadError(f"{position}: the class is missing. Each signal needs one.")
    names = [cell if isinstance(cell, str) else f"{cell:.15g}" for cell in cells]
    short = titles(dict.fromkeys(names), MAX_CLASS_NAME)
    return [short[name] or "unnamed" for name in names]


def _samples(
    table: Table, columns: Columns, options: SignalOptions
) -> tuple[NDArray[np.float64], tuple[UploadDoubt, ...]]:
    """The samples (rows, length), and the doubts about the columns that are left out.

    Raises UploadError if a sample is missing or too large, or too few are left.
    """
    counting = {} if options.all_columns else columns.counting
    kept = [column for column in range(table.width) if column != columns.label and column not in counting]
    if len(kept) < MIN_SAMPLES:
        raise UploadError(
            f"Each row has {len(kept)} numbers for its signal, but at least {MIN_SAMPLES} are needed."
        )
    if len(kept) > MAX_SAMPLES:
        raise UploadError(
            f"A signal may have at most {MAX_SAMPLES:,} numbers, but the rows have {len(kept):,}."
        )
    samples = table.numbers[columns.header :, kept]
    wrong = np.argwhere(~(np.abs(samples) <= LARGEST))
    if wrong.size:
        row, column = columns.header + int(wrong[0, 0]), kept[int(wrong[0, 1])]
        raise UploadError(_fault(table, row, column))
    doubts = tuple(
        UploadDoubt(
            f"Column {column + 1} only {what}. It is left out, because it says nothing about the signal.",
            (Reading("Keep all columns", "all_columns", "true"),),
        )
        for column, what in counting.items()
    )
    return samples, doubts


def _fault(table: Table, row: int, column: int) -> str:
    """The message about a cell that should be a sample."""
    cell = table.words.get((row, column))
    if cell is None:
        number = table.numbers[row, column]
        return f"{table.position(row, column)}: {number:g} is too large. The limit is {LARGEST:g}."
    what = f"“{clean_text(cell, MAX_QUOTED)}” is not a number" if cell else "a number is missing"
    return f"{table.position(row, column)}: {what}. Every cell except the class must be a number."


def _picture_doubt(side: int) -> UploadDoubt:
    return UploadDoubt(
        f"Each row has {side**2:,} = {side}×{side} numbers. It is read as a signal, but it may be a picture.",
        (Reading(f"Read the rows as pictures of {side}×{side} pixels", "pictures", "true"),),
    )


def _about(noun: str, normalised: bool, largest: float, signed: bool) -> str:
    if not normalised:
        return f"Your {noun}, in order, as they are in the file."
    return (
        f"Your {noun}, in order, divided by the largest absolute value in the file ({largest:.4g}): "
        f"from {'-1' if signed else '0'} to 1."
    )
