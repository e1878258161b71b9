"""Softmax cross-entropy: the loss of classification."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, Shape, number_text
from server.nn.factors import Expression, Factor, mean_over_batch
from server.nn.losses.loss import Loss, LossLoop, SavedTensor, loss_record
from server.nn.records import LossRecord


@dataclass(frozen=True, slots=True)
class SoftmaxCrossEntropy(Loss):
    """Minus the logarithm of the true class's probability, where softmax turns outputs into probabilities.

    With `label_smoothing` s, the goal of every class is s / K, and that of the true class is 1 − s more
    (Szegedy et al. 2016, "Rethinking the Inception Architecture"). `class_weights`, one number for each
    class, multiply the goals. The loss is then Σ −goal · log p, as by torch.nn.CrossEntropyLoss without
    reduction. The loss of a batch is the plain mean over its examples, whatever the weights of their classes.
    """

    kind: Literal["softmax_cross_entropy"] = "softmax_cross_entropy"
    label_smoothing: float = 0.0
    class_weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing must be at least 0 and below 1, not {self.label_smoothing}.")
        if any(not 0 <= weight <= 1000 for weight in self.class_weights):
            raise ValueError(
                f"class_weights must be between 0 and 1000, not {', '.join(map(str, self.class_weights))}."
            )
        if self.class_weights and not any(self.class_weights):
            raise ValueError(
                "class_weights must not all be 0: the loss would be 0 whatever the network says."
            )

    title: ClassVar[str] = "softmax and cross-entropy"
    formula: ClassVar[str] = "p[k] = exp(out[k]) / Σ exp(out),  L = −log p[label]"
    forward_text: ClassVar[str] = (
        "Scores become probabilities; the loss is small when the true class is likely."
    )
    backward_text: ClassVar[str] = (
        "The blame of each score: its probability, minus 1 for the true class, divided by the batch size."
    )
    needs_classes: ClassVar[bool] = True
    saved: ClassVar[Mapping[str, SavedTensor]] = {"probabilities": SavedTensor("probabilities", signed=False)}

    @property
    def is_plain(self) -> bool:
        """True without label smoothing and class weights: the goals are the targets."""
        return not self.label_smoothing and not self.class_weights

    @property
    def backward_words(self) -> str:
        if self.is_plain:
            return self.backward_text
        return (
            "The blame of each score: its share of all goals minus its own goal, divided by the batch size."
        )

    def misfit(self, targets: Array) -> str:
        if len(self.class_weights) in (0, len(targets)):
            return ""
        count = len(self.class_weights)
        return f"class_weights needs one number for each of the {len(targets)} classes, not {count}."

    def goals(self, targets: Array) -> Array:
        number = targets.dtype.type
        if self.label_smoothing:
            targets = targets * number(1 - self.label_smoothing) + number(self.label_smoothing / len(targets))
        if self.class_weights:
            targets = targets * np.array(self.class_weights, targets.dtype)[:, None]
        return targets

    def forward(self, out: Array, targets: Array) -> LossRecord:
        # Subtracting the largest output first keeps the exponentials from overflowing.
        shifted = out - out.max(axis=0)
        powers = np.exp(shifted)
        total = powers.sum(axis=0)
        probabilities = powers / total
        if self.is_plain:
            losses = np.log(total) - (targets * shifted).sum(axis=0)
            dout = (probabilities - targets) / losses.size
        else:
            goals = self.goals(targets)
            losses = np.log(total) * goals.sum(axis=0) - (goals * shifted).sum(axis=0)
            dout = (probabilities * goals.sum(axis=0) - goals) / losses.size
        return loss_record(out, targets, {"probabilities": probabilities}, losses, dout)

    @property
    def loops(self) -> Mapping[str, LossLoop]:
        return {
            "probabilities": softmax_probability,
            "loss": cross_entropy_loss,
            "dout": cross_entropy_dout,
        }

    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        all_outputs = {"out": np.arange(len(record.out))}
        classes = np.flatnonzero(self.goals(record.targets)[:, example])
        of_loss = {"probabilities": np.array([_label(record, example)]) if self.is_plain else classes}
        return {
            "probabilities": all_outputs,
            "loss": all_outputs if _underflows(record, classes, example) else of_loss,
            "dout": {"probabilities": np.array([cell])},
        }[tensor]

    def expression(self, tensor: str, cell: int, record: LossRecord, example: int) -> Expression:
        if not self.is_plain and tensor in ("loss", "dout"):
            goals = self.goals(record.targets)[:, example].astype(np.float64)
            if tensor == "loss":
                return _loss_of_goals(goals, record, example)
            return _gradient_of_goals(goals, cell, record, example)
        expressions = {"probabilities": _probability, "loss": _loss, "dout": _gradient}
        return expressions[tensor](cell, record, example)

    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        p = record.saved["probabilities"][:, example]
        if tensor == "loss":
            goals = self.goals(record.targets)[:, example]
            of_loss: Array = p * goals.sum() - goals
            return of_loss
        of_probability: Array = ((np.arange(len(p)) == cell) - p) * p[cell]
        return of_probability


def _label(record: LossRecord, example: int) -> int:
    return int(record.targets[:, example].argmax())


def _underflows(record: LossRecord, classes: Cells, example: int) -> bool:
    """True when a probability of these classes is too small for its dtype to compute the loss from."""
    probabilities = record.saved["probabilities"]
    return bool((probabilities[classes, example] < np.finfo(probabilities.dtype).tiny).any())


def _probability(cell: int, record: LossRecord, example: int) -> Expression:
    out = record.out[:, example].astype(np.float64)
    with np.errstate(invalid="ignore"):
        powers = np.exp(out - out.max())
    return Expression(
        "softmax",
        tuple((Factor("exp(out − m)", power, "out", k),) for k, power in enumerate(powers.tolist())),
        f"Class {cell} gets its power's share of all. The largest output, m = {number_text(out.max())}, "
        "is subtracted from each first: this changes no probability and keeps the powers small.",
        cell,
    )


def _loss(cell: int, record: LossRecord, example: int) -> Expression:
    label = _label(record, example)
    p = float(record.saved["probabilities"][label, example])
    if _underflows(record, np.array([label]), example):
        return _loss_from_out(label, record, example)
    return Expression(
        "negative_log",
        ((Factor("p", p, "probabilities", label),),),
        f"The true class, {label}, got the probability {number_text(p)}: the less likely it was, the larger "
        "the loss; a probability of 1 would cost nothing.",
    )


def _loss_from_out(label: int, record: LossRecord, example: int) -> Expression:
    """−log p where p underflows, as `forward` computes it: m + log Σ exp(out − m) − out[label]."""
    out = record.out[:, example].astype(np.float64)
    with np.errstate(invalid="ignore"):
        most = int(out.argmax())
        total = float(np.log(np.exp(out - out[most]).sum()))
    return Expression(
        "sum",
        (
            (Factor("out", float(out[most]), "out", most),),
            (Factor("log Σ exp(out − m)", total),),
            (Factor("−1", -1.0), Factor("out", float(out[label]), "out", label)),
        ),
        f"The probability of the true class, {label}, is too small for this precision, so −log p is computed "
        f"from the outputs: the largest, m = {number_text(out[most])}, plus the logarithm of the sum, minus "
        "the true class's own.",
    )


def _gradient(cell: int, record: LossRecord, example: int) -> Expression:
    p, target = float(record.saved["probabilities"][cell, example]), float(record.targets[cell, example])
    truth = "the true one" if target else "not the true one"
    way = "likelier" if target else "less likely"
    aim = "is where it should be" if p == target else f"should become {way}"
    return mean_over_batch(
        ((Factor("p", p, "probabilities", cell),), (Factor("−1", -1.0), Factor("target", target))),
        f"Probability minus target: {number_text(p)} − {number_text(target)} = {number_text(p - target)}. "
        f"Class {cell} is {truth}: it {aim}.",
        record.losses.size,
    )


def _loss_of_goals(goals: Array, record: LossRecord, example: int) -> Expression:
    """Σ −goal · log p over the classes whose goal is not 0."""
    classes = np.flatnonzero(goals)
    words = (
        "Every class with a goal costs its goal times −log p: smoothing gives each class a small one, and a "
        "class's weight multiplies it."
    )
    if not _underflows(record, classes, example):
        p = record.saved["probabilities"][:, example].astype(np.float64)
        return Expression(
            "sum",
            tuple(
                (Factor("goal", float(goals[k])), Factor("−log(p)", -math.log(p[k]), "probabilities", k))
                for k in classes.tolist()
            ),
            words,
        )
    out = record.out[:, example].astype(np.float64)
    with np.errstate(invalid="ignore"):
        most = int(out.argmax())
        total = float(np.log(np.exp(out - out[most]).sum()))
    share = Factor("Σ goal", float(goals.sum()))
    return Expression(
        "sum",
        (
            (share, Factor("out", float(out[most]), "out", most)),
            (share, Factor("log Σ exp(out − m)", total)),
            *(
                (Factor("−1", -1.0), Factor("goal", goal), Factor("out", value, "out", k))
                for k, (goal, value) in enumerate(zip(goals.tolist(), out.tolist(), strict=True))
            ),
        ),
        f"{words} A probability is too small for this precision, so the loss is computed from the outputs: "
        "the largest, m, plus the logarithm of the sum, minus each class's own, all times the goals.",
    )


def _gradient_of_goals(goals: Array, cell: int, record: LossRecord, example: int) -> Expression:
    p, goal, share = (
        float(record.saved["probabilities"][cell, example]),
        float(goals[cell]),
        float(goals.sum()),
    )
    aim = "likelier" if p * share < goal else "less likely"
    return mean_over_batch(
        (
            (Factor("Σ goal", share), Factor("p", p, "probabilities", cell)),
            (Factor("−1", -1.0), Factor("goal", goal)),
        ),
        f"The probability times the sum of all goals, minus the class's own goal, {number_text(goal)}: class "
        f"{cell} should become {aim}.",
        record.losses.size,
    )


def softmax_probability(
    loss: SoftmaxCrossEntropy, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    (k,) = index
    largest = max(out)
    total = 0.0
    for j in range(len(out)):
        total += np.exp(out[j] - largest)
    return float(np.exp(out[k] - largest) / total)


def cross_entropy_loss(
    loss: SoftmaxCrossEntropy, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    largest = max(out)
    total = 0.0
    for j in range(len(out)):
        total += np.exp(out[j] - largest)
    result = 0.0
    for k in range(len(out)):
        result += goals[k] * (np.log(total) - (out[k] - largest))
    return float(result)


def cross_entropy_dout(
    loss: SoftmaxCrossEntropy, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    (k,) = index
    largest = max(out)
    total = 0.0
    for j in range(len(out)):
        total += np.exp(out[j] - largest)
    probability = np.exp(out[k] - largest) / total
    return float((probability * sum(goals) - goals[k]) / batch)
