"""Handwritten digits, 28x28, from a pen of our own: any number of them, from a seed.

An example is a style of its digit whose points are moved, a curve through them, and a pen that follows it.
The rest is what the makers of MNIST did with their scans: the ink fits a box of 20x20 pixels in 256 shades,
and its centre of mass is put on pixel (14, 14). Sums, products and square roots are all it takes: they give
the same bits on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from server.data.pen.strokes import STYLES, Style

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Place = tuple[float, float]

CLASSES, SIDE, BOX, BRIGHTEST = 10, 28, 20, 255
LABELS, WRITING = 0, 1
CHUNK, SAMPLES, HALF_HEIGHT = 100, 120, 50

# How much hands differ, as standard deviations; lengths are in half heights of a digit.
WIDTH, SLANT, ROTATION, BEND, JITTER = 0.2, 0.27, 0.13, 0.18, 0.10
MEAN_SLANT = 0.14
# Half the width of a pen's line; how much that differs from hand to hand, from one end of a stroke to the
# other, and from down to across; the width of its soft edge in pixels, and how much that differs.
PEN, PEN_SPREAD, PRESSURE, NIB, EDGE, EDGE_SPREAD = 0.15, 0.15, 0.28, 0.15, 1.0, 0.1
HAND_NUMBERS, BEND_NUMBERS = 7, 6


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """All styles as arrays: sample q of style s lies at the sum of `weights[s, q] * points[s, reads[s, q]]`.

    `points` (styles, points, 2) are (x, y) in half heights, from the middle of the digit; `reads` and
    `weights` are (styles, samples, 4); `along` (styles, samples) runs from -1 to 1 on every stroke.
    """

    points: Floats
    reads: Indices
    weights: Floats
    along: Floats


def handwriting(count: int, seed: int) -> tuple[Floats, Indices]:
    """Images (1, 28, 28, count), 0 (paper) to 1 (ink), and their labels (count,); read-only.

    Every ten examples hold each digit once, in random order. Example i depends on the seed and on i only.
    ValueError when no example is asked for, or the seed is not from 0 to 2**64 - 1.
    """
    if count < 1:
        raise ValueError(f"{count} examples cannot be written: ask for 1 or more.")
    if not 0 <= seed < 2**64:
        raise ValueError(f"The seed is {seed}: it must be from 0 to 2**64 - 1.")
    order = _generator(seed, LABELS).random((-(-count // CLASSES), CLASSES))
    labels = np.argsort(order, axis=1).ravel()[:count]
    images = np.empty((1, SIDE, SIDE, count))
    random = _generator(seed, WRITING)
    rolls = 1 + HAND_NUMBERS + BEND_NUMBERS + _curves().points[0].size
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        boxes = _written(labels[part], random.random((labels[part].size, rolls, 3)))
        images[0, ..., part] = np.moveaxis(_centred(boxes), 0, -1)
    labels.flags.writeable = images.flags.writeable = False
    return images, labels


def _generator(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=np.array([seed, stream], np.uint64)))


def _written(labels: Indices, uniform: Floats) -> Floats:
    """Boxes (count, 20, 20) of shades 0 to 255: digits, from numbers (count, rolls, 3) between 0 and 1."""
    # Bell-shaped, of mean 0 and deviation 1, and never beyond 3: no hand is too strange to be read.
    bell = 2 * (uniform[..., 0] + uniform[..., 1] + uniform[..., 2]) - 3
    hand, bend, jitter = np.split(bell[:, 1:], [HAND_NUMBERS, HAND_NUMBERS + BEND_NUMBERS], axis=1)
    width, slant, rotation, pen, pressure, nib, edge = hand.T[..., None]
    curves, style = _curves(), _chosen(labels, uniform[:, 0, 0])
    points = curves.points[style]
    points = points + JITTER * _alike(jitter.reshape(points.shape))
    points = _bent(points, BEND * bend.reshape(-1, 3, 2))
    points = _sheared(points, 1 + WIDTH * width, MEAN_SLANT + SLANT * slant, ROTATION * rotation)
    half = PEN * (1 + PEN_SPREAD * pen) ** 2
    radius = half * (1 + PRESSURE * pressure * curves.along[style])
    radii = np.stack((radius * (1 + NIB * nib), radius * (1 - NIB * nib)), axis=-1)
    path = _through(points, curves.reads[style], curves.weights[style])
    return _drawn(path, radii, half[..., None], EDGE * (1 + EDGE_SPREAD * edge)[..., None])


def _chosen(labels: Indices, uniform: Floats) -> Indices:
    """The number of a style for each label, by weight, from numbers between 0 and 1."""
    weights = np.array([style.weight for style in STYLES])
    totals = np.bincount([style.digit for style in STYLES], weights, CLASSES)
    before = np.cumsum(totals) - totals
    result: Indices = np.searchsorted(np.cumsum(weights), before[labels] + uniform * totals[labels], "right")
    return result


def _alike(moves: Floats) -> Floats:
    """Moves of points (count, points, 2), of which neighbours on a stroke are alike."""
    result: Floats = (moves + np.roll(moves, 1, axis=1) + np.roll(moves, -1, axis=1)) / np.sqrt(3)
    return result


def _bent(points: Floats, bend: Floats) -> Floats:
    """Points (count, points, 2), moved by `bend` (count, 3, 2) times x², xy and y²."""
    x, y = points[..., :1], points[..., 1:]
    by_xx, by_xy, by_yy = bend[:, :1], bend[:, 1:2], bend[:, 2:]
    return points + x * x * by_xx + x * y * by_xy + y * y * by_yy


def _sheared(points: Floats, width: Floats, slant: Floats, rotation: Floats) -> Floats:
    """Points (count, points, 2), made wider, leaning over to the right, and turned, each by (count, 1)."""
    x, y = points[..., 0], points[..., 1]
    x = width * x - slant * y
    return np.stack((x - rotation * y, y + rotation * x), axis=-1)


def _through(points: Floats, reads: Indices, weights: Floats) -> Floats:
    """The samples (count, samples, 2) of the curves through points (count, points, 2)."""
    each = np.arange(len(points))[:, None]
    path: Floats = weights[..., 0, None] * points[each, reads[..., 0]]
    for term in range(1, 4):
        path += weights[..., term, None] * points[each, reads[..., term]]
    return path


def _drawn(path: Floats, radii: Floats, half: Floats, edge: Floats) -> Floats:
    """Boxes (count, 20, 20) of shades 0 to 255, filled by a pen that follows the path.

    `path` and `radii` are (count, samples, 2), `half` (count, 1, 1) is the radius for which the edge is
    `edge` (count, 1, 1) pixels wide.
    """
    low, high = (path - radii).min(axis=1), (path + radii).max(axis=1)
    middle, mean = (low + high) / 2, (path * radii).sum(axis=1) / radii.sum(axis=1)
    # A digit with its mass far from its middle is smaller than the box, or centring would push it out.
    size = np.maximum((high - low) / BOX, np.abs(mean - middle) / ((SIDE - BOX - 1) / 2)).max(axis=1)
    scale = 1 / size[:, None, None]
    centres = (path - middle[:, None]) * scale + (BOX - 1) / 2
    away = ((np.arange(BOX)[:, None, None] - centres[:, None]) / (radii * scale)[:, None]) ** 2
    nearest = np.full((len(path), BOX, BOX), np.inf)
    for sample in range(SAMPLES):
        np.minimum(nearest, away[:, :, None, sample, 1] + away[:, None, :, sample, 0], out=nearest)
    inside = (1 - np.sqrt(nearest)) * (half * scale / edge)
    result: Floats = np.rint(BRIGHTEST * np.clip(0.5 + inside, 0, 1))
    return result


def _centred(boxes: Floats) -> Floats:
    """Images (count, 28, 28), 0 to 1, of boxes: their mass centred on (14, 14) unless ink would be lost."""
    images = np.zeros((len(boxes), SIDE, SIDE))
    mass = np.stack((boxes.sum(axis=2), boxes.sum(axis=1)), axis=1)
    mean = (mass * np.arange(BOX)).sum(axis=2) / mass.sum(axis=2)
    corners = np.rint(SIDE // 2 - mean).astype(int).clip(0, SIDE - BOX)
    for image, box, (row, column) in zip(images, boxes, corners, strict=True):
        image[row : row + BOX, column : column + BOX] = box / BRIGHTEST
    return images


@cache
def _curves() -> Curves:
    """The styles of `STYLES`, in their order."""
    points, reads, weights, along = zip(*map(_sampled, STYLES), strict=True)
    padded = np.zeros((len(STYLES), max(map(len, points)), 2))
    for row, places in zip(padded, points, strict=True):
        row[: len(places)] = places
    return Curves(padded, np.stack(reads), np.stack(weights), np.stack(along))


def _sampled(style: Style) -> tuple[Floats, Indices, Floats, Floats]:
    """A style's part of each array of `Curves`; its points are those of all strokes, each once."""
    strokes = [[_place(point) for point in stroke.split()] for stroke in style.strokes]
    places = list(dict.fromkeys(place for stroke in strokes for place in stroke))
    points = np.array(places)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    ends = np.cumsum([_reach(stroke)[-1] for stroke in strokes])
    samples = np.diff(np.rint(SAMPLES * ends / ends[-1]).astype(int), prepend=0)
    knots, weights, along = zip(*map(_spline, strokes, samples), strict=True)
    reads = [
        np.array([places.index(place) for place in stroke])[numbers]
        for stroke, numbers in zip(strokes, knots, strict=True)
    ]
    return (points - middle) / HALF_HEIGHT, *map(np.concatenate, (reads, weights, along))


