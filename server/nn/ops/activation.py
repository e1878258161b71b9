"""Activations: a function of one number, applied to every cell."""

from abc import abstractmethod
from typing import ClassVar

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, size, union
from server.nn.curve import Curve
from server.nn.ops.loops import Loops
from server.nn.ops.op import Form, Function, Op
from server.nn.ops.reads import Reads


class Activation(Op):
    """An op that applies a function of one number to every cell of an array of any shape.

    A subclass declares the function twice. `value` and `slope` take arrays: the engine runs them.
    `scalar_forward` and `scalar_backward` take one number and follow the definition: explanations evaluate
    them, the lens shows them beside the engine's code, and the tests compare the two.
    """

    __slots__ = ()

    form: ClassVar[Form] = "curve"
    symbol: ClassVar[str] = ""
    """The function's name in formulas: out = symbol(x), with the slope symbol′(x). Without a name, as in a
    rectifier, formulas show the output as the input times `slope_symbol`."""

    def __init_subclass__(cls) -> None:
        if cls.symbol:
            cls.slope_symbol = f"{cls.symbol}′(x)"

    @abstractmethod
    def value(self, x: Array) -> Array:
        """The function of every cell, in the dtype of `x`."""

    @abstractmethod
    def slope(self, x: Array) -> Array:
        """The derivative at every cell, in the dtype of `x`."""

    @abstractmethod
    def scalar_forward(self, x: float) -> float:
        """The function of one number, in float64."""

    @abstractmethod
    def scalar_backward(self, dout: float, x: float) -> float:
        """`dout` times the derivative at one number, in float64."""

    @property
    def curve(self) -> Curve:
        """The function, as explanations use it."""
        return Curve(self.kind, self.symbol, self.scalar_forward)

    @property
    def function(self) -> Function | None:
        return self.curve if self.symbol else None

    def out_shape(self, in_shape: Shape) -> Shape:
        return in_shape

    def summary(self, in_shape: Shape) -> str:
        return f"{self.title} of each of {size(in_shape):,} numbers"

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        return self.value(x), {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        return dout * self.slope(x), {}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        return Reads(x=cells[:, None], slope=self.slope(x.ravel()[cells])[:, None])

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        return union(cells, size(in_shape))


def activation_forward(op: Activation, x: Array, params: Params, index: Shape) -> float:
    return op.scalar_forward(float(x[index]))


def activation_backward(op: Activation, dout: Array, x: Array, params: Params, index: Shape) -> float:
    return op.scalar_backward(float(dout[index]), float(x[index]))


Activation.loops = Loops(activation_forward, activation_backward)
