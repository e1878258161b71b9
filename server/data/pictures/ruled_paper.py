"""Remove the lines of ruled and squared paper, except where they are written on. Pure functions.

Lines are found by a Hough transform (Duda and Hart 1972) in the parameters slope and intercept. Each
candidate is then followed through the picture.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

MAX_SLOPE, SLOPES = 0.27, 61
"""The largest slope in rows per column, about 15 degrees, and the number of slopes that are tried."""
COARSE_SIDE = 256
"""The longer side of the reduced picture that votes."""
MIN_VOTES, MIN_COVERAGE, MIN_QUARTER_COVERAGE = 0.5, 0.75, 0.5
"""The least fraction of columns that vote for a line, that are dark along the line, and that are dark in each
quarter of the line."""
MIN_INSIDE = 0.6
"""The least fraction of a line inside of the picture."""
MAX_LINES, MAX_THICKNESS = 80, 0.02
"""The most lines in one direction, and their largest thickness relative to the longer side."""


@dataclass(frozen=True, slots=True, eq=False)
class RuledLine:
    """A line from the left to the right border: its middle row in each column, and its thickness."""

    rows: Rows
    thickness: int


@dataclass(frozen=True, slots=True, eq=False)
class _Votes:
    """The Hough accumulator (slopes, intercepts). Bin `b` is the coarse row `b - offset` in the middle
    column."""

    counts: NDArray[np.intp]
    slopes: Floats
    offset: int


def remove_ruled_lines(dark: Floats, threshold: float) -> tuple[Floats, int]:
    """Remove the lines of the paper from the darkness (H, W).

    A line is darker than `threshold` and crosses the picture from border to border, horizontally or
    vertically. It is kept where a stroke continues above or below it.

    Returns
    -------
    tuple
        The darkness without the lines, and the number of lines.
    """
    cleared, horizontal = _remove_horizontal(dark, threshold)
    transposed, vertical = _remove_horizontal(cleared.T, threshold)
    return transposed.T, horizontal + vertical


def _remove_horizontal(dark: Floats, threshold: float) -> tuple[Floats, int]:
    lines = _find_lines(dark, threshold)
    cleared = dark.copy()
    for line in lines:
        _clear(cleared, line)
    return cleared, len(lines)


def _find_lines(dark: Floats, threshold: float) -> list[RuledLine]:
    """The lines from left to right. The candidate with most votes comes first."""
    height, width = dark.shape
    reduction = max(1, -(-max(height, width) // COARSE_SIDE))
    mask = dark > threshold
    votes = _vote(_thin_structures(mask, reduction))
    if votes is None:
        return []
    counts = votes.counts
    coarse_width = -(-width // reduction)
    column = np.arange(width)
    lines: list[RuledLine] = []
    for _ in range(MAX_LINES):
        slope, intercept = np.unravel_index(counts.argmax(), counts.shape)
        if counts[slope, intercept] < MIN_VOTES * coarse_width:
            break
        middle = (intercept - votes.offset + 0.5) * reduction + votes.slopes[slope] * (column - width / 2)
        line = _follow(dark, mask, middle, reduction)
        if line is not None:
            lines.append(line)
        counts[:, max(0, intercept - 2) : intercept + 3] = 0
    return lines


def _thin_structures(mask: Mask, reduction: int) -> Mask:
    """The mask, reduced, without structures that are too tall for a line."""
    height, width = mask.shape
    rows, columns = -(-height // reduction), -(-width // reduction)
    padded = np.pad(mask, ((0, rows * reduction - height), (0, columns * reduction - width)))
    small = padded.reshape(rows, reduction, columns, reduction).any(axis=(1, 3))
    tallest = max(3, round(2 * MAX_THICKNESS * rows))
    thin: Mask = small & ~scipy.ndimage.binary_opening(small, np.ones((tallest, 1), bool))
    return thin


def _vote(mask: Mask) -> _Votes | None:
    """Let each pixel of a mask vote for the lines through it; None if there is no pixel."""
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return None
    slopes = np.linspace(-MAX_SLOPE, MAX_SLOPE, SLOPES)
    offset = int(MAX_SLOPE * width / 2) + 2
    intercepts = np.rint(rows - slopes[:, None] * (columns - width / 2)).astype(np.intp) + offset
    bins = height + 2 * offset
    flat = intercepts + np.arange(SLOPES)[:, None] * bins
    counts = np.bincount(flat.ravel(), minlength=SLOPES * bins)[: SLOPES * bins].reshape(SLOPES, bins)
    # Half of all lines lie between two rows and divide their votes.
    counts = counts + np.maximum(np.roll(counts, 1, axis=1), np.roll(counts, -1, axis=1))
    return _Votes(counts, slopes, offset)


def _follow(dark: Floats, mask: Mask, middle: Floats, reduction: int) -> RuledLine | None:
    """The line near these rows (W,); None if it does not cross the picture or is too thick."""
    height, width = dark.shape
    column = np.arange(width)
    inside = (middle >= 0) & (middle <= height - 1)
    if inside.mean() < MIN_INSIDE:
        return None
    around = np.arange(-reduction - 1, reduction + 2)
    near = np.clip(np.rint(middle).astype(np.intp) + around[:, None], 0, height - 1)
    found = mask[near, column].any(axis=0) & inside
    if found[inside].mean() < MIN_COVERAGE or _least_covered_quarter(found, inside) < MIN_QUARTER_COVERAGE:
        return None
    darkest = near[dark[near, column].argmax(axis=0), column]
    rows = _fit_parabola(column[found], darkest[found], column)
    thickest = max(2, round(MAX_THICKNESS * max(height, width)))
    span = np.clip(rows + np.arange(-thickest, thickest + 1)[:, None], 0, height - 1)
    thickness = int(np.median(mask[span, column].sum(axis=0)[found]))
    if thickness > thickest:
        return None
    return RuledLine(rows, max(1, thickness))


def _least_covered_quarter(found: Mask, inside: Mask) -> float:
    """The least fraction of dark columns in a quarter of the line, of the columns inside of the picture."""
    quarters = zip(np.array_split(found, 4), np.array_split(inside, 4), strict=True)
    return min(float(dark[valid].mean()) if valid.any() else 1.0 for dark, valid in quarters)


def _fit_parabola(x: Rows, y: Rows, column: Rows) -> Rows:
    """The rows of a parabola through the points (x, y), fitted again without outliers, at all columns."""
    parabola = np.polynomial.Polynomial.fit(x, y, 2)
    residual = np.abs(y - parabola(x))
    close = residual <= max(1.0, float(np.median(residual)) * 2)
    if close.sum() > 8:
        parabola = np.polynomial.Polynomial.fit(x[close], y[close], 2)
    rows: Rows = np.rint(parabola(column)).astype(np.intp)
    return rows


def _clear(dark: Floats, line: RuledLine) -> None:
    """Remove a line from `dark`, in place: its pixels get at most the darkness just above and below."""
    height, width = dark.shape
    half = line.thickness // 2 + 1
    column = np.arange(width)
    visible = (line.rows >= 0) & (line.rows < height)
    beside = [
        scipy.ndimage.maximum_filter1d(
            np.where((row >= 0) & (row < height) & visible, dark[np.clip(row, 0, height - 1), column], 0.0),
            3,
        )
        for row in (line.rows - half - 1, line.rows + half + 1)
    ]
    darkest = np.maximum(*beside)
    for distance in range(-half, half + 1):
        row = line.rows + distance
        valid = visible & (row >= 0) & (row < height)
        dark[row[valid], column[valid]] = np.minimum(dark[row[valid], column[valid]], darkest[valid])
