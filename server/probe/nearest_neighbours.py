"""The examples nearest to an input in the features of the last dense layer."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from server.nn.arrays import Array, Cells, freeze, size
from server.nn.evaluation import evaluation_chunk, evaluation_stack
from server.nn.network import Network
from server.nn.ops import Dense
from server.nn.rng import generator
from server.nn.step import State
from server.recipe.batches import gather
from server.recipe.plan import Plan
from server.recipe.splits import Split, examples_of

Metric = Literal["euclidean", "cosine"]

MAX_EXAMPLES = 5_000
MAX_BYTES = 16 * 2**20
MAX_PRODUCTS = 4_000_000_000
"""The largest number of multiplications of the forward passes of all examples together."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features (n, D) of some `examples` (n,) of the `total` of a part, read-only: the tensor `name`,
    which is the last dense layer's input."""

    name: str
    part: Split
    total: int
    examples: Cells
    rows: Array

    @property
    def words(self) -> str:
        """The examples that were compared, in words."""
        count, what = len(self.examples), "training" if self.part == "train" else self.part
        if count == self.total:
            return f"Of all {count:,} {what} examples, compared in {self.name}."
        return (
            f"Of a random sample of {count:,} of the {self.total:,} {what} examples, compared in {self.name}."
        )


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An example: its number in its split, and the distance of its features to those of the input."""

    example: int
    distance: float


def features(plan: Plan, state: State, part: Split) -> Features:
    """The features of a part of the data as the network evaluates it, a few examples at a time.

    Of training examples only those that the recipe keeps. Of many, a sample that depends on the seed alone.
    """
    last = _last(plan.network)
    layer = plan.network.layers[last]
    whole = plan.training if part == "train" else examples_of(plan.recipe, part)
    itemsize = np.dtype(plan.recipe.dtype).itemsize
    most = min(
        MAX_EXAMPLES, MAX_BYTES // (itemsize * size(layer.in_shape)), MAX_PRODUCTS // plan.network.products
    )
    examples = whole
    if len(whole) > max(1, most):
        random = generator(plan.recipe.seed, "nearest")
        examples = np.sort(random.choice(whole, max(1, most), replace=False))
    rows = np.empty((len(examples), size(layer.in_shape)), plan.recipe.dtype)
    chunk = evaluation_chunk(plan.network)
    for start in range(0, len(examples), chunk):
        some = examples[start : start + chunk]
        rows[start : start + chunk] = feature_rows(plan.network, state, gather(plan, part, some)[0])
    return Features(f"{layer.previous}.out", part, len(whole), freeze(examples), freeze(rows))


def feature_rows(network: Network, state: State, x: Array) -> Array:
    """The features (n, D) of the inputs `x` (*shape, n)."""
    with np.errstate(all="ignore"):
        at_last = evaluation_stack(network, state, x)[_last(network)].x
    rows: Array = at_last.reshape(-1, x.shape[-1]).T
    return rows


def nearest_neighbours(among: Features, row: Array, count: int, metric: Metric) -> tuple[Neighbour, ...]:
    """The `count` examples nearest to the features `row` (D,), the nearest first, in float64.

    Euclidean is the length of the difference. Cosine is 1 minus the cosine of the angle between: 0 in the
    same direction, whatever the lengths, 1 at a right angle, and of features that are all 0.
    """
    row = row.astype(np.float64)
    distances = np.empty(len(among.examples))
    with np.errstate(all="ignore"):
        for start in range(0, len(distances), 512):
            rows = among.rows[start : start + 512].astype(np.float64)
            if metric == "euclidean":
                found = np.sqrt(((rows - row) ** 2).sum(axis=1))
            else:
                lengths = np.sqrt((rows**2).sum(axis=1) * (row**2).sum())
                found = 1 - (rows @ row) / np.where(lengths > 0, lengths, 1)
            distances[start : start + 512] = found
    # NaN sorts last.
    order = np.argsort(distances, kind="stable")[:count]
    return tuple(Neighbour(int(among.examples[at]), float(distances[at])) for at in order)


def _last(network: Network) -> int:
    """The number of the last dense layer or, without one, of the last layer."""
    dense = [number for number, layer in enumerate(network.layers) if isinstance(layer.op, Dense)]
    return dense[-1] if dense else len(network.layers) - 1
