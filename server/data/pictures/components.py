"""Group ink into digits: connected components, merged where they belong together. Pure functions."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]
"""A bounding box: left, top, right, bottom. Left and top are inclusive, right and bottom exclusive."""

EIGHT_NEIGHBOURS = np.ones((3, 3), bool)
MAX_GAP, FRAGMENT_GAP = 0.06, 2.5
"""The largest gap between the strokes of one digit, relative to its longer side, and the factor by which the
gap may be larger for a component of less than half the area."""
SAME_HEIGHT = 0.7
"""Two components side by side are two digits if their heights have at least this ratio."""
MAX_COMPONENTS = 16
MIN_SIDE, MIN_AREA = 0.4, 0.12
"""The least longer side and area of a digit, relative to the largest digit in the picture."""
SPECK_AREA, SPECK_SHARE = 8, 0.01
"""A component with a smaller area is a speck: in pixels, and relative to the largest component."""


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """Connected ink, or several such parts that belong to one digit.

    `mask` has the size of the picture, `area` is in pixels, and `at_border` is true if the component touches
    the border of the picture.
    """

    mask: Mask
    box: Box
    area: int
    at_border: bool


def hysteresis_threshold(ink: Floats, low: float, high: float) -> Mask:
    """The pixels of at least `low` that are connected to one of at least `high`, as in Canny (1986)."""
    mask: Mask = scipy.ndimage.binary_propagation(ink >= high, structure=EIGHT_NEIGHBOURS, mask=ink >= low)
    return mask


def find_digits(mask: Mask, keep_border: bool = False) -> tuple[tuple[Component, ...], int]:
    """Find the digits in a mask of ink.

    Components at the border are dropped if there is a component of similar size that is not at the border,
    unless `keep_border` is true.

    Returns
    -------
    tuple
        The digits from left to right, and the number of components that were dropped.
    """
    labels, count = scipy.ndimage.label(mask, EIGHT_NEIGHBOURS)
    if not count:
        return (), 0
    found = [_component(labels == number) for number in _large_labels(labels, count)]
    dropped = count - len(found)
    if not keep_border:
        whole = [component for component in found if not component.at_border]
        if whole and max(map(_longer_side, whole)) >= MIN_SIDE / 2 * max(map(_longer_side, found)):
            dropped += len(found) - len(whole)
            found = whole
    if not found:
        return (), dropped
    digits = _merge(found)
    longest = max(map(_longer_side, digits))
    largest = max(digit.area for digit in digits)
    kept = [
        digit
        for digit in digits
        if _longer_side(digit) >= MIN_SIDE * longest and digit.area >= MIN_AREA * largest
    ]
    dropped += len(digits) - len(kept)
    return tuple(sorted(kept, key=lambda digit: digit.box[0])), dropped


def _large_labels(labels: NDArray[np.int32], count: int) -> list[int]:
    """The numbers of the largest components, largest first, without specks."""
    areas = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    least = max(SPECK_AREA, SPECK_SHARE * areas.max())
    order = np.argsort(-areas, kind="stable")[:MAX_COMPONENTS]
    return [int(number) + 1 for number in order if areas[number] >= least]


def _component(mask: Mask) -> Component:
    """The component with these pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    at_border = left == 0 or top == 0 or right == mask.shape[1] or bottom == mask.shape[0]
    return Component(mask, (left, top, right, bottom), int(mask.sum()), at_border)


def _longer_side(component: Component) -> int:
    left, top, right, bottom = component.box
    return max(right - left, bottom - top)


def _merge(components: list[Component]) -> list[Component]:
    """Merge components that are close: the strokes of one digit, or the parts of a broken stroke."""
    remaining = sorted(components, key=lambda component: -component.area)
    merged: list[Component] = []
    while remaining:
        component = remaining.pop(0)
        while near := _close_components(component, remaining):
            remaining = [other for other in remaining if not any(other is one for one in near)]
            component = _component(np.logical_or.reduce([component.mask, *(other.mask for other in near)]))
        merged.append(component)
    return merged


def _close_components(component: Component, others: list[Component]) -> list[Component]:
    """The components among `others` whose gap to a larger component is small."""
    candidates = [other for other in others if _boxes_allow_merge(other, component)]
    if not candidates:
        return []
    distance = scipy.ndimage.distance_transform_edt(~component.mask)
    return [other for other in candidates if distance[other.mask].min() <= _largest_gap(other, component)]


def _largest_gap(small: Component, large: Component) -> float:
    """The largest gap, in pixels, at which a component is part of a larger one."""
    return MAX_GAP * _longer_side(large) * (FRAGMENT_GAP if small.area < large.area / 2 else 1)


def _boxes_allow_merge(small: Component, large: Component) -> bool:
    """False if the bounding boxes exclude that two components are one digit: too far apart, or side by side
    and similar in height."""
    a, b = small.box, large.box
    across = max(a[0], b[0]) - min(a[2], b[2])
    down = max(a[1], b[1]) - min(a[3], b[3])
    heights = sorted((a[3] - a[1], b[3] - b[1]))
    beside = across > 0 and heights[0] > SAME_HEIGHT * heights[1]
    return not beside and max(across, down) <= _largest_gap(small, large)
