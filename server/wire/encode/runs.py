"""Runs and iterations as messages. Arrays keep their bits; JSON numbers are always finite."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from server.data.dataset import Dataset
from server.data.pictures.formats import FORMATS
from server.data.uploads import store
from server.errors import Refusal
from server.explain.catalogue import tensor_names
from server.explain.micro_step import MicroStep
from server.explain.tensors import check_example, read_tensors
from server.explain.timeline import positions, segments
from server.nn.arrays import Array, finite, number_text
from server.nn.records import Trace
from server.recipe.batches import PICTURE
from server.recipe.checks import MAX_EXAMPLE_BYTES
from server.recipe.early_stopping import Patience
from server.recipe.edit_words import edit_words
from server.recipe.plan import Plan
from server.run.history import History
from server.run.look import LOOK_SLOT, ExampleChoice
from server.run.report import Report
from server.wire.encode.arrays import (
    Numbers,
    limits,
    limits_of_each,
    tensors_json,
    typed_array,
    typed_json,
    with_member,
)
from server.wire.encode.layers import columns
from server.wire.messages import runs as messages
from server.wire.messages.runs import Cells, Example, Status

RATES = 500
"""The most evenly spaced iterations at which the learning rate is given."""
MAX_FRAME_BYTES = 2_000_000
"""The most bytes of tensors in one frame."""
SHADE_BYTES = 4 / 3
"""The bytes of a shade in base64."""


class TooMuch(Refusal):
    """More numbers than fit in one reply."""

    field = "names"


def tensor(name: str, array: Numbers, computed: NDArray[np.bool_] | None = None) -> messages.Tensor:
    """A tensor, with its minimum and maximum over the cells that are finite and `computed`."""
    minimum, maximum, nonfinite = limits(array if computed is None else array[computed])
    return messages.Tensor(
        name=name,
        data=typed_array(array),
        minimum=minimum,
        maximum=maximum,
        nonfinite=nonfinite,
        computed=None if computed is None else typed_array(computed),
    )


def run(plan: Plan) -> messages.Run:
    """The description of a run. It does not depend on the progress."""
    order = segments(plan.network, plan.recipe.optimizer)
    return messages.Run(
        id=plan.recipe.id,
        recipe=plan.recipe,
        layers=columns(plan),
        segments=order,
        positions=positions(order),
        iterations=plan.iterations,
        iterations_per_epoch=plan.iterations_per_epoch,
        dataset_title=plan.dataset.title,
        classes=plan.dataset.classes,
        answer=_answer(plan),
        train_examples=plan.dataset.train_examples - plan.validation.size,
        validation_examples=plan.validation.size,
        test_examples=plan.dataset.test_examples,
        monitored=plan.monitored,
        evaluated_examples=plan.evaluated.size,
        colours=plan.colours,
        rates=_rates(plan),
        frame_cells=int(MAX_FRAME_BYTES / SHADE_BYTES),
        edit_words=tuple(edit_words(edit, plan.network, plan.dataset.classes) for edit in plan.recipe.edits),
        drawable=store.base_name(plan.recipe.dataset) in FORMATS,
    )


def _rates(plan: Plan) -> messages.Rates | None:
    """The learning rate at up to RATES iterations and at all edits; None if it is constant."""
    edits = [edit.iteration for edit in plan.recipe.edits]
    spread = np.linspace(0, plan.iterations - 1, min(RATES, plan.iterations)).astype(np.intp)
    iterations = np.unique([*spread, *edits])
    values = np.array([plan.recipe.learning_rate(number) for number in iterations.tolist()])
    if (values == values[0]).all():
        return None
    return messages.Rates(iterations=typed_array(iterations), values=typed_array(values))


def _answer(plan: Plan) -> str:
    """The name of the tensor with the network's answer: probabilities, or the last output."""
    last = plan.network.layers[-1].name
    return "loss.probabilities" if "probabilities" in plan.recipe.loss.saved else f"{last}.out"


def progress(report: Report, status: Status, since: int, source: str, sequence: int) -> messages.Progress:
    """The progress of a run, with the losses of iteration `since` and all later ones.

    The evaluation after `since` iterations is included, because it follows the loss of iteration `since - 1`.
    """
    losses = report.losses
    since = min(since, len(losses))
    return messages.Progress(
        run=report.plan.recipe.id,
        source=source,
        sequence=sequence,
        status=status,
        computed=len(losses),
        since=since,
        losses=typed_array(losses[since:]),
        evaluations=tuple(evaluation for evaluation in report.evaluations if evaluation.iteration >= since),
        diverged=divergence(report),
        stopped=stopped(report),
    )


