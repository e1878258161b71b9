"""Ruled and checked paper: its lines found, and removed where nothing is written. Pure functions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

STEEPEST, SLOPES = 0.27, 61
"""The slopes that are tried: up to 15 degrees both ways."""
COARSE = 256
LEAST_VOTES, LEAST_COVERED, LEAST_OF_A_QUARTER = 0.5, 0.75, 0.5
MOST_LINES, THICKEST = 80, 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line from the left border to the right: its middle row in each column, and how thick it is."""

    rows: Rows
    thickness: int


def without_lines(dark: Floats, least: float) -> tuple[Floats, int]:
    """The darkness (H, W) without the lines that are at least `least` dark and cross the picture from border
    to border, and how many there were. Where a stroke goes on above or below a line, it stays."""
    cleared, across = _without_rows(dark, least)
    turned, down = _without_rows(cleared.T, least)
    return turned.T, across + down


def _without_rows(dark: Floats, least: float) -> tuple[Floats, int]:
    lines = _lines(dark, least)
    cleared = dark.copy()
    for line in lines:
        _clear(cleared, line)
    return cleared, len(lines)


def _lines(dark: Floats, least: float) -> list[Line]:
    """The lines that cross from left to right: by votes of all dark pixels for slopes and places, the best
    first, each checked along its whole way."""
    height, width = dark.shape
    by = max(1, -(-max(height, width) // COARSE))
    mask = dark > least
    tall, broad = -(-height // by), -(-width // by)
    padded = np.pad(mask, ((0, tall * by - height), (0, broad * by - width)))
    small = padded.reshape(tall, by, broad, by).any(axis=(1, 3))
    # A thick blob is no line: only what ends soon above and below may vote.
    most = max(3, round(2 * THICKEST * tall))
    small = small & ~ndimage.binary_opening(small, np.ones((most, 1), bool))
    rows, columns = np.nonzero(small)
    if not rows.size:
        return []
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    reach = int(STEEPEST * broad / 2) + 2
    places = np.rint(rows - slopes[:, None] * (columns - broad / 2)).astype(np.intp) + reach
    bins = tall + 2 * reach
    flat = places + np.arange(SLOPES)[:, None] * bins
    votes = np.bincount(flat.ravel(), minlength=SLOPES * bins)[: SLOPES * bins].reshape(SLOPES, bins)
    # A line lies between two rows as often as on one.
    votes = votes + np.maximum(np.roll(votes, 1, axis=1), np.roll(votes, -1, axis=1))
    lines: list[Line] = []
    column = np.arange(width)
    for _ in range(MOST_LINES):
        slope, place = np.unravel_index(votes.argmax(), votes.shape)
        if votes[slope, place] < LEAST_VOTES * broad:
            break
        middle = (place - reach + 0.5) * by + slopes[slope] * (column - width / 2)
        line = _followed(dark, mask, middle, by)
        if line is not None:
            lines.append(line)
        votes[:, max(0, place - 2) : place + 3] = 0
    return lines


def _followed(dark: Floats, mask: Mask, middle: Floats, by: int) -> Line | None:
    """The line along about these rows, if there is one from border to border."""
    height, width = dark.shape
    around = np.arange(-by - 1, by + 2)
    column = np.arange(width)
    inside = (middle >= 0) & (middle <= height - 1)
    if inside.mean() < 0.6:
        return None
    near = np.clip(np.rint(middle).astype(np.intp) + around[:, None], 0, height - 1)
    found = mask[near, column].any(axis=0) & inside
    covered = np.array([part[ok].mean() if ok.any() else 1.0 for part, ok in _quarters(found, inside)])
    if found[inside].mean() < LEAST_COVERED or covered.min() < LEAST_OF_A_QUARTER:
        return None
    darkest = near[dark[near, column].argmax(axis=0), column]
    at = column[found]
    bend = np.polynomial.Polynomial.fit(at, darkest[found], 2)
    off = np.abs(darkest[found] - bend(at))
    close = off <= max(1.0, float(np.median(off)) * 2)
    if close.sum() > 8:
        bend = np.polynomial.Polynomial.fit(at[close], darkest[found][close], 2)
    rows = np.rint(bend(column)).astype(np.intp)
    most = max(2, round(THICKEST * max(height, width)))
    span = np.clip(rows + np.arange(-most, most + 1)[:, None], 0, height - 1)
    runs = mask[span, column].sum(axis=0)[found]
    thickness = int(np.median(runs))
    if thickness > most:
        return None
    return Line(rows, max(1, thickness))


def _quarters(found: Mask, inside: Mask) -> list[tuple[Mask, Mask]]:
    return list(zip(np.array_split(found, 4), np.array_split(inside, 4), strict=True))


def _clear(dark: Floats, line: Line) -> None:
    """Take the line out of `dark`, in place: no pixel of it stays darker than what is just above or below."""
    height, width = dark.shape
    half = line.thickness // 2 + 1
    column = np.arange(width)
    visible = (line.rows >= 0) & (line.rows < height)
    sides = [
        ndimage.maximum_filter1d(
            np.where(
                (beyond >= 0) & (beyond < height) & visible, dark[np.clip(beyond, 0, height - 1), column], 0.0
            ),
            3,
        )
        for beyond in (line.rows - half - 1, line.rows + half + 1)
    ]
    most = np.maximum(*sides)
    for step in range(-half, half + 1):
        row = line.rows + step
        ok = visible & (row >= 0) & (row < height)
        dark[row[ok], column[ok]] = np.minimum(dark[row[ok], column[ok]], most[ok])
