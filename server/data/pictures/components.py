"""Which ink belongs together: strokes joined to digits, specks and what the border cuts off left out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]
"""The first column and row that belong to it, and the first that do not: left, top, right, bottom."""

EVERY_SIDE = np.ones((3, 3), bool)
GAP, WIDER = 0.06, 2.5
"""Strokes of a digit are at most this part of its height apart, a small one from a large one some more."""
AS_TALL = 0.7
MOST_PIECES = 16
LEAST_SIDE, LEAST_AREA = 0.4, 0.12
"""What is smaller than these parts of the largest digit is no digit."""
SPECK = 8


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """The ink of what may be one digit: where it is, its box, its pixels, and whether the border cuts it."""

    mask: Mask
    box: Box
    area: int
    at_border: bool


def inked(ink: Floats, low: float, high: float) -> Mask:
    """Where ink is at least `low` dark, in pieces that are somewhere at least `high`."""
    mask: Mask = ndimage.binary_propagation(ink >= high, structure=EVERY_SIDE, mask=ink >= low)
    return mask


def pieces(mask: Mask, border_too: bool = False) -> tuple[tuple[Piece, ...], int]:
    """The digits in a mask, from left to right, and how many specks and scraps were left out.

    What touches the border is left out where there is something of some size that does not, unless
    `border_too`.
    """
    labels, count = ndimage.label(mask, EVERY_SIDE)
    if not count:
        return (), 0
    found = [_piece(labels == number) for number in _large(labels, count)]
    dropped = count - len(found)
    if not border_too:
        whole = [piece for piece in found if not piece.at_border]
        if whole and max(map(_side, whole)) >= LEAST_SIDE / 2 * max(map(_side, found)):
            dropped += len(found) - len(whole)
            found = whole
    if not found:
        return (), dropped
    digits = _joined(found)
    tallest = max(map(_side, digits))
    largest = max(piece.area for piece in digits)
    kept = [
        piece
        for piece in digits
        if _side(piece) >= LEAST_SIDE * tallest and piece.area >= LEAST_AREA * largest
    ]
    dropped += len(digits) - len(kept)
    return tuple(sorted(kept, key=lambda piece: piece.box[0])), dropped


def _large(labels: NDArray[np.int32], count: int) -> list[int]:
    """The numbers of the largest labels that are more than specks."""
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    least = max(SPECK, 0.01 * areas.max())
    order = np.argsort(-areas, kind="stable")[:MOST_PIECES]
    return [int(number) + 1 for number in order if areas[number] >= least]


def _piece(mask: Mask) -> Piece:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    at_border = left == 0 or top == 0 or right == mask.shape[1] or bottom == mask.shape[0]
    return Piece(mask, (left, top, right, bottom), int(mask.sum()), at_border)


def _side(piece: Piece) -> int:
    left, top, right, bottom = piece.box
    return max(right - left, bottom - top)


def _joined(found: list[Piece]) -> list[Piece]:
    """Pieces that lie close together as one: the strokes of a digit, the parts of a broken stroke."""
    left = sorted(found, key=lambda piece: -piece.area)
    joined: list[Piece] = []
    while left:
        piece = left.pop(0)
        while near := _near(piece, left):
            left = [other for other in left if not any(other is one for one in near)]
            piece = _piece(np.logical_or.reduce([piece.mask, *(other.mask for other in near)]))
        joined.append(piece)
    return joined


def _near(piece: Piece, others: list[Piece]) -> list[Piece]:
    """The smaller pieces that are part of this one: what is between them is narrow."""
    perhaps = [other for other in others if _may_belong(other, piece)]
    if not perhaps:
        return []
    away = ndimage.distance_transform_edt(~piece.mask)
    return [other for other in perhaps if away[other.mask].min() <= _reach(other, piece)]


def _reach(small: Piece, large: Piece) -> float:
    """How far a piece may be from a larger one that it is part of: farther when it is much smaller."""
    return GAP * _side(large) * (WIDER if small.area < large.area / 2 else 1)


def _may_belong(small: Piece, large: Piece) -> bool:
    """Whether a piece can be part of a larger one, from their boxes. Two that stand side by side, as tall as
    each other, are two digits."""
    a, b = small.box, large.box
    across = max(a[0], b[0]) - min(a[2], b[2])
    down = max(a[1], b[1]) - min(a[3], b[3])
    heights = sorted((a[3] - a[1], b[3] - b[1]))
    beside = across > 0 and heights[0] > AS_TALL * heights[1]
    return not beside and max(across, down) <= _reach(small, large)
