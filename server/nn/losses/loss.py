"""The base class of all losses: a pure function of outputs and targets, its gradient, and explanations."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from server.nn.arrays import Array, Cells, Shape, freeze, shape_text
from server.nn.factors import Expression
from server.nn.ops import ShapeError
from server.nn.ops.op import Form
from server.nn.records import LossRecord

LossLoop = Callable[[Any, Array, Array, int, Shape], float]
"""`loop(loss, out, goals, batch, index)`: one cell of one example, in plain arithmetic.

`out` and `goals` (K,) are the example's outputs and goals (see `Loss.goals`), `batch` is the number of
examples in the batch, and `index` are the coordinates of the cell.
"""


@dataclass(frozen=True, slots=True)
class SavedTensor:
    """A tensor (K,) that a loss computes before its value. `signed` is True when cells can be negative."""

    title: str
    signed: bool


class Loss(ABC):
    """The error of the network's outputs, as one number. Its fields are its hyper-parameters.

    Outputs and targets are (K, N); the loss of a batch is the mean over its N examples. A cell of one example
    belongs to "out", to a tensor of `saved`, to "loss" (one cell), or to "dout".

    A new loss is a frozen dataclass with slots in a module of its own, an entry in `LOSSES`, and its cases in
    `tests/cases.py`. Like an op's, its `forward` assigns each tensor to a local variable, "loss" as `losses`:
    the code lens lights the line of that assignment. A loss of errors, outputs minus targets, is simplest
    as an `ErrorLoss`.
    """

    __slots__ = ()

    # Pydantic reads this when a recipe arrives: a field that is not declared is an error.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    kind: str
    form: ClassVar[Form] = "distribution"
    """How the page shows the loss."""
    title: ClassVar[str]
    formula: ClassVar[str]
    forward_text: ClassVar[str]
    backward_text: ClassVar[str]
    needs_classes: ClassVar[bool]
    """True when each example's targets must be 1 for its class and 0 elsewhere."""
    divides_by_loss: ClassVar[bool] = False
    """True when the gradient is divided by the loss itself."""
    saved: ClassVar[Mapping[str, SavedTensor]]
    """The tensors that `forward` computes before the loss, by name, in the order of computation."""

    @property
    def backward_words(self) -> str:
        """`backward_text` with the settings of this loss."""
        return self.backward_text

    def check(self, out_shape: Shape, targets: int) -> None:
        """Raise ShapeError unless the last layer has exactly one output per target."""
        if out_shape != (targets,):
            raise ShapeError(
                f"gives {shape_text(out_shape)}, but the loss needs one number for each of the {targets} "
                f"{'classes' if self.needs_classes else 'targets'}: end the network with a dense layer of "
                f"{targets} units."
            )

    def misfit(self, targets: Array) -> str:
        """Why the targets (K, N) of a data set do not fit this loss, in a sentence; empty when they do."""
        return ""

    def goals(self, targets: Array) -> Array:
        """The numbers (K, N) that outputs are compared with: the targets, unless the loss changes them."""
        return targets

    @abstractmethod
    def forward(self, out: Array, targets: Array) -> LossRecord:
        """The loss of a batch and its gradient. Both arrays are (K, N), of one dtype."""

    @property
    @abstractmethod
    def loops(self) -> Mapping[str, LossLoop]:
        """`forward` as plain loops: one for each tensor of `saved`, in order, then "loss" and "dout"."""

    @abstractmethod
    def reads(self, tensor: str, cell: int, record: LossRecord, example: int) -> dict[str, Cells]:
        """The cells, by tensor, that one cell is computed from. KeyError for an unknown tensor."""

    @abstractmethod
    def expression(self, tensor: str, cell: int, record: LossRecord, example: int) -> Expression:
        """One cell as an expression, with words for a reader. KeyError for an unknown tensor."""

    @abstractmethod
    def slopes(self, tensor: str, cell: int, record: LossRecord, example: int) -> Array:
        """d(cell)/d(out) of one example (K,), where the cell belongs to "loss" or to a tensor of `saved`."""


def loss_record(
    out: Array, targets: Array, saved: Mapping[str, Array], losses: Array, dout: Array
) -> LossRecord:
    """The record of a `forward`: its arrays, made read-only, and the mean loss of the batch."""
    for array in (*saved.values(), losses, dout):
        freeze(array)
    return LossRecord(out, targets, saved, losses, float(losses.sum() / losses.size), dout)
