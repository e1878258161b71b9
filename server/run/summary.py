"""What a whole training run came to, in few enough numbers to compare it with others."""

from dataclasses import dataclass
from math import inf

import numpy as np

from server.nn.arrays import Array, Cells
from server.run.history import Evaluation, History

LOSS_POINTS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A run as far as it is computed.

    `train_loss` is the mean loss of the last epoch's batches, `losses` the means of the stretches (at most
    LOSS_POINTS) that end after `at` iterations, None and empty where nothing is computed. `evaluations` are
    of the part that the run monitors, and the best of them, that with the highest accuracy (without classes:
    the smallest loss), was in epoch `best_epoch`, where 0 is before the training. `seconds` were spent
    training and evaluating. `diverged` is the first iteration that was not finite.
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


def outcome(history: History, seconds: float) -> Outcome:
    """What a history has come to."""
    losses, epoch = history.losses[: history.finite], history.plan.iterations_per_epoch
    edges = np.linspace(0, losses.size, min(LOSS_POINTS, losses.size) + 1).round().astype(np.intp)
    has_classes = bool(history.plan.dataset.classes)
    evaluations = history.evaluations
    best = min(evaluations, key=lambda e: (-e.accuracy if has_classes else 0, e.loss), default=None)
    sums = np.add.reduceat(losses, edges[:-1]) if losses.size else np.empty(0)
    return Outcome(
        computed=history.computed,
        ended=history.ended,
        seconds=seconds,
        best_epoch=None if best is None else -(-best.iteration // epoch),
        train_loss=float(losses[-epoch:].mean()) if losses.size else None,
        at=edges[1:],
        losses=sums / np.diff(edges),
        evaluations=evaluations,
        diverged=history.diverged.iteration if history.diverged else None,
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Some numbers in short: their mean, and their standard deviation with one degree of freedom less than
    there are numbers, None of a single one."""

    mean: float
    deviation: float | None


def spread(numbers: list[float]) -> Spread | None:
    """The spread of some numbers; None where there are none, or one is not finite."""
    if not numbers or not max(map(abs, numbers)) < inf:
        return None
    return Spread(float(np.mean(numbers)), float(np.std(numbers, ddof=1)) if len(numbers) > 1 else None)