def _place(point: str) -> Place:
    x, y = point.split(",")
    return float(x), float(y)


def _reach(stroke: Sequence[Place]) -> Floats:
    """How far each point is from the first, along straight lines."""
    steps = np.diff(np.array(stroke), axis=0)
    return np.cumsum([0, *np.sqrt(steps[:, 0] * steps[:, 0] + steps[:, 1] * steps[:, 1])])


def _spline(stroke: Sequence[Place], samples: int) -> tuple[Indices, Floats, Floats]:
    """The Catmull-Rom spline through a stroke: which of its points each sample reads (samples, 4), with which
    weights (samples, 4), and how far along it lies (samples,), from -1 to 1."""
    last = len(stroke) - 1
    around = [last - 1, *range(last + 1), 1] if stroke[0] == stroke[-1] else [0, *range(last + 1), last]
    reach = _reach(stroke)
    distance = np.linspace(0, reach[-1], samples)
    piece = (np.searchsorted(reach, distance, "right") - 1).clip(0, last - 1)
    t = (distance - reach[piece]) / np.diff(reach)[piece]
    tt, ttt = t * t, t * t * t
    weights = np.stack((2 * tt - t - ttt, 2 - 5 * tt + 3 * ttt, t + 4 * tt - 3 * ttt, ttt - tt), axis=1) / 2
    return np.array(around)[piece[:, None] + np.arange(4)], weights, np.linspace(-1, 1, samples)
