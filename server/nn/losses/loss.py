"""What a loss is: a pure function of outputs and targets, its gradient, and what explains both."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from server.nn.arrays import Array, Cells, Shape, freeze, shape_text
from server.nn.factors import Expression
from server.nn.ops import ShapeError
from server.nn.records import LossRecord


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor (K,) that a loss computes on its way: what it is, and whether its cells can be negative."""

    title: str
    signed: bool


class Loss(ABC):
    """How wrong the network's answer is, as one number. Its fields are its hyper-parameters.

    The network's outputs and their targets are (K, N); a batch's loss is the mean over its N examples. Cells
    of one example belong to "out", to a tensor of `saved`, to "loss" (one cell), or to "dout".
    """

    __slots__ = ()

    # Pydantic reads this when a recipe arrives: a field nobody declared is an error, not noise.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    kind: str
    title: ClassVar[str]
    formula: ClassVar[str]
    forward_text: ClassVar[str]
    backward_text: ClassVar[str]
    needs_classes: ClassVar[bool]
    """Whether each example's targets must be a 1 for its class and 0 elsewhere."""
    divides: ClassVar[bool] = False
    """Whether its gradient is divided by the loss itself."""
    saved: ClassVar[Mapping[str, Saved]]
    """What is computed before the loss, by name, in order."""

    def check(self, out_shape: Shape, targets: int) -> None:
        """ShapeError unless the last layer has exactly one output per target."""
        if out_shape != (targets,):
            raise ShapeError(
                f"gives {shape_text(out_shape)}, but the loss needs one number for each of the {targets} "
                f"{'classes' if self.needs_classes else 'targets'}: end the network with a dense layer of "
                f"{targets} units."
            )

    def unfit(self, targets: Array) -> str:
        """Why the targets (K, N) of a data set do not fit, in a sentence; empty where they do."""
        return ""

    def goals(self, targets: Array) -> Array:
        """What the outputs are compared with, in the place of the targets (K, N)."""
        return targets

    @abstractmethod
    def forward(self, out: Array, targets: Array) -> LossRecord:
        """The loss of a batch, and its gradient. Both arrays are (K, N), of one dtype."""

    @abstractmethod
    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        """The cells, by their tensor's name, that one cell is made from. KeyError for an unknown tensor."""

    @abstractmethod
    def expression(self, tensor: str, cell: int, record: LossRecord, example: int) -> Expression:
        """What made one cell, for a reader. KeyError for an unknown tensor."""

    @abstractmethod
    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        """d(that cell)/d(out) of one example (K,): of "loss" or of a saved tensor."""


def recorded(
    out: Array, targets: Array, saved: Mapping[str, Array], losses: Array, dout: Array
) -> LossRecord:
    """What `forward` computed, read-only, with the batch's mean loss."""
    for array in (*saved.values(), losses, dout):
        freeze(array)
    return LossRecord(out, targets, saved, losses, float(losses.sum() / losses.size), dout)
