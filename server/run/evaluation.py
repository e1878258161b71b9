"""The evaluation of a whole split: how many of its examples the network of one moment answers right."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np

from server.nn.arrays import Array, Cells
from server.nn.evaluation import answer, evaluation_chunk
from server.nn.step import State
from server.recipe.batches import gather
from server.recipe.plan import Plan
from server.recipe.splits import Split, examples_of


@dataclass(frozen=True, slots=True, eq=False)
class SplitEvaluation:
    """The answers to the first `done` of the `total` examples of a split. All arrays are (done,), read-only.

    `examples` are their numbers, `labels` the true classes, `answers` the classes that the network chooses,
    and `losses` are float64. `certainties` are the probabilities of the answers, None where the loss makes no
    probabilities.
    """

    split: Split
    total: int
    examples: Cells
    labels: Cells
    answers: Cells
    losses: Array
    certainties: Array | None

    @property
    def done(self) -> int:
        """The number of examples that are answered."""
        return len(self.answers)

    @property
    def accuracy(self) -> float | None:
        """The fraction (0..1) of the answers that are right; None where there are none."""
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
        """The confusion matrix (classes, classes), int64: true classes in rows, answers in columns."""
        pairs = self.labels * classes + self.answers
        return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)

    def select(self, label: int | None, answer: int | None) -> Cells:
        """Indices of the examples of class `label` that are answered with `answer`, largest loss first.

        None stands for any class. Where both are None, only wrong answers are selected.
        """
        wanted = self.answers != self.labels if label is answer is None else np.ones(self.done, np.bool_)
        if label is not None:
            wanted = wanted & (self.labels == label)
        if answer is not None:
            wanted = wanted & (self.answers == answer)
        indices = np.flatnonzero(wanted)
        return indices[np.argsort(-self.losses[indices], kind="stable")]


def evaluate_split(plan: Plan, state: State, split: Split) -> Iterator[SplitEvaluation]:
    """Evaluate a split chunk by chunk: yield the evaluation of no example, of more and more, and of all.

    Memory is that of one chunk. The caller may stop iterating at any time.
    """
    network, loss = plan.network, plan.recipe.loss
    examples = examples_of(plan.recipe, split)
    total = examples.size
    labels, answers = np.empty(total, np.intp), np.empty(total, np.intp)
    losses, certainties = np.empty(total), np.empty(total)
    chunk, has_certainties = evaluation_chunk(network), "probabilities" in loss.saved
    done = 0
    while True:
        yield SplitEvaluation(
            split=split,
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
            x, targets = gather(plan, split, examples[here])
            answered = answer(network, loss, state, x, targets)
        labels[here], answers[here] = targets.argmax(axis=0), answered.out.argmax(axis=0)
        losses[here] = answered.losses
        if has_certainties:
            certainties[here] = answered.saved["probabilities"][answers[here], np.arange(len(here))]
        done += len(here)


def _first(array: Array, count: int) -> Array:
    """A read-only view of the first `count` cells of an array whose later ones are still to be written."""
    view = array[:count]
    view.setflags(write=False)
    return view
