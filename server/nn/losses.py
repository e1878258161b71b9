"""The loss: how wrong the network's answer is, as one number."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, Shape, freeze, number_text, shape_text
from server.nn.ops import ShapeError
from server.nn.parts import Part, Parts
from server.nn.records import LossRecord


@dataclass(frozen=True, slots=True)
class SoftmaxCrossEntropy:
    """Softmax makes probabilities of the last layer's outputs; the loss is -log of the true class's.

    A batch's loss is the mean over its examples.
    """

    kind: Literal["softmax_cross_entropy"] = "softmax_cross_entropy"

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}
    formula: ClassVar[str] = "p[k] = exp(out[k]) / Σ exp(out),  L = −log p[label]"
    forward_text: ClassVar[str] = (
        "Outputs become probabilities; the loss is small when the true class is likely."
    )
    backward_text: ClassVar[str] = (
        "The gradient of each output: its probability, minus 1 for the true class, divided by the size of "
        "the batch."
    )

    def check(self, out_shape: Shape, classes: int) -> None:
        """ShapeError unless the last layer has exactly one output per class."""
        if out_shape != (classes,):
            raise ShapeError(
                f"gives {shape_text(out_shape)}, but the loss needs one number for each of the {classes} "
                f"classes: end the network with a dense layer of {classes} units."
            )

    def forward(self, logits: Array, labels: Cells) -> LossRecord:
        """`logits` (K, N), `labels` (N,) class numbers. Stable: the largest logit is subtracted first."""
        batch = np.arange(labels.size)
        shifted = logits - logits.max(axis=0)
        powers = np.exp(shifted)
        total = powers.sum(axis=0)
        probabilities = powers / total
        losses = np.log(total) - shifted[labels, batch]
        dlogits = probabilities.copy()
        dlogits[labels, batch] -= 1
        dlogits /= labels.size
        return LossRecord(
            logits=logits,
            labels=labels,
            probabilities=freeze(probabilities),
            losses=freeze(losses),
            loss=float(losses.mean()),
            dlogits=freeze(dlogits),
        )

    def reads(self, tensor: str, cell: int, classes: int) -> dict[str, Cells]:
        """The cells that one cell of "probabilities", "loss" or "dout" of one example is computed from.

        They belong to "logits" or "probabilities". KeyError for another tensor.
        """
        return {
            "probabilities": {"logits": np.arange(classes)},
            "loss": {"logits": np.arange(classes)},
            "dout": {"probabilities": np.array([cell])},
        }[tensor]

    def parts(self, tensor: str, cell: int, record: LossRecord, example: int) -> Parts:
        """What made one cell of "probabilities", "loss" or "dout" of one example. KeyError for another."""
        makers = {"probabilities": _probability, "loss": _loss, "dout": _gradient}
        return makers[tensor](cell, record, example)


def _probability(cell: int, record: LossRecord, example: int) -> Parts:
    logits = record.logits[:, example].astype(np.float64)
    with np.errstate(invalid="ignore"):
        powers = np.exp(logits - logits.max())
    return Parts(
        "softmax",
        tuple((Part("exp(out − m)", power, "logits", k),) for k, power in enumerate(powers.tolist())),
        f"Class {cell} gets its power's share of all. The largest output, m = {number_text(logits.max())}, "
        "is subtracted from each first: this changes no probability and keeps the powers small.",
        cell,
    )


def _loss(cell: int, record: LossRecord, example: int) -> Parts:
    label = int(record.labels[example])
    p = float(record.probabilities[label, example])
    return Parts(
        "negative_log",
        ((Part("p", p, "probabilities", label),),),
        f"The true class, {label}, got the probability {number_text(p)}: the less likely it was, the larger "
        "the loss; a probability of 1 would cost nothing.",
    )


def _gradient(cell: int, record: LossRecord, example: int) -> Parts:
    label, batch = int(record.labels[example]), record.labels.size
    p, target = float(record.probabilities[cell, example]), float(cell == label)
    share = () if batch == 1 else (Part(f"1/{batch}", 1 / batch),)
    minus = Part("−1" if batch == 1 else f"−1/{batch}", -1 / batch)
    truth, aim = ("the true one", "likelier") if target else ("not the true one", "less likely")
    mean = "" if batch == 1 else f" It is divided by {batch}, because the loss is the mean over the batch."
    return Parts(
        "sum",
        (
            (Part("p", p, "probabilities", cell), *share),
            (minus, Part("target", target)),
        ),
        f"Probability minus target: {number_text(p)} − {number_text(target)} = {number_text(p - target)}. "
        f"Class {cell} is {truth}: it should become {aim}.{mean}",
    )
