"""A whole part of the data, answered by the network of one moment: how many are right, and which are not."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np

from server.nn.arrays import Array, Cells
from server.nn.step import State, answer, evaluation_chunk
from server.recipe.plan import Part, Plan, taken
from server.recipe.splits import examples_of


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The answers to the first examples of a part of `total`: read-only arrays, one cell an example.

    `examples` are their numbers, `labels` the true classes and `answers` the given ones; `losses` are
    float64; `certainties`, the probabilities of the answers, are there where the loss makes probabilities.
    """

    part: Part
    total: int
    examples: Cells
    labels: Cells
    answers: Cells
    losses: Array
    certainties: Array | None

    @property
    def done(self) -> int:
        """How many examples are answered."""
        return len(self.answers)

    @property
    def accuracy(self) -> float | None:
        """The part of the answers that are right; None where there are none."""
        return float((self.answers == self.labels).mean()) if self.done else None

    @property
    def loss(self) -> float | None:
        """The mean loss; None where there is none, or it is not finite."""
        if not self.done:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            loss = float(self.losses.mean())
        return loss if isfinite(loss) else None

    def confusion(self, classes: int) -> Array:
        """How many examples of each class (row) were answered with each class (column): int64."""
        pairs = self.labels * classes + self.answers
        return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)

    def chosen(self, label: int | None, given: int | None) -> Cells:
        """The places of the examples of class `label` that were answered with `given`, largest loss first.

        None stands for any; where both are any, only those whose answer is wrong.
        """
        wanted = self.answers != self.labels if label is given is None else np.ones(self.done, np.bool_)
        if label is not None:
            wanted = wanted & (self.labels == label)
        if given is not None:
            wanted = wanted & (self.answers == given)
        places = np.flatnonzero(wanted)
        return places[np.argsort(-self.losses[places], kind="stable")]


def surveyed(plan: Plan, state: State, part: Part) -> Iterator[Survey]:
    """The survey of a part of the data, first of no example, then of more and more, at last of all.

    Whoever stops asking ends it. A few examples at a time are in memory.
    """
    network, loss = plan.network, plan.recipe.loss
    examples = examples_of(plan.recipe, part)
    total = examples.size
    labels, answers = np.empty(total, np.intp), np.empty(total, np.intp)
    losses, certainties = np.empty(total), np.empty(total)
    chunk, has_certainties = evaluation_chunk(network), "probabilities" in loss.saved
    done = 0
    while True:
        yield Survey(
            part=part,
            total=total,
            examples=examples[:done],
            labels=_first(labels, done),
            answers=_first(answers, done),
            losses=_first(losses, done),
            certainties=_first(certainties, done) if has_certainties else None,
        )
        if done == total:
            return
        here = np.arange(done, min(done + chunk, total))
        with np.errstate(over="ignore", invalid="ignore"):
            x, targets = taken(plan, part, examples[here])
            answered = answer(network, loss, state, x, targets)
        labels[here], answers[here] = targets.argmax(axis=0), answered.out.argmax(axis=0)
        losses[here] = answered.losses
        if has_certainties:
            certainties[here] = answered.saved["probabilities"][answers[here], np.arange(len(here))]
        done += len(here)


def _first(array: Array, count: int) -> Array:
    """The first cells of an array, whose later ones are still to be written, read-only."""
    view = array[:count]
    view.setflags(write=False)
    return view
