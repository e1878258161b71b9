"""Sweeps as messages."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from server.data import load
from server.recipe.splits import monitored
from server.recipe.sweep import Sweep, Variant
from server.run.summary import Outcome, spread
from server.wire.encode.arrays import typed_array
from server.wire.messages import sweeps as messages

FOLD = "fold"


def report(
    sweep: Sweep, status: messages.SweepStatus, runs: Sequence[messages.SweepRun]
) -> messages.SweepReport:
    """The progress of a sweep."""
    return messages.SweepReport(
        id=sweep.id,
        status=status,
        sweep=sweep,
        monitored=monitored(runs[0].recipe),
        has_classes=bool(load(sweep.recipe.dataset).classes),
        runs=tuple(runs),
        folds=tuple(_folds(sweep, runs)),
    )


def run(
    variant: Variant, status: messages.SweepRunStatus, outcome: Outcome | None, problem: str | None
) -> messages.SweepRun:
    """A run of a sweep with its results so far."""
    evaluations = outcome.evaluations if outcome else ()
    last = evaluations[-1] if evaluations else None
    accuracies, losses = ([getattr(e, name) for e in evaluations] for name in ("accuracy", "loss"))
    return messages.SweepRun(
        values=variant.values,
        recipe=variant.recipe,
        status=status,
        problem=problem,
        computed=outcome.computed if outcome else 0,
        iterations=variant.iterations,
        seconds=outcome.seconds if outcome else None,
        train_loss=outcome.train_loss if outcome else None,
        accuracy=last.accuracy if last else None,
        loss=last.loss if last else None,
        best_epoch=outcome.best_epoch if outcome else None,
        diverged=outcome.diverged if outcome else None,
        evaluated_at=typed_array(np.array([e.iteration for e in evaluations], np.int64)),
        accuracies=typed_array(np.array(accuracies, np.float64)),
        losses=typed_array(np.array(losses, np.float64)),
        trained_at=typed_array(outcome.at if outcome else np.empty(0, np.int64)),
        train_losses=typed_array(outcome.losses if outcome else np.empty(0)),
    )


def _folds(sweep: Sweep, runs: Sequence[messages.SweepRun]) -> Iterator[messages.FoldSummary]:
    """A summary of each group of runs that differ only in their fold, over the finished ones."""
    at = next((i for i, axis in enumerate(sweep.axes) if axis.kind == FOLD), None)
    if at is None:
        return

    def others(run: messages.SweepRun) -> tuple[float | str, ...]:
        return tuple(value for i, value in enumerate(run.values) if i != at)

    place = {others(run): number for number, run in enumerate(reversed(runs))}
    in_order = sorted(runs, key=lambda run: -place[others(run)])
    for values, group in groupby(in_order, others):
        done = [run for run in group if run.status == "done"]
        columns = {
            name: spread([number for run in done if (number := getattr(run, name)) is not None])
            for name in ("train_loss", "accuracy", "loss")
        }
        yield messages.FoldSummary(
            values=values,
            done=len(done),
            **{
                name: messages.Spread(mean=of.mean, deviation=of.deviation) if of else None
                for name, of in columns.items()
            },
        )
