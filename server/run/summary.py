"""The summary of a training run: few numbers, to compare it with other runs."""

from dataclasses import dataclass
from math import inf

import numpy as np

from server.nn.arrays import Array, Cells
from server.run.history import History
from server.run.past import Evaluation

LOSS_POINTS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The summary of the computed part of a run.

    `train_loss` is the mean loss of the batches of the last epoch. `losses` (n,) are means over at most
    LOSS_POINTS intervals that end after `at` (n,) iterations. `evaluations` are those of the monitored split.
    The best of them has the highest accuracy (without classes: the smallest loss). It is in `best_epoch`,
    where 0 is before the training. `seconds` is the time of training and evaluating. `diverged` is the first
    iteration with a number that is not finite.
    """

    computed: int
    ended: bool
    seconds: float
    best_epoch: int | None
    train_loss: float | None
    at: Cells
    losses: Array
    evaluations: tuple[Evaluation, ...]
    diverged: int | None


def outcome(history: History) -> Outcome:
    """The summary of a history as it is now."""
    losses, epoch = history.losses[: history.finite], history.plan.iterations_per_epoch
    edges = np.linspace(0, losses.size, min(LOSS_POINTS, losses.size) + 1).round().astype(np.intp)
    has_classes = bool(history.plan.dataset.classes)
    evaluations = history.evaluations
    best = min(evaluations, key=lambda e: (-e.accuracy if has_classes else 0, e.loss), default=None)
    sums = np.add.reduceat(losses, edges[:-1]) if losses.size else np.empty(0)
    return Outcome(
        computed=history.computed,
        ended=history.ended,
        seconds=history.seconds,
        best_epoch=None if best is None else -(-best.iteration // epoch),
        train_loss=float(losses[-epoch:].mean()) if losses.size else None,
        at=edges[1:],
        losses=sums / np.diff(edges),
        evaluations=evaluations,
        diverged=history.diverged.iteration if history.diverged else None,
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample standard deviation (n - 1 degrees of freedom); None for a single number."""

    mean: float
    deviation: float | None


def spread(numbers: list[float]) -> Spread | None:
    """The spread of numbers; None where there are none, or one is not finite."""
    if not numbers or not max(map(abs, numbers)) < inf:
        return None
    return Spread(float(np.mean(numbers)), float(np.std(numbers, ddof=1)) if len(numbers) > 1 else None)
