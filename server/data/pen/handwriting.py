"""Generate handwritten digits, 28x28, from a seed.

An example starts from a style of its digit (`server.data.pen.strokes`). The points of the style are moved at
random, and an elliptical pen follows a Catmull-Rom spline (Catmull and Rom 1974) through them. The image is
then made as in MNIST (LeCun et al. 1998): the ink fits a box of 20x20 pixels with 256 shades, and its centre
of mass is at pixel (14, 14). Only sums, products, divisions and square roots are used, whose results are the
same on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from server.data.pen.strokes import STYLES, Style

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Point = tuple[float, float]

CLASSES, SIDE, BOX, BRIGHTEST = 10, 28, 20, 255
LABEL_STREAM, WRITING_STREAM = 0, 1
CHUNK, SAMPLES, HALF_HEIGHT = 100, 120, 50

# The variation between hands, as standard deviations. Lengths are in half heights of a digit.
WIDTH, SLANT, ROTATION, BEND, JITTER = 0.2, 0.27, 0.13, 0.18, 0.10
MEAN_SLANT = 0.14
# Half the width of a line, and its variation between hands, along a stroke, and between vertical and
# horizontal strokes. The width of the soft edge in pixels, and its variation.
PEN, PEN_SPREAD, PRESSURE, NIB, EDGE, EDGE_SPREAD = 0.15, 0.15, 0.28, 0.15, 1.0, 0.1
HAND_NUMBERS, BEND_NUMBERS = 7, 6


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """All styles as arrays.

    Sample q of style s is the sum over k of weights[s, q, k] * points[s, control[s, q, k]].

    Attributes
    ----------
    points
        The points (styles, points, 2) as (x, y) in half heights, from the middle of the digit.
    control
        The indices (styles, samples, 4) of the control points of each sample.
    weights
        Their weights (styles, samples, 4).
    along
        The position (styles, samples) on the stroke, from -1 to 1.
    """

    points: Floats
    control: Indices
    weights: Floats
    along: Floats


def write_digits(count: int, seed: int) -> tuple[Floats, Indices]:
    """Generate digits.

    Every ten examples contain each digit once, in random order. Example i depends only on the seed and on i.

    Parameters
    ----------
    count
        The number of examples, at least 1.
    seed
        The seed, from 0 to 2**64 - 1.

    Returns
    -------
    tuple
        The images (1, 28, 28, count), 0 (paper) to 1 (ink), and their labels (count,); read-only.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    if count < 1:
        raise ValueError(f"{count} examples cannot be written: ask for 1 or more.")
    if not 0 <= seed < 2**64:
        raise ValueError(f"The seed is {seed}: it must be from 0 to 2**64 - 1.")
    order = _generator(seed, LABEL_STREAM).random((-(-count // CLASSES), CLASSES))
    labels = np.argsort(order, axis=1).ravel()[:count]
    images = np.empty((1, SIDE, SIDE, count))
    random = _generator(seed, WRITING_STREAM)
    draws = 1 + HAND_NUMBERS + BEND_NUMBERS + _curves().points[0].size
    for start in range(0, count, CHUNK):
        chunk = slice(start, start + CHUNK)
        boxes = _write_boxes(labels[chunk], random.random((labels[chunk].size, draws, 3)))
        images[0, ..., chunk] = np.moveaxis(_centre(boxes), 0, -1)
    labels.flags.writeable = images.flags.writeable = False
    return images, labels


def _generator(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=np.array([seed, stream], np.uint64)))


def _write_boxes(labels: Indices, uniform: Floats) -> Floats:
    """Digits in boxes (count, 20, 20), 0 to 255, from uniform random numbers (count, draws, 3)."""
    # The sum of three uniform numbers is close to normal, with mean 0 and standard deviation 1, and never
    # beyond 3. Digits therefore stay readable.
    normal = 2 * (uniform[..., 0] + uniform[..., 1] + uniform[..., 2]) - 3
    hand, bend, jitter = np.split(normal[:, 1:], [HAND_NUMBERS, HAND_NUMBERS + BEND_NUMBERS], axis=1)
    width, slant, rotation, pen, pressure, nib, edge = hand.T[..., None]
    curves, style = _curves(), _choose_styles(labels, uniform[:, 0, 0])
    points = curves.points[style]
    points = points + JITTER * _correlate(jitter.reshape(points.shape))
    points = _bend(points, BEND * bend.reshape(-1, 3, 2))
    points = _shear(points, 1 + WIDTH * width, MEAN_SLANT + SLANT * slant, ROTATION * rotation)
    half = PEN * (1 + PEN_SPREAD * pen) ** 2
    radius = half * (1 + PRESSURE * pressure * curves.along[style])
    radii = np.stack((radius * (1 + NIB * nib), radius * (1 - NIB * nib)), axis=-1)
    path = _spline_points(points, curves.control[style], curves.weights[style])
    return _rasterise(path, radii, half[..., None], EDGE * (1 + EDGE_SPREAD * edge)[..., None])


def _choose_styles(labels: Indices, uniform: Floats) -> Indices:
    """Choose a style for each label, with probabilities by weight, from uniform random numbers (count,)."""
    weights = np.array([style.weight for style in STYLES])
    totals = np.bincount([style.digit for style in STYLES], weights, CLASSES)
    before = np.cumsum(totals) - totals
    result: Indices = np.searchsorted(np.cumsum(weights), before[labels] + uniform * totals[labels], "right")
    return result


def _correlate(moves: Floats) -> Floats:
    """Average the moves of points (count, points, 2) with those of their neighbours, at equal variance."""
    result: Floats = (moves + np.roll(moves, 1, axis=1) + np.roll(moves, -1, axis=1)) / np.sqrt(3)
    return result


def _bend(points: Floats, bend: Floats) -> Floats:
    """Move points (count, points, 2) by `bend` (count, 3, 2) times x², xy and y²."""
    x, y = points[..., :1], points[..., 1:]
    by_xx, by_xy, by_yy = bend[:, :1], bend[:, 1:2], bend[:, 2:]
    return points + x * x * by_xx + x * y * by_xy + y * y * by_yy


def _shear(points: Floats, width: Floats, slant: Floats, rotation: Floats) -> Floats:
    """Widen points (count, points, 2), shear them to the right and rotate them, each by (count, 1)."""
    x, y = points[..., 0], points[..., 1]
    x = width * x - slant * y
    return np.stack((x - rotation * y, y + rotation * x), axis=-1)


def _spline_points(points: Floats, control: Indices, weights: Floats) -> Floats:
    """The samples (count, samples, 2) of the splines through points (count, points, 2)."""
    example = np.arange(len(points))[:, None]
    path: Floats = weights[..., 0, None] * points[example, control[..., 0]]
    for term in range(1, 4):
        path += weights[..., term, None] * points[example, control[..., term]]
    return path


def _rasterise(path: Floats, radii: Floats, half: Floats, edge: Floats) -> Floats:
    """Draw an elliptical pen that follows a path.

    Parameters
    ----------
    path
        The positions (count, samples, 2) of the pen.
    radii
        Its radii (count, samples, 2) in x and y.
    half
        The radius (count, 1, 1) at which the soft edge is `edge` pixels wide.
    edge
        The width (count, 1, 1) of the soft edge.

    Returns
    -------
    Floats
        Boxes (count, 20, 20) of shades, 0 to 255. The digit fills the box in one direction.
    """
    low, high = (path - radii).min(axis=1), (path + radii).max(axis=1)
    middle, mean = (low + high) / 2, (path * radii).sum(axis=1) / radii.sum(axis=1)
    # A digit whose centre of mass is far from its middle is smaller, because centring moves the box.
    size = np.maximum((high - low) / BOX, np.abs(mean - middle) / ((SIDE - BOX - 1) / 2)).max(axis=1)
    scale = 1 / size[:, None, None]
    pen = (path - middle[:, None]) * scale + (BOX - 1) / 2
    squared = ((np.arange(BOX)[:, None, None] - pen[:, None]) / (radii * scale)[:, None]) ** 2
    nearest = np.full((len(path), BOX, BOX), np.inf)
    for sample in range(SAMPLES):
        np.minimum(nearest, squared[:, :, None, sample, 1] + squared[:, None, :, sample, 0], out=nearest)
    inside = (1 - np.sqrt(nearest)) * (half * scale / edge)
    result: Floats = np.rint(BRIGHTEST * np.clip(0.5 + inside, 0, 1))
    return result


def _centre(boxes: Floats) -> Floats:
    """Put boxes (count, 20, 20) into images (count, 28, 28), 0 to 1, with the centre of mass at (14, 14).

    A box is never moved beyond the border of the image.
    """
    images = np.zeros((len(boxes), SIDE, SIDE))
    mass = np.stack((boxes.sum(axis=2), boxes.sum(axis=1)), axis=1)
    mean = (mass * np.arange(BOX)).sum(axis=2) / mass.sum(axis=2)
    corners = np.rint(SIDE // 2 - mean).astype(int).clip(0, SIDE - BOX)
    for image, box, (row, column) in zip(images, boxes, corners, strict=True):
        image[row : row + BOX, column : column + BOX] = box / BRIGHTEST
    return images


@cache
def _curves() -> Curves:
    """The curves of `STYLES`, in the same order."""
    points, control, weights, along = zip(*map(_sample_style, STYLES), strict=True)
    padded = np.zeros((len(STYLES), max(map(len, points)), 2))
    for row, points_of_style in zip(padded, points, strict=True):
        row[: len(points_of_style)] = points_of_style
    return Curves(padded, np.stack(control), np.stack(weights), np.stack(along))


def _sample_style(style: Style) -> tuple[Floats, Indices, Floats, Floats]:
    """The row of one style in each array of `Curves`. Points that strokes share occur once."""
    strokes = [[_parse_point(point) for point in stroke.split()] for stroke in style.strokes]
    distinct = list(dict.fromkeys(point for stroke in strokes for point in stroke))
    points = np.array(distinct)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    ends = np.cumsum([_lengths(stroke)[-1] for stroke in strokes])
    samples = np.diff(np.rint(SAMPLES * ends / ends[-1]).astype(int), prepend=0)
    knots, weights, along = zip(*map(_spline, strokes, samples), strict=True)
    control = [
        np.array([distinct.index(point) for point in stroke])[numbers]
        for stroke, numbers in zip(strokes, knots, strict=True)
    ]
    return (points - middle) / HALF_HEIGHT, *map(np.concatenate, (control, weights, along))


def _parse_point(point: str) -> Point:
    """The point that is written "x,y"."""
    x, y = point.split(",")
    return float(x), float(y)


def _lengths(stroke: Sequence[Point]) -> Floats:
    """The length of the polygonal chain from the first point to each point."""
    steps = np.diff(np.array(stroke), axis=0)
    return np.cumsum([0, *np.sqrt(steps[:, 0] * steps[:, 0] + steps[:, 1] * steps[:, 1])])


def _spline(stroke: Sequence[Point], samples: int) -> tuple[Indices, Floats, Floats]:
    """The Catmull-Rom spline through the points of a stroke, closed if its ends are the same point.

    Returns
    -------
    tuple
        For each sample the indices of its control points (samples, 4), their weights (samples, 4), and its
        position on the stroke (samples,), from -1 to 1.
    """
    last = len(stroke) - 1
    around = [last - 1, *range(last + 1), 1] if stroke[0] == stroke[-1] else [0, *range(last + 1), last]
    lengths = _lengths(stroke)
    distance = np.linspace(0, lengths[-1], samples)
    segment = (np.searchsorted(lengths, distance, "right") - 1).clip(0, last - 1)
    t = (distance - lengths[segment]) / np.diff(lengths)[segment]
    tt, ttt = t * t, t * t * t
    weights = np.stack((2 * tt - t - ttt, 2 - 5 * tt + 3 * ttt, t + 4 * tt - 3 * ttt, ttt - tt), axis=1) / 2
    return np.array(around)[segment[:, None] + np.arange(4)], weights, np.linspace(-1, 1, samples)
