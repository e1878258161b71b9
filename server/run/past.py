"""What is computed of a run, as values: its states, losses and evaluations, and how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.frozen import Frozen
from server.nn.arrays import Array
from server.nn.step import State
from server.recipe.edits import Edit
from server.recipe.recipe import Recipe
from server.run.snapshots import Snapshots


class Evaluation(Frozen):
    """The accuracy (0..1) and the mean loss on the run's evaluated examples, after `iteration` iterations."""

    iteration: int
    accuracy: float
    loss: float


def first_reaching(evaluations: Iterable[Evaluation], accuracy: float) -> Evaluation | None:
    """The first of the evaluations whose accuracy is at least `accuracy` (0..1)."""
    return next((found for found in evaluations if found.accuracy >= accuracy), None)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first iteration with a number that is not finite, and the first tensor with such a number."""

    iteration: int
    tensor: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The end of a run by early stopping: after `iteration` iterations, and `waited` evaluations without an
    improvement. The `lowest` loss is that after `lowest_at` iterations."""

    iteration: int
    waited: int
    lowest: float
    lowest_at: int


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The computed part of a history.

    `head` is the newest state. `losses` (head.iteration,) are the mean losses of the batches, in float64.
    """

    head: State
    losses: Array
    evaluations: tuple[Evaluation, ...]
    snapshots: Snapshots

    def until(self, iteration: int) -> "Past":
        """The part up to the latest snapshot at or before `iteration`."""
        head = self.snapshots.nearest(iteration)
        return Past(
            head,
            self.losses[: head.iteration],
            tuple(e for e in self.evaluations if e.iteration <= head.iteration),
            self.snapshots.until(head.iteration),
        )


def first_difference(recipe: Recipe, other: Recipe) -> int:
    """The first iteration whose edits differ. ValueError when the recipes differ in more than edits."""
    if recipe.without_edits != other.without_edits:
        raise ValueError("A history can only grow from one whose recipe differs by its edits alone.")
    iterations = sorted({edit.iteration for edit in (*recipe.edits, *other.edits)})
    return next((t for t in iterations if _edits_at(recipe, t) != _edits_at(other, t)), 2**63)


def _edits_at(recipe: Recipe, iteration: int) -> list[Edit]:
    return [edit for edit in recipe.edits if edit.iteration == iteration]
