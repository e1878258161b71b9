"""Binary cross-entropy: the loss of independent yes-or-no answers, one for each output."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, Shape, number_text
from server.nn.factors import Expression, Factor, mean_over_batch
from server.nn.losses.loss import Loss, LossLoop, SavedTensor, loss_record
from server.nn.ops import Sigmoid
from server.nn.records import LossRecord


@dataclass(frozen=True, slots=True)
class BinaryCrossEntropy(Loss):
    """The sum over the outputs of −t · log p − (1 − t) · log(1 − p), where p is the sigmoid of an output.

    t is the output's target, between 0 and 1. The loss is computed from the outputs and not from p, as by
    torch.nn.BCEWithLogitsLoss, so that it is finite for outputs of any size. The loss of a batch is the mean
    over its examples.
    """

    kind: Literal["binary_cross_entropy"] = "binary_cross_entropy"

    title: ClassVar[str] = "sigmoid and binary cross-entropy"
    formula: ClassVar[str] = "p[k] = σ(out[k]),  L = Σ −t · log p − (1 − t) · log(1 − p)"
    forward_text: ClassVar[str] = (
        "Each score becomes a probability of its own; the loss is small when each is close to its target."
    )
    backward_text: ClassVar[str] = (
        "The blame of each score: its probability minus its target, divided by the batch size."
    )
    needs_classes: ClassVar[bool] = False
    saved: ClassVar[Mapping[str, SavedTensor]] = {"probabilities": SavedTensor("probabilities", signed=False)}

    def misfit(self, targets: Array) -> str:
        if ((targets >= 0) & (targets <= 1)).all():
            return ""
        least, most = (number_text(float(value)) for value in (targets.min(), targets.max()))
        return (
            f"{self.kind} needs targets between 0 and 1, and these go from {least} to {most}: use "
            "squared_error."
        )

    def forward(self, out: Array, targets: Array) -> LossRecord:
        small = np.exp(-np.abs(out))
        probabilities = np.where(out >= 0, 1 / (1 + small), small / (1 + small))
        losses = (np.maximum(out, 0) - out * targets + np.log1p(small)).sum(axis=0)
        dout = (probabilities - targets) / losses.size
        return loss_record(out, targets, {"probabilities": probabilities}, losses, dout)

    @property
    def loops(self) -> Mapping[str, LossLoop]:
        return {
            "probabilities": binary_probability,
            "loss": binary_cross_entropy_loss,
            "dout": binary_cross_entropy_dout,
        }

    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        return {
            "probabilities": {"out": np.array([cell])},
            "loss": {"out": np.arange(len(record.out))},
            "dout": {"probabilities": np.array([cell])},
        }[tensor]

    def expression(self, tensor: str, cell: int, record: LossRecord, example: int) -> Expression:
        expressions = {"probabilities": _probability, "loss": _loss, "dout": _gradient}
        return expressions[tensor](cell, record, example)

    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        p = record.saved["probabilities"][:, example]
        own = (np.arange(len(p)) == cell) * p * (1 - p)
        slope: Array = p - record.targets[:, example] if tensor == "loss" else own
        return slope


def _probability(cell: int, record: LossRecord, example: int) -> Expression:
    out = float(record.out[cell, example])
    sure = "more likely yes than no" if out > 0 else "more likely no than yes" if out < 0 else "undecided"
    return Expression(
        Sigmoid().curve, ((Factor("out", out, "out", cell),),), f"The sigmoid of the output: {sure}."
    )


def _loss(cell: int, record: LossRecord, example: int) -> Expression:
    terms: list[tuple[Factor, ...]] = []
    for k, (out, target) in enumerate(
        zip(record.out[:, example].tolist(), record.targets[:, example].tolist(), strict=True)
    ):
        terms += [
            (Factor("target", target), Factor("softplus(−out)", float(np.logaddexp(0, -out)), "out", k)),
            (Factor("1−target", 1 - target), Factor("softplus(out)", float(np.logaddexp(0, out)), "out", k)),
        ]
    return Expression(
        "sum",
        tuple(terms),
        "softplus(−out) is −log p and softplus(out) is −log(1 − p), with softplus(x) = log(1 + exp(x)): each "
        "output costs what its probability is short of its target.",
    )


def _gradient(cell: int, record: LossRecord, example: int) -> Expression:
    p, target = float(record.saved["probabilities"][cell, example]), float(record.targets[cell, example])
    should = "stay" if p == target else "become smaller" if p > target else "become larger"
    return mean_over_batch(
        ((Factor("p", p, "probabilities", cell),), (Factor("−1", -1.0), Factor("target", target))),
        f"Probability minus target: {number_text(p)} − {number_text(target)} = {number_text(p - target)}. "
        f"Output {cell} should {should}.",
        record.losses.size,
    )


def binary_probability(loss: BinaryCrossEntropy, out: Array, goals: Array, batch: int, index: Shape) -> float:
    (k,) = index
    return float(1 / (1 + np.exp(-out[k])))


def binary_cross_entropy_loss(
    loss: BinaryCrossEntropy, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    result = 0.0
    for k in range(len(out)):
        result += goals[k] * np.logaddexp(0, -out[k])
        result += (1 - goals[k]) * np.logaddexp(0, out[k])
    return float(result)


def binary_cross_entropy_dout(
    loss: BinaryCrossEntropy, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    (k,) = index
    probability = 1 / (1 + np.exp(-out[k]))
    return float((probability - goals[k]) / batch)
