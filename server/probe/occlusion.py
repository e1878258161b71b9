"""Occlusion: the values of a unit while a patch is moved over the input (Zeiler and Fergus 2014)."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from server.nn.arrays import Array, Cells, Shape, place_text, unravel
from server.nn.evaluation import evaluation_chunk, evaluation_stack
from server.nn.network import Network
from server.nn.step import State
from server.probe.unit import SaliencyError

MAX_PRODUCTS = 2_000_000_000
"""The largest number of multiplications of all forward passes together. They take one or two seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Occluded:
    """The `values` of a unit, one for each place of the patch.

    `shape` is the shape of the input without its channels. The patch has `patch` pixels a side and moves by
    `stride`; `starts` are its first rows and columns.
    """

    shape: Shape
    patch: int
    stride: int
    starts: tuple[Cells, ...]
    values: Array

    @property
    def sides(self) -> Shape:
        """The sides of the patch along each axis: no longer than those of the input."""
        return tuple(min(self.patch, side) for side in self.shape)

    def spread(self, numbers: Array) -> Array:
        """A map over the input in which each pixel is the mean of the numbers of the patches that cover
        it."""
        total, count = np.zeros(self.shape), np.zeros(self.shape)
        for number, region in zip(numbers.ravel(), self.regions(), strict=True):
            total[region] += number
            count[region] += 1
        mean: Array = (total / count).astype(numbers.dtype)
        return mean[None] if len(self.shape) > 1 else mean

    def regions(self) -> list[tuple[slice, ...]]:
        """The pixels that the patch covers at each place, row by row."""
        return [
            tuple(slice(start, start + side) for start, side in zip(corner, self.sides, strict=True))
            for corner in product(*(starts.tolist() for starts in self.starts))
        ]

    def place(self, number: int) -> str:
        """A place in words: "the top right", or "numbers 3 to 5" of a row."""
        corner = unravel(number, self.values.shape)
        ends = list(zip(self.starts, corner, self.sides, self.shape, strict=True))
        if len(ends) == 1:
            starts, at, side, _ = ends[0]
            return f"numbers {starts[at]} to {starts[at] + side - 1}"
        down, across = ((starts[at] + side / 2) / whole for starts, at, side, whole in ends)
        return f"the {place_text(down, across)}"


def occluded(
    network: Network,
    state: State,
    x: Array,
    blank: Array,
    cell: int,
    patch: int | None = None,
    stride: int | None = None,
) -> Occluded:
    """The values of a cell of the network's last output, with each patch of `x` (*shape) replaced by that of
    `blank`.

    The patch covers all channels. The last patch along an axis ends with the axis, so that every pixel is
    covered. By default a patch is a quarter as wide as the input, but has at least 3 pixels, and moves by a
    third of its side. Raises SaliencyError.
    """
    shape = x.shape[1:] or x.shape
    patch = min(max(shape), max(3, max(shape) // 4)) if patch is None else patch
    stride = max(1, patch // 3) if stride is None else stride
    if not 1 <= patch <= max(shape):
        raise SaliencyError(f"A patch has from 1 to {max(shape)} pixels a side here, not {patch}.", "patch")
    if not 1 <= stride <= patch:
        raise SaliencyError(
            f"The patch is {patch} wide: it moves by 1 to {patch} pixels, so that no pixel is passed over, "
            f"not by {stride}.",
            "stride",
        )
    sides = tuple(min(patch, side) for side in shape)
    starts = tuple(_starts(whole, side, stride) for whole, side in zip(shape, sides, strict=True))
    places = tuple(len(along) for along in starts)
    found = Occluded(shape, patch, stride, starts, np.empty(places, x.dtype))
    regions, values = found.regions(), found.values.reshape(-1)
    if (products := len(regions) * network.products) > MAX_PRODUCTS:
        raise SaliencyError(
            f"A patch at {len(regions):,} places takes {products:,} multiplications; at most "
            f"{MAX_PRODUCTS:,} are allowed: use a larger stride.",
            "stride",
        )
    chunk = evaluation_chunk(network)
    channels: tuple[slice, ...] = (slice(None),) * (x.ndim - len(shape))
    for first in range(0, len(regions), chunk):
        part = regions[first : first + chunk]
        covered = np.repeat(x[..., None], len(part), axis=-1)
        for number, region in enumerate(part):
            covered[..., number][channels + region] = blank[channels + region]
        out = evaluation_stack(network, state, covered)[-1].out
        values[first : first + chunk] = out.reshape(-1, len(part))[cell]
    return found


def _starts(whole: int, side: int, stride: int) -> Cells:
    return np.union1d(np.arange(0, whole - side + 1, stride), [whole - side])
