"""The base class of all ops: a forward function, its gradient, and the relation that explains both."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape
from server.nn.curve import Curve
from server.nn.ops.loops import Loops
from server.nn.ops.reads import Reads

Function = Literal["softmax"] | Curve
"""What an output cell can be other than the weighted sum of the inputs it reads."""

Form = Literal["picture", "windows", "curve", "matrix", "distribution", "normalise", "before_after"]
"""How the page shows an operation: the input as it is, windows that slide over maps, the curve of a function,
a matrix of weights, bars of scores and probabilities, numbers before and after normalising, or before and
after any other change."""


class ShapeError(ValueError):
    """A layer does not fit the shape of its input. `layer` is the index of the layer, when known."""

    def __init__(self, message: str, layer: int | None = None) -> None:
        super().__init__(message)
        self.layer = layer


class Window(NamedTuple):
    """The extent of the input that one output cell reads, and the stride between neighbours, per axis.

    The axes are those of the input without the channels: rows and columns, or cells of a row.
    """

    size: Shape
    stride: Shape


class Op(ABC):
    """One operation of a network. Its fields are its hyper-parameters: a recipe names its layers as ops.

    Shapes are those of one example, (C, H, W) or (D,). Arrays hold a whole batch, (C, H, W, N) or (D, N).
    Every method is pure: it writes none of its arguments and keeps no state.

    The lens runs `forward` and `backward` and lights the statement that last wrote the variable which holds a
    result, or else the whole `return`. So give each result a variable of its own (`out = x * mask`), and do
    not write that variable again.
    """

    __slots__ = ()

    # Pydantic reads this when it validates a recipe: an undeclared field is an error.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    kind: str
    stem: ClassVar[str]
    """The layer's name without its number: "conv" of conv1 and conv2."""
    title: ClassVar[str]
    """The layer's name in words, without its number: "Convolution"."""
    form: ClassVar[Form]
    """How the page shows the op."""
    formula: ClassVar[str]
    forward_text: ClassVar[str]
    """A sentence about the forward pass that is true of every op of the class; see `forward_words`."""
    backward_text: ClassVar[str]
    """The same about the backward pass; see `backward_words`."""
    slope_symbol: ClassVar[str | None] = None
    """The name of the slopes of `reads` where they depend on the input, "f(x)" where on one cell of it. None
    where they are fixed: weights, ones, or the text of `slope_text`."""
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {}
    """The least and the largest value of a field. The constructor raises ValueError beyond them."""

    saved_signed: ClassVar[frozenset[str]] = frozenset()
    """The saved arrays that can be negative."""
    drawn: ClassVar[tuple[str, ...]] = ()
    """The saved arrays that `draw` draws at random for each iteration."""
    starts: ClassVar[Mapping[str, float]] = {}
    """The parameters that start at a fixed number, whatever the initialisation."""

    loops: ClassVar[Loops]
    """The op as plain loops. The lens shows and runs them; the tests compare the op with them."""

    @property
    def function(self) -> Function | None:
        """The function of an output cell: a curve of the one input it reads, or "softmax", the share of its
        own input in all. None where the cell is the sum that `reads` describes."""
        return None

    @property
    def binarised(self) -> tuple[str, ...]:
        """The operands, "w" and "x", whose signs are multiplied in their place.

        `forward` saves the signs as "sign_w" and "sign_x". The gradients of these operands are
        straight-through estimates.
        """
        return ()

    @property
    def shared(self) -> tuple[str, ...]:
        """Saved arrays without a batch axis."""
        return ()

    @property
    def made_first(self) -> tuple[str, ...]:
        """The saved arrays that are complete before the first output cell: signs, and those `shared`."""
        signs = tuple(f"sign_{operand}" for operand in self.binarised)
        return signs + tuple(name for name in self.shared if name not in signs)

    @abstractmethod
    def out_shape(self, in_shape: Shape) -> Shape:
        """The output's shape for an input of shape `in_shape`.

        Raises ShapeError when the input does not fit. The message is a sentence without its subject, from
        "got" on.
        """

    @abstractmethod
    def summary(self, in_shape: Shape) -> str:
        """The op on an input of this shape in a few words, as "2×2 windows, the largest wins"."""

    def forward_words(self, in_shape: Shape) -> str:
        """`forward_text` with the settings of this op on an input of this shape."""
        return self.forward_text

    def backward_words(self, in_shape: Shape) -> str:
        """`backward_text` with the settings of this op on an input of this shape."""
        return self.backward_text

    @abstractmethod
    def signed(self, in_signed: bool) -> bool:
        """True when the output can be negative. `in_signed` says the same of the input."""

    def prepare(self, x: Array) -> Params:
        """Arrays computed from `x` that both passes use, by name. They are not kept after the iteration."""
        return NOTHING

    @abstractmethod
    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        """The output in training, and the arrays to save for the backward pass, by name (see `saved_shapes`).

        `given` are further arrays of this batch: those that `draw` drew, the second input `skip`, and those
        that `prepare` made.
        """

    def evaluating(self, running: Params) -> "Op":
        """The op to evaluate with: it draws nothing and treats each example independently. Default: this op.

        `running` are the arrays that the op keeps from batch to batch.
        """
        return self

    @abstractmethod
    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        """dL/dx, and the gradient of each parameter, summed over the batch, from `dout` = dL/dout.

        The gradients include that of `skip`, where the op has this input. `saved` includes the arrays that
        `prepare` made.
        """

    def parameter_gradients(self, dout: Array, x: Array, params: Params, saved: Params) -> dict[str, Array]:
        """The gradients of the parameters alone: those of `backward`, bit for bit, without dL/dx."""
        return self.backward(dout, x, params, saved)[1]

    @abstractmethod
    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        """What these (K,) row-major output cells of one example read. `x` and `saved` are that example's."""

    @abstractmethod
    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        """The inverse of `reads`: the output cells of an example that read any of these cells of an operand.

        `cells` (K,) are row-major. `operand` is "x", "skip", or a parameter's name. The output cells are
        unique and in order.
        """

    def draw(self, shape: Shape, dtype: np.dtype[Any], random: np.random.Generator) -> dict[str, Array]:
        """The arrays of `drawn` for a batch of inputs of this shape, the batch axis last."""
        return {}

    def out_words(self, inputs: Array, slopes: Array) -> str:
        """A sentence about one output cell, which reads the (R,) `inputs` with these (R,) `slopes`."""
        return self.forward_text

    def dx_words(self, x: float, slopes: Array) -> str:
        """A sentence about one cell of dL/dx: the input is `x`, and K outputs read it with these `slopes`."""
        if len(slopes) == 1:
            return "One output reads this cell: its gradient comes back, times the weight between them."
        return f"{len(slopes):,} outputs read this cell: each one's gradient comes back, times its weight."

    def saved_words(self, name: str, inputs: Array) -> str:
        """A sentence about the saved array `name` at one output cell, which reads the (R,) `inputs`."""
        return self.forward_text

    def slope_text(self, in_shape: Shape) -> str | None:
        """The text of a slope of `reads` in formulas; None where it is a weight, or one."""
        return self.slope_symbol

    def fan_in(self, in_shape: Shape) -> int:
        """The number of input cells that one output cell reads."""
        return 1

    def window(self, in_shape: Shape) -> Window:
        """The window of one output cell: by default the whole input, or one cell where it reads only one."""
        whole = in_shape[1:] or in_shape
        one = (1,) * len(whole)
        return Window(one if self.fan_in(in_shape) == 1 else whole, one)

    def scratch(self, in_shape: Shape, batch_size: int, itemsize: int) -> int:
        """The memory in bytes that a pass allocates beyond its arguments and results."""
        return 0

    def param_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        """The shapes of the parameters "w" and "b"; empty without parameters."""
        return {}

    def saved_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        """The shape of each array that `forward` saves, for one example."""
        return {}

    def saved_of(self, saved: Params, examples: int | slice) -> dict[str, Array]:
        """The saved arrays of one example or of several. Arrays without a batch axis are returned whole."""
        return {name: array if name in self.shared else array[..., examples] for name, array in saved.items()}
