"""Losses of the squared errors: half their sum, their mean, and the root of their mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import Array, Cells, Shape
from server.nn.factors import Expression, Factor, mean_over_batch
from server.nn.losses.error_loss import ErrorLoss, advice, output_error, squares
from server.nn.losses.loss import LossLoop, loss_record
from server.nn.records import LossRecord


@dataclass(frozen=True, slots=True)
class SquaredError(ErrorLoss):
    """Half the sum of the squared errors, so that the gradient is the error itself.

    An error is an output minus its target. The loss of a batch is the mean over its examples.
    """

    kind: Literal["squared_error"] = "squared_error"

    title: ClassVar[str] = "half the squared error"
    formula: ClassVar[str] = "e[k] = out[k] − target[k],  L = ½ Σ e²"
    forward_text: ClassVar[str] = (
        "Each output is compared with its target; the loss is half the sum of the squared errors."
    )
    backward_text: ClassVar[str] = (
        "The blame of each output: its error, output minus target, divided by the batch size."
    )

    def forward(self, out: Array, targets: Array) -> LossRecord:
        errors = out - targets
        losses = 0.5 * (errors * errors).sum(axis=0)
        dout = errors / losses.size
        return loss_record(out, targets, {"errors": errors}, losses, dout)

    @property
    def loops(self) -> Mapping[str, LossLoop]:
        return {"errors": output_error, "loss": squared_error_loss, "dout": squared_error_dout}

    def loss_expression(self, errors: Array, loss: float) -> Expression:
        words = "Each error counts with its square, so that a large one counts for much more."
        return Expression("sum", squares("½", 0.5, errors), words)

    def gradient_expression(
        self, error: float, cell: int, outputs: int, loss: float, batch: int
    ) -> Expression:
        words = f"The slope of half a square is the number itself, here the error. {advice(error, cell)}"
        return mean_over_batch(((Factor("e", error, "errors", cell),),), words, batch)

    def loss_slopes(self, errors: Array, loss: float) -> Array:
        return errors


@dataclass(frozen=True, slots=True)
class MeanSquaredError(ErrorLoss):
    """The mean of the squared errors of an example's outputs.

    An error is an output minus its target. The loss of a batch is the mean over its examples, as by
    torch.nn.MSELoss.
    """

    kind: Literal["mean_squared_error"] = "mean_squared_error"

    title: ClassVar[str] = "mean squared error"
    formula: ClassVar[str] = "e[k] = out[k] − target[k],  L = Σ e² / K"
    forward_text: ClassVar[str] = (
        "Each output is compared with its target; the loss is the mean of the squared errors."
    )
    backward_text: ClassVar[str] = (
        "The blame of each output: twice its error, divided by the number of outputs and the batch size."
    )

    def forward(self, out: Array, targets: Array) -> LossRecord:
        errors = out - targets
        losses = (errors * errors).mean(axis=0)
        dout = errors * errors.dtype.type(2 / errors.size)
        return loss_record(out, targets, {"errors": errors}, losses, dout)

    @property
    def loops(self) -> Mapping[str, LossLoop]:
        return {"errors": output_error, "loss": mean_squared_error_loss, "dout": mean_squared_error_dout}

    def loss_expression(self, errors: Array, loss: float) -> Expression:
        words = "The mean of the squares: a large error counts for much more."
        return Expression("sum", squares(f"1/{len(errors)}", 1 / len(errors), errors), words)

    def gradient_expression(
        self, error: float, cell: int, outputs: int, loss: float, batch: int
    ) -> Expression:
        words = f"The slope of a square is twice the number, here the error. {advice(error, cell)}"
        return mean_over_batch(
            ((Factor(f"2/{outputs}", 2 / outputs), Factor("e", error, "errors", cell)),), words, batch
        )

    def loss_slopes(self, errors: Array, loss: float) -> Array:
        slopes: Array = errors * errors.dtype.type(2 / len(errors))
        return slopes


@dataclass(frozen=True, slots=True)
class RootMeanSquaredError(ErrorLoss):
    """The root of the mean of the squared errors of an example's outputs, in the units of the outputs.

    The loss of a batch is the mean over its examples. Where all errors are 0, the root has no derivative, and
    the gradient is defined as 0.
    """

    kind: Literal["root_mean_squared_error"] = "root_mean_squared_error"

    title: ClassVar[str] = "root mean squared error"
    formula: ClassVar[str] = "e[k] = out[k] − target[k],  L = √(Σ e² / K)"
    forward_text: ClassVar[str] = (
        "Each output is compared with its target; the loss is the root of the mean squared error."
    )
    backward_text: ClassVar[str] = (
        "The blame of each output: its error over the loss, divided by the number of outputs and the "
        "batch size."
    )
    divides_by_loss: ClassVar[bool] = True

    def forward(self, out: Array, targets: Array) -> LossRecord:
        errors = out - targets
        losses = np.sqrt((errors * errors).mean(axis=0))
        dout = errors / np.where(losses == 0, 1, losses * errors.size)
        return loss_record(out, targets, {"errors": errors}, losses, dout)

    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        if tensor != "dout":
            return ErrorLoss.reads(self, tensor, cell, record, example)
        if record.losses[example] == 0:
            return {}
        return {"errors": np.array([cell]), "loss": np.array([0])}

    @property
    def loops(self) -> Mapping[str, LossLoop]:
        return {
            "errors": output_error,
            "loss": root_mean_squared_error_loss,
            "dout": root_mean_squared_error_dout,
        }

    def loss_expression(self, errors: Array, loss: float) -> Expression:
        words = "The root of the mean of the squares is as large as a typical error."
        return Expression("root", squares(f"1/{len(errors)}", 1 / len(errors), errors), words)

    def gradient_expression(
        self, error: float, cell: int, outputs: int, loss: float, batch: int
    ) -> Expression:
        if loss == 0:
            return Expression("sum", (), "Every output is on its target: there is nothing to change.")
        times = f"{outputs}" if batch == 1 else f"{outputs}·{batch}"
        words = "The error over the loss: an example's gradients have the same size however far off it is."
        if batch > 1:
            words += f" It is divided by {batch} too, because the loss is the mean over the batch."
        over = (Factor(times, float(outputs * batch)), Factor("L", loss, "loss", 0))
        return Expression("quotient", ((Factor("e", error, "errors", cell),), over), words)

    def loss_slopes(self, errors: Array, loss: float) -> Array:
        slopes: Array = errors / errors.dtype.type(loss * len(errors) if loss else 1)
        return slopes


def squared_error_loss(loss: SquaredError, out: Array, goals: Array, batch: int, index: Shape) -> float:
    result = 0.0
    for k in range(len(out)):
        result += 0.5 * (out[k] - goals[k]) ** 2
    return float(result)


def squared_error_dout(loss: SquaredError, out: Array, goals: Array, batch: int, index: Shape) -> float:
    (k,) = index
    return float((out[k] - goals[k]) / batch)


def mean_squared_error_loss(
    loss: MeanSquaredError, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    total = 0.0
    for k in range(len(out)):
        total += (out[k] - goals[k]) ** 2
    return float(total / len(out))


def mean_squared_error_dout(
    loss: MeanSquaredError, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    (k,) = index
    return float(2 * (out[k] - goals[k]) / len(out) / batch)


def root_mean_squared_error_loss(
    loss: RootMeanSquaredError, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    total = 0.0
    for k in range(len(out)):
        total += (out[k] - goals[k]) ** 2
    return float(np.sqrt(total / len(out)))


def root_mean_squared_error_dout(
    loss: RootMeanSquaredError, out: Array, goals: Array, batch: int, index: Shape
) -> float:
    (k,) = index
    total = 0.0
    for j in range(len(out)):
        total += (out[j] - goals[j]) ** 2
    if total == 0:
        return 0.0
    return float((out[k] - goals[k]) / np.sqrt(total / len(out)) / len(out) / batch)
