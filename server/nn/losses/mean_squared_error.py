"""The mean of the squared errors, and its root."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, freeze
from server.nn.losses.loss import Loss, Saved
from server.nn.losses.squared_error import error_parts
from server.nn.parts import Part, Parts, over_batch
from server.nn.records import LossRecord

ERRORS: Mapping[str, Saved] = {"errors": Saved("errors, out − target", signed=True)}


@dataclass(frozen=True, slots=True)
class MeanSquaredError(Loss):
    """The mean of the squared errors of an example's outputs, an error being an output minus its target.

    A batch's loss is the mean over its examples: torch.nn.MSELoss.
    """

    kind: Literal["mean_squared_error"] = "mean_squared_error"

    title: ClassVar[str] = "mean squared error"
    formula: ClassVar[str] = "e[k] = out[k] − target[k],  L = Σ e² / K"
    forward_text: ClassVar[str] = (
        "Each output is compared with its target; the loss is the mean of the squares."
    )
    backward_text: ClassVar[str] = (
        "The gradient of each output: twice its error, divided by the number of outputs and the size of the "
        "batch."
    )
    needs_classes: ClassVar[bool] = False
    saved: ClassVar[Mapping[str, Saved]] = ERRORS

    def forward(self, out: Array, targets: Array) -> LossRecord:
        errors = out - targets
        losses = (errors * errors).mean(axis=0)
        dout = errors * errors.dtype.type(2 / errors.size)
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
        match tensor:
            case "errors":
                return error_parts(cell, record, example)
            case "loss":
                words = "The mean of the squares: a large error counts for much more."
                return Parts("sum", _squares(record, example), words)
            case "dout":
                error, count = float(record.saved["errors"][cell, example]), len(record.out)
                should = "stay" if error == 0 else "become smaller" if error > 0 else "become larger"
                return over_batch(
                    ((Part(f"2/{count}", 2 / count), Part("e", error, "errors", cell)),),
                    "The slope of a square is twice the number, here the error. "
                    f"Output {cell} should {should}.",
                    record.losses.size,
                )
        raise KeyError(tensor)

    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        errors = record.saved["errors"][:, example]
        own = (np.arange(len(errors)) == cell).astype(errors.dtype)
        slope: Array = errors * errors.dtype.type(2 / len(errors)) if tensor == "loss" else own
        return slope


@dataclass(frozen=True, slots=True)
class RootMeanSquaredError(Loss):
    """The root of the mean of the squared errors of an example's outputs: in the units of the outputs.

    A batch's loss is the mean over its examples. Where all errors are 0 the root has no slope, and the
    gradient is taken to be 0.
    """

    kind: Literal["root_mean_squared_error"] = "root_mean_squared_error"

    title: ClassVar[str] = "root mean squared error"
    formula: ClassVar[str] = "e[k] = out[k] − target[k],  L = √(Σ e² / K)"
    forward_text: ClassVar[str] = (
        "Each output is compared with its target; the loss is the root of the mean of the squares."
    )
    backward_text: ClassVar[str] = (
        "The gradient of each output: its error over the loss, divided by the number of outputs and the size "
        "of the batch."
    )
    needs_classes: ClassVar[bool] = False
    divides: ClassVar[bool] = True
    saved: ClassVar[Mapping[str, Saved]] = ERRORS

    def forward(self, out: Array, targets: Array) -> LossRecord:
        errors = out - targets
        losses = np.sqrt((errors * errors).mean(axis=0))
        dout = errors / np.where(losses == 0, 1, losses * errors.size)
        return LossRecord(
            out=out,
            targets=targets,
            saved={"errors": freeze(errors)},
            losses=freeze(losses),
            loss=float(losses.mean()),
            dout=freeze(dout),
        )

    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        vanishes = record.losses[example] == 0
        return {
            "errors": {"out": np.array([cell])},
            "loss": {"errors": np.arange(len(record.out))},
            "dout": {} if vanishes else {"errors": np.array([cell]), "loss": np.array([0])},
        }[tensor]

    def parts(self, tensor: str, cell: int, record: LossRecord, example: int) -> Parts:
        match tensor:
            case "errors":
                return error_parts(cell, record, example)
            case "loss":
                words = "The root of the mean of the squares is as large as a typical error."
                return Parts("root", _squares(record, example), words)
            case "dout":
                return _over_loss(cell, record, example)
        raise KeyError(tensor)

    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        errors, loss = record.saved["errors"][:, example], record.losses[example]
        own = (np.arange(len(errors)) == cell).astype(errors.dtype)
        slope: Array = errors / (loss * len(errors) if loss else 1) if tensor == "loss" else own
        return slope


def _squares(record: LossRecord, example: int) -> tuple[tuple[Part, ...], ...]:
    """The terms of the mean of the squared errors."""
    errors = record.saved["errors"][:, example].astype(np.float64).tolist()
    return tuple(
        (Part(f"1/{len(errors)}", 1 / len(errors)), Part("e", e, "errors", k), Part("e", e, "errors", k))
        for k, e in enumerate(errors)
    )


def _over_loss(cell: int, record: LossRecord, example: int) -> Parts:
    error, loss = float(record.saved["errors"][cell, example]), float(record.losses[example])
    if loss == 0:
        return Parts("sum", (), "Every output is on its target: there is nothing to change.")
    count, batch = len(record.out), record.losses.size
    times = f"{count}" if batch == 1 else f"{count}·{batch}"
    words = "The error over the loss: an example's gradients have the same size however far off it is."
    if batch > 1:
        words += f" It is divided by {batch} too, because the loss is the mean over the batch."
    over = (Part(times, float(count * batch)), Part("L", loss, "loss", 0))
    return Parts("quotient", ((Part("e", error, "errors", cell),), over), words)
