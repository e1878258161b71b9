"""The loss of the first textbooks: half the squared distance from the targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, freeze, number_text
from server.nn.losses.loss import Loss, Saved
from server.nn.parts import Part, Parts, over_batch
from server.nn.records import LossRecord


@dataclass(frozen=True, slots=True)
class SquaredError(Loss):
    """Half the sum of the squared errors, an error being an output minus its target.

    The factor one half makes the gradient the error itself. A batch's loss is the mean over its examples.
    """

    kind: Literal["squared_error"] = "squared_error"

    title: ClassVar[str] = "half the squared error"
    formula: ClassVar[str] = "e[k] = out[k] − target[k],  L = ½ Σ e²"
    forward_text: ClassVar[str] = "Each output is compared with its target; half the squared errors add up."
    backward_text: ClassVar[str] = (
        "The gradient of each output is its error, the output minus its target, divided by the size of the "
        "batch."
    )
    needs_classes: ClassVar[bool] = False
    saved: ClassVar[Mapping[str, Saved]] = {"errors": Saved("errors, out − target", signed=True)}

    def forward(self, out: Array, targets: Array) -> LossRecord:
        errors = out - targets
        losses = 0.5 * (errors * errors).sum(axis=0)
        dout = errors / losses.size
        return LossRecord(
            out=out,
            targets=targets,
            saved={"errors": freeze(errors)},
            losses=freeze(losses),
            loss=float(losses.mean()),
            dout=freeze(dout),
        )

    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        return {
            "errors": {"out": np.array([cell])},
            "loss": {"errors": np.arange(len(record.out))},
            "dout": {"errors": np.array([cell])},
        }[tensor]

    def parts(self, tensor: str, cell: int, record: LossRecord, example: int) -> Parts:
        makers = {"errors": error_parts, "loss": _loss, "dout": _gradient}
        return makers[tensor](cell, record, example)

    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        errors = record.saved["errors"][:, example]
        return errors if tensor == "loss" else (np.arange(len(errors)) == cell).astype(errors.dtype)


def error_parts(cell: int, record: LossRecord, example: int) -> Parts:
    """What made one error: an output minus its target."""
    out, target = float(record.out[cell, example]), float(record.targets[cell, example])
    where = "on its target" if out == target else "above its target" if out > target else "below its target"
    return Parts(
        "sum",
        ((Part("out", out, "out", cell),), (Part("−1", -1.0), Part("target", target))),
        f"Output {cell} is {where}, {number_text(target)}.",
    )


def _loss(cell: int, record: LossRecord, example: int) -> Parts:
    errors = record.saved["errors"][:, example].astype(np.float64).tolist()
    return Parts(
        "sum",
        tuple(
            (Part("½", 0.5), Part("e", error, "errors", k), Part("e", error, "errors", k))
            for k, error in enumerate(errors)
        ),
        "Each error counts with its square, so that a large one counts for much more.",
    )


def _gradient(cell: int, record: LossRecord, example: int) -> Parts:
    error = float(record.saved["errors"][cell, example])
    should = "stay" if error == 0 else "become smaller" if error > 0 else "become larger"
    return over_batch(
        ((Part("e", error, "errors", cell),),),
        f"The slope of half a square is the number itself, here the error. Output {cell} should {should}.",
        record.losses.size,
    )
