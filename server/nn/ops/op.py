"""What an op is: a pure forward function, its gradient, and the relation that explains both."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape
from server.nn.curve import Curve
from server.nn.ops.loops import Loops
from server.nn.ops.reads import Reads

Function = Literal["softmax"] | Curve
"""What an op can make of the numbers that it reads, other than their weighted sum."""


class ShapeError(ValueError):
    """A layer cannot take the shape that reaches it. `layer` is its number in the network, when known."""

    def __init__(self, message: str, layer: int | None = None) -> None:
        super().__init__(message)
        self.layer = layer


class Window(NamedTuple):
    """What one output cell reads, along each axis but the channels', and the stride to its neighbour's."""

    size: Shape
    stride: Shape


class Op(ABC):
    """One operation of a network. Its fields are its hyper-parameters: it is a recipe's layer as it stands.

    Shapes are those of one example, (C, H, W) or (D,); arrays are a whole batch, (C, H, W, N) or (D, N).
    Every function is pure: it writes none of its arguments and remembers nothing.
    """

    __slots__ = ()

    # Pydantic reads this when a recipe arrives: a field nobody declared is an error, not noise.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    kind: str
    stem: ClassVar[str]
    """Layers are named after it: conv1, conv2, dense."""
    formula: ClassVar[str]
    forward_text: ClassVar[str]
    backward_text: ClassVar[str]
    slope_symbol: ClassVar[str | None] = None
    """What the slopes of `reads` are called where they depend on the input, "f(x)" where on one cell of it;
    None where they are fixed: weights, ones, or what `slope_text` says."""
    saved_functions: ClassVar[Mapping[str, Literal["argmax"]]] = {}
    """What an array that `forward` saves is, cell by cell, of the inputs that the output's cell reads."""
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {}
    """The least and the largest number that a field takes, on which its constructor insists."""

    saved_signed: ClassVar[frozenset[str]] = frozenset()
    """What of the saved arrays can be negative."""
    drawn: ClassVar[tuple[str, ...]] = ()
    """What of the saved arrays is drawn at random for each iteration, and not computed."""
    starts: ClassVar[Mapping[str, float]] = {}
    """The parameters that start at a fixed number, however the others are drawn."""

    loops: ClassVar[Loops]
    """The op once more as plain loops, which the lens runs and the tests compare with."""

    back: int = 0
    """How many layers before it the one is whose output is its second input, `skip`; 0 where it has none."""

    @property
    def function(self) -> Function | None:
        """What an output cell is of the inputs it reads: a curve of the only one, or "softmax", the share of
        its own input in all; None where it is the sum that `reads` describes."""
        return None

    @property
    def binarised(self) -> tuple[str, ...]:
        """The operands, "w" and "x", of which only the signs are multiplied: those that `forward` saves as
        "sign_w" and "sign_x". Their gradients are straight-through estimates, not slopes."""
        return ()

    @property
    def shared(self) -> tuple[str, ...]:
        """What of the saved arrays belongs to no example: it has no batch axis."""
        return ()

    @property
    def made_first(self) -> tuple[str, ...]:
        """The saved arrays that are whole before the first cell of the output: signs, and those `shared`."""
        signs = tuple(f"sign_{operand}" for operand in self.binarised)
        return signs + tuple(name for name in self.shared if name not in signs)

    @abstractmethod
    def out_shape(self, in_shape: Shape) -> Shape:
        """The shape that `in_shape` becomes. ShapeError, a sentence from "got" on, when it does not fit."""

    @abstractmethod
    def signed(self, in_signed: bool) -> bool:
        """Whether the output can be negative, given whether the input can."""

    def prepare(self, x: Array) -> Params:
        """What both passes need of the input `x`, by name: computed once for them, and not kept."""
        return NOTHING

    @abstractmethod
    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        """The output in training, and by name what the backward pass needs beyond the input (see
        `saved_shapes`).

        `given` is what this batch brings beside `x`: what was drawn for it (see `draw`), `skip`, where the op
        has such an input, and what was prepared, if it was.
        """

    def evaluating(self, running: Params) -> "Op":
        """The op that it is in evaluation, where each example is by itself and nothing is drawn; by default
        itself. `running` is what it has kept."""
        return self

    @abstractmethod
    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        """dL/dx, and dL/dparameter of each parameter summed over the batch, from `dout` = dL/dout.

        Beside the parameters' is dL/dskip, where the op has such an input. Among `saved` is what was
        prepared, if it was.
        """

    def parameter_gradients(self, dout: Array, x: Array, params: Params, saved: Params) -> dict[str, Array]:
        """The second part of `backward` alone, the same numbers: of a layer whose dL/dx nobody waits for."""
        return self.backward(dout, x, params, saved)[1]

    @abstractmethod
    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        """What the (K,) row-major output cells of one example read; `x` and `saved` are that example's."""

    @abstractmethod
    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        """The inverse of `reads`: the output cells that read any of the (K,) row-major `cells` of an operand.

        The operand is "x", "skip", or a parameter's name. Each output cell of one example comes once, in
        order.
        """

    def draw(self, shape: Shape, dtype: np.dtype[Any], random: np.random.Generator) -> dict[str, Array]:
        """What training draws for a batch of inputs of this shape, the batch last: the arrays of `drawn`."""
        return {}

    def out_words(self, inputs: Array, slopes: Array) -> str:
        """About one output cell, which reads the (R,) `inputs` with these `slopes`."""
        return self.forward_text

    def dx_words(self, x: float, slopes: Array) -> str:
        """About one cell of dL/dx, where the input is `x` and is read with these (K,) `slopes`."""
        if len(slopes) == 1:
            return "One output reads this cell: its gradient comes back, times the weight between them."
        return f"{len(slopes):,} outputs read this cell: each one's gradient comes back, times its weight."

    def saved_words(self, name: str, inputs: Array) -> str:
        """About what `forward` saved under `name` at one output cell, which reads the (R,) `inputs`."""
        return self.forward_text

    def slope_text(self, in_shape: Shape) -> str | None:
        """What formulas write for a slope of `reads`; None where it is a weight, or one."""
        return self.slope_symbol

    def fan_in(self, in_shape: Shape) -> int:
        """How many input cells one output cell reads."""
        return 1

    def window(self, in_shape: Shape) -> Window:
        """Which rows and columns of an image (of a row: which cells) one output cell reads, and how far apart
        its neighbours' are. By default all or, where it reads a single cell, just that one."""
        whole = in_shape[1:] or in_shape
        one = (1,) * len(whole)
        return Window(one if self.fan_in(in_shape) == 1 else whole, one)

    def scratch(self, in_shape: Shape, batch_size: int, itemsize: int) -> int:
        """How many bytes a pass needs beside what it is given and what it returns."""
        return 0

    def param_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        """The shape of each parameter: "w" and "b", or none."""
        return {}

    def saved_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        """The shape, for one example, of each array that `forward` saves."""
        return {}

    def saved_of(self, saved: Params, examples: int | slice) -> dict[str, Array]:
        """Of what `forward` saved, the part of one example or of some; what they share is whole."""
        return {name: array if name in self.shared else array[..., examples] for name, array in saved.items()}