def divergence(report: Report) -> messages.Divergence | None:
    """Where the run diverged; None if it has not."""
    if report.diverged is None:
        return None
    at, name = report.diverged.iteration, report.diverged.tensor
    return messages.Divergence(
        iteration=at,
        tensor=name,
        message=f"The run diverged in iteration {at}: {name} was the first tensor that is not finite.",
    )


def stopped(report: Report) -> messages.Stopped | None:
    """Where early stopping ended the run; None if it has not."""
    found, rule = report.stopped, report.plan.recipe.early_stopping
    if found is None or not isinstance(rule, Patience):
        return None
    least = f" by more than {number_text(rule.minimum_improvement)}" if rule.minimum_improvement else ""
    waited = f"{found.waited:,} evaluations" if found.waited > 1 else "an evaluation"
    best = f"after iteration {found.lowest_at - 1:,}" if found.lowest_at else "before the first iteration"
    part = f"{report.plan.monitored} examples"
    return messages.Stopped(
        iteration=found.iteration,
        best=found.lowest_at,
        best_loss=found.lowest,
        message=(
            f"Stopped early, after iteration {found.iteration - 1:,}: the loss on the {part} has not "
            f"fallen{least} for {waited}; the best was {number_text(found.lowest)}, {best}."
        ),
    )


def iteration(history: History, number: int, patterns: Sequence[str], choice: ExampleChoice) -> bytes:
    """A computed iteration, with the tensors that patterns ask for ("conv1.w", "*"), for the chosen example.

    The JSON of an `Iteration`. Raises NotComputed, UnknownTensor, UnknownExample, UnknownTrainingExample,
    TooMuch.
    """
    plan = history.plan
    trace, example = history.trace_with(number, choice)
    check_example(trace, example)
    names = tensor_names(plan.network, plan.recipe.optimizer, tuple(patterns))
    arrays = read_tensors(trace, names, example)
    check_bytes(arrays)
    tensors = tensors_json(names, map(typed_json, arrays), limits_of_each(arrays), b',"computed":null')
    return with_member(head(plan, trace, example), "tensors", tensors)


def check_bytes(arrays: Sequence[Array]) -> None:
    """Check that arrays fit in one reply. TooMuch."""
    if (total := sum(array.nbytes for array in arrays)) > MAX_EXAMPLE_BYTES:
        raise TooMuch(f"These tensors have {total:,} bytes; ask for at most {MAX_EXAMPLE_BYTES:,} at a time.")


def head(plan: Plan, trace: Trace, example: int) -> bytes:
    """An iteration without its tensors, read for the example in slot `example`: the JSON of a head."""
    batch = trace.learned or trace
    found = messages.IterationHead(
        run=plan.recipe.id,
        iteration=trace.iteration,
        epoch=plan.epoch(trace.iteration),
        example=example,
        examples=examples_of(plan.dataset, batch),
        looked_at=None if trace.learned is None else examples_of(plan.dataset, trace)[LOOK_SLOT],
        targets=tuple(trace.loss.targets[:, example].tolist()),
        learning_rate=trace.learning_rate,
        update=update_sentence(plan, trace.learning_rate),
        loss=finite(batch.loss.loss),
    )
    return found.model_dump_json().encode()


def update_sentence(plan: Plan, learning_rate: float) -> str:
    """What an update at this learning rate does to the weights, in words without a full stop."""
    holds_some = any(layer.frozen for layer in plan.network.layers)
    return plan.recipe.optimizer.full_sentence(number_text(learning_rate), holds_some)


def micro_step(found: MicroStep) -> messages.Window:
    """The cells of a micro-step and its partial sums."""
    return messages.Window(
        reads=cells(found.reads),
        writes=cells(found.writes),
        partial=tuple(
            tensor(name, partial.array, partial.computed) for name, partial in found.partial.items()
        ),
    )


def labels(dataset: Dataset, targets: Numbers) -> tuple[int | None, ...]:
    """The class numbers of targets (K, n); each is None where the data set has no classes."""
    labels = targets.argmax(axis=0).tolist()
    return tuple(labels if dataset.classes else [None] * len(labels))


def examples_of(dataset: Dataset, trace: Trace) -> tuple[Example, ...]:
    """The examples of a batch. An edited-in picture has no number; its true class is its label."""
    given, own = labels(dataset, trace.loss.targets), trace.examples == PICTURE
    truths = labels(dataset, dataset.train_targets[:, trace.examples])
    return tuple(
        Example(index=None, label=label, truth=label)
        if is_own
        else Example(index=index, label=label, truth=truth)
        for index, label, truth, is_own in zip(trace.examples.tolist(), given, truths, own, strict=True)
    )


def cells(found: Mapping[str, NDArray[np.intp]]) -> tuple[Cells, ...]:
    """The cells of each tensor."""
    return tuple(Cells(name=name, cells=tuple(numbers.tolist())) for name, numbers in found.items())
