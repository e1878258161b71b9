"""The base class of losses that are functions of the errors, outputs minus targets."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from server.nn.arrays import Array, Cells, Shape, number_text
from server.nn.factors import Expression, Factor
from server.nn.losses.loss import Loss, SavedTensor
from server.nn.records import LossRecord


class ErrorLoss(Loss):
    """A loss of the errors (K, N), each output minus its target. The errors are the only saved tensor."""

    __slots__ = ()

    needs_classes: ClassVar[bool] = False
    saved: ClassVar[Mapping[str, SavedTensor]] = {"errors": SavedTensor("errors, out − target", signed=True)}

    @abstractmethod
    def loss_expression(self, errors: Array, loss: float) -> Expression:
        """The `loss` of one example from its `errors` (K,), float64."""

    @abstractmethod
    def gradient_expression(
        self, error: float, cell: int, outputs: int, loss: float, batch: int
    ) -> Expression:
        """One cell of dout from its error, in an example with `outputs` outputs and this `loss`."""

    @abstractmethod
    def loss_slopes(self, errors: Array, loss: float) -> Array:
        """d(loss)/d(out) of one example (K,), from its `errors` (K,)."""

    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        return {
            "errors": {"out": np.array([cell])},
            "loss": {"errors": np.arange(len(record.out))},
            "dout": {"errors": np.array([cell])},
        }[tensor]

    def expression(self, tensor: str, cell: int, record: LossRecord, example: int) -> Expression:
        errors, loss = record.saved["errors"][:, example], float(record.losses[example])
        match tensor:
            case "errors":
                return _error(cell, record, example)
            case "loss":
                return self.loss_expression(errors.astype(np.float64), loss)
            case "dout":
                return self.gradient_expression(
                    float(errors[cell]), cell, len(errors), loss, record.losses.size
                )
        raise KeyError(tensor)

    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        errors = record.saved["errors"][:, example]
        if tensor == "loss":
            return self.loss_slopes(errors, float(record.losses[example]))
        own: Array = (np.arange(len(errors)) == cell).astype(errors.dtype)
        return own


def squares(symbol: str, factor: float, errors: Array) -> tuple[tuple[Factor, ...], ...]:
    """The terms factor · e · e of these errors (K,)."""
    return tuple(
        (Factor(symbol, factor), Factor("e", e, "errors", k), Factor("e", e, "errors", k))
        for k, e in enumerate(errors.tolist())
    )


def advice(error: float, cell: int) -> str:
    """The direction in which an output should move."""
    should = "stay" if error == 0 else "become smaller" if error > 0 else "become larger"
    return f"Output {cell} should {should}."


def _error(cell: int, record: LossRecord, example: int) -> Expression:
    out, target = float(record.out[cell, example]), float(record.targets[cell, example])
    where = "on its target" if out == target else "above its target" if out > target else "below its target"
    return Expression(
        "sum",
        ((Factor("out", out, "out", cell),), (Factor("−1", -1.0), Factor("target", target))),
        f"Output {cell} is {where}, {number_text(target)}.",
    )


def output_error(loss: ErrorLoss, out: Array, goals: Array, batch: int, index: Shape) -> float:
    (k,) = index
    return float(out[k] - goals[k])
