"""The effect of one step on one example: its answers and its loss before and after the update."""

import numpy as np

from server.frozen import Frozen
from server.nn.arrays import finite, number_text
from server.nn.losses import Loss
from server.nn.network import Network
from server.nn.records import LossRecord, Trace
from server.nn.step import State, forward


class Outcome(Frozen):
    """The answers of the network for an example, probabilities where the loss computes them, and its loss.

    Numbers that are not finite are null.
    """

    answers: tuple[float | None, ...]
    loss: float | None


class StepEffect(Frozen):
    """What the update of an iteration did for the example in slot `example`.

    Both forward passes are those of training, with the same examples and the same random numbers: `before`
    with the parameters of the iteration, `after` with the updated ones. `label` is its class, null without
    classes.
    """

    example: int
    label: int | None
    before: Outcome
    after: Outcome
    words: str


def step_effect(
    network: Network, loss: Loss, trace: Trace, example: int, classes: tuple[str, ...]
) -> StepEffect:
    """The effect of the iteration of a trace on one of its examples. Nothing is stored."""
    updated = State(
        trace.iteration + 1,
        params={record.layer: record.updated for record in trace.records},
        running={record.layer: record.renewed for record in trace.records if record.renewed},
    )
    with np.errstate(over="ignore", invalid="ignore"):
        out = forward(network, updated, trace.x, trace.drawn(trace.x.dtype.name))[-1].out
        losses = loss.forward(out, trace.loss.targets)
    before, after = _outcome(trace.loss, example), _outcome(losses, example)
    label = int(trace.loss.targets[:, example].argmax()) if classes else None
    is_alone = trace.learned is None and trace.examples.size == 1
    return StepEffect(
        example=example,
        label=label,
        before=before,
        after=after,
        words=_words(before, after, label, classes, is_alone),
    )


def _outcome(losses: LossRecord, example: int) -> Outcome:
    answers = losses.saved.get("probabilities", losses.out)[:, example]
    return Outcome(
        answers=tuple(finite(answer) for answer in answers.tolist()),
        loss=finite(float(losses.losses[example])),
    )


def _words(
    before: Outcome, after: Outcome, label: int | None, classes: tuple[str, ...], is_alone: bool
) -> str:
    if before.loss is None or after.loss is None:
        return "The loss is not finite: there is nothing to compare."
    was, now = number_text(before.loss), number_text(after.loss)
    if before.loss == after.loss:
        return f"The step left the loss of this example as it was, at {was}."
    falls = after.loss < before.loss
    words = f"The step made the loss of this example {'fall' if falls else 'rise'} from {was} to {now}"
    if label is not None and (chances := _chances(before, after, label)):
        words += f', and the chance of "{classes[label]}" go from {chances}'
    if falls:
        return f"{words}."
    why = (
        "the step went too far along the slope"
        if is_alone
        else "the step follows the gradient of the whole batch, not of this example alone"
    )
    return f"{words}: {why}."


def _chances(before: Outcome, after: Outcome, label: int) -> str:
    """The probabilities of a class before and after; empty where the answers are none."""
    was, now = before.answers[label], after.answers[label]
    if was is None or now is None or not all(0 <= chance <= 1 for chance in (was, now)):
        return ""
    return f"{100 * was:.3g} % to {100 * now:.3g} %"
