"""Sweeps: variants of one recipe, trained side by side and compared."""

from typing import Literal

from server.frozen import Frozen
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.recipe.sweep import Axis, Sweep
from server.wire.messages.arrays import TypedArray

__all__ = [
    "Axis",
    "FoldSummary",
    "Spread",
    "SweepReport",
    "SweepRun",
    "SweepRunStatus",
    "SweepStatus",
]

SweepStatus = Literal["waiting", "running", "done", "cancelled"]
SweepRunStatus = Literal["waiting", "running", "done", "diverged", "cancelled", "failed"]


class SweepRun(Frozen):
    """A run of a sweep: its value on each axis, its recipe, and its results so far.

    `train_loss` is the mean loss of the batches of the last epoch. `accuracy` and `loss` are from the last
    evaluation. `best_epoch` is the epoch with the highest accuracy or, without classes, the lowest loss (0:
    before the training). The curves are `accuracies` and `losses` after `evaluated_at` iterations, and
    `train_losses`: means over the intervals that end after `trained_at` iterations. `problem` says why the
    run failed.
    """

    values: tuple[float | str, ...]
    recipe: Recipe
    status: SweepRunStatus
    problem: str | None
    computed: int
    iterations: int
    seconds: float | None
    train_loss: float | None
    accuracy: float | None
    loss: float | None
    best_epoch: int | None
    diverged: int | None
    evaluated_at: TypedArray
    accuracies: TypedArray
    losses: TypedArray
    trained_at: TypedArray
    train_losses: TypedArray


class Spread(Frozen):
    """The mean of some numbers, and their sample standard deviation (null for a single number)."""

    mean: float
    deviation: float | None


class FoldSummary(Frozen):
    """The results of all folds with the same `values` on the other axes, over the `done` ones."""

    values: tuple[float | str, ...]
    done: int
    train_loss: Spread | None
    accuracy: Spread | None
    loss: Spread | None


class SweepReport(Frozen):
    """The progress of a sweep, with the results of its runs so far.

    The runs are evaluated on the split `monitored`. Accuracies are meaningful only where the data
    `has_classes`. `folds` summarises the runs over their folds; it is empty unless one axis is the fold.
    """

    id: str
    status: SweepStatus
    sweep: Sweep
    monitored: Split
    has_classes: bool
    runs: tuple[SweepRun, ...]
    folds: tuple[FoldSummary, ...]
