"""The loss of classification."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, freeze, number_text
from server.nn.losses.loss import Loss, Saved
from server.nn.parts import Part, Parts, over_batch
from server.nn.records import LossRecord


@dataclass(frozen=True, slots=True)
class SoftmaxCrossEntropy(Loss):
    """Softmax makes probabilities of the last layer's outputs; the loss is -log of the true class's.

    A batch's loss is the mean over its examples.
    """

    kind: Literal["softmax_cross_entropy"] = "softmax_cross_entropy"

    title: ClassVar[str] = "softmax and cross-entropy"
    formula: ClassVar[str] = "p[k] = exp(out[k]) / Σ exp(out),  L = −log p[label]"
    forward_text: ClassVar[str] = (
        "Outputs become probabilities; the loss is small when the true class is likely."
    )
    backward_text: ClassVar[str] = (
        "The gradient of each output: its probability, minus 1 for the true class, divided by the size of "
        "the batch."
    )
    needs_classes: ClassVar[bool] = True
    saved: ClassVar[Mapping[str, Saved]] = {"probabilities": Saved("probabilities", signed=False)}

    def forward(self, out: Array, targets: Array) -> LossRecord:
        # Stable: the largest output is subtracted first.
        shifted = out - out.max(axis=0)
        powers = np.exp(shifted)
        total = powers.sum(axis=0)
        probabilities = powers / total
        losses = np.log(total) - (targets * shifted).sum(axis=0)
        dout = (probabilities - targets) / losses.size
        return LossRecord(
            out=out,
            targets=targets,
            saved={"probabilities": freeze(probabilities)},
            losses=freeze(losses),
            loss=float(losses.mean()),
            dout=freeze(dout),
        )

    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        every = {"out": np.arange(len(record.out))}
        true = {"probabilities": np.array([_label(record, example)])}
        return {
            "probabilities": every,
            "loss": every if _vanishes(record, example) else true,
            "dout": {"probabilities": np.array([cell])},
        }[tensor]

    def parts(self, tensor: str, cell: int, record: LossRecord, example: int) -> Parts:
        makers = {"probabilities": _probability, "loss": _loss, "dout": _gradient}
        return makers[tensor](cell, record, example)

    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        p = record.saved["probabilities"][:, example]
        # -log p[label] falls as p[label] grows: d(loss)/d(out) = -dp[label]/d(out) / p[label].
        k = _label(record, example) if tensor == "loss" else cell
        slope: Array = (np.arange(len(p)) == k) - p
        return -slope if tensor == "loss" else slope * p[k]


def _label(record: LossRecord, example: int) -> int:
    return int(record.targets[:, example].argmax())


def _vanishes(record: LossRecord, example: int) -> bool:
    """Whether the true class's probability is too small for its dtype, and no longer tells the loss."""
    probabilities = record.saved["probabilities"]
    return bool(probabilities[_label(record, example), example] < np.finfo(probabilities.dtype).tiny)


def _probability(cell: int, record: LossRecord, example: int) -> Parts:
    out = record.out[:, example].astype(np.float64)
    with np.errstate(invalid="ignore"):
        powers = np.exp(out - out.max())
    return Parts(
        "softmax",
        tuple((Part("exp(out − m)", power, "out", k),) for k, power in enumerate(powers.tolist())),
        f"Class {cell} gets its power's share of all. The largest output, m = {number_text(out.max())}, "
        "is subtracted from each first: this changes no probability and keeps the powers small.",
        cell,
    )


def _loss(cell: int, record: LossRecord, example: int) -> Parts:
    label = _label(record, example)
    p = float(record.saved["probabilities"][label, example])
    if _vanishes(record, example):
        return _loss_from_out(label, record, example)
    return Parts(
        "negative_log",
        ((Part("p", p, "probabilities", label),),),
        f"The true class, {label}, got the probability {number_text(p)}: the less likely it was, the larger "
        "the loss; a probability of 1 would cost nothing.",
    )


def _loss_from_out(label: int, record: LossRecord, example: int) -> Parts:
    """−log p of a p too small to be written down: m + log Σ exp(out − m) − out[label], as it is computed."""
    out = record.out[:, example].astype(np.float64)
    with np.errstate(invalid="ignore"):
        most = int(out.argmax())
        total = float(np.log(np.exp(out - out[most]).sum()))
    return Parts(
        "sum",
        (
            (Part("out", float(out[most]), "out", most),),
            (Part("log Σ exp(out − m)", total),),
            (Part("−1", -1.0), Part("out", float(out[label]), "out", label)),
        ),
        f"The probability of the true class, {label}, is too small for this precision, so −log p is computed "
        f"from the outputs: the largest, m = {number_text(out[most])}, plus the logarithm of the sum, minus "
        "the true class's own.",
    )


def _gradient(cell: int, record: LossRecord, example: int) -> Parts:
    p, target = float(record.saved["probabilities"][cell, example]), float(record.targets[cell, example])
    truth = "the true one" if target else "not the true one"
    way = "likelier" if target else "less likely"
    aim = "is where it should be" if p == target else f"should become {way}"
    return over_batch(
        ((Part("p", p, "probabilities", cell),), (Part("−1", -1.0), Part("target", target))),
        f"Probability minus target: {number_text(p)} − {number_text(target)} = {number_text(p - target)}. "
        f"Class {cell} is {truth}: it {aim}.",
        record.losses.size,
    )
