"""The fully connected layer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, shape_text, union
from server.nn.ops.binary import Binarisable, Binary
from server.nn.ops.loops import Loops
from server.nn.ops.loops import dense as dense_loops
from server.nn.ops.op import Form, ShapeError
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class Dense(Binarisable):
    """Every output is a weighted sum of all inputs: (D,) -> (units,).

    `binary` selects the operands whose signs are multiplied: see Binarisable. Parameters: w (units, D),
    b (units,).
    """

    units: int
    binary: Binary = "no"
    kind: Literal["dense"] = "dense"

    stem: ClassVar[str] = "dense"
    title: ClassVar[str] = "Dense"
    form: ClassVar[Form] = "matrix"
    loops: ClassVar[Loops] = dense_loops.DENSE
    bounds: ClassVar[Mapping[str, tuple[int, int]]] = {"units": (1, 4096)}
    formula: ClassVar[str] = "out[m] = Σ w[m,d] · x[d] + b[m]"
    forward_text: ClassVar[str] = (
        "Each output is all inputs times its own row of weights, added up, plus its bias."
    )
    backward_text: ClassVar[str] = (
        "The blame of each output, times the inputs, is the gradient of its row of weights."
    )

    def __post_init__(self) -> None:
        least, most = self.bounds["units"]
        if not least <= self.units <= most:
            raise ValueError(f"A dense layer has between {least} and {most} units, not {self.units}.")

    def __str__(self) -> str:
        return f"{'' if self.binary == 'no' else 'binary '}dense {self.units}"

    def plain(self) -> "Dense":
        return replace(self, binary="no")

    def out_shape(self, in_shape: Shape) -> Shape:
        if len(in_shape) != 1:
            raise ShapeError(
                f"got {shape_text(in_shape)}, but needs one row of numbers: put a flatten layer before it."
            )
        return (self.units,)

    def summary(self, in_shape: Shape) -> str:
        operands = f", {self.binary_words}" if self.binary_words else ""
        return f"{in_shape[0]:,} numbers to {self.units:,} weighted sums{operands}"

    def forward_words(self, in_shape: Shape) -> str:
        if not self.binarised:
            return self.forward_text
        return "Each output is all inputs times the signs of its own row of weights, added up, plus its bias."

    def signed(self, in_signed: bool) -> bool:
        return True

    def fan_in(self, in_shape: Shape) -> int:
        return in_shape[0]

    def param_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        return {"w": (self.units, in_shape[0]), "b": (self.units,)}

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        if self.binary != "no":
            return Binarisable.forward(self, x, params)
        return params["w"] @ x + params["b"][:, None], {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        if self.binary != "no":
            return Binarisable.backward(self, dout, x, params, saved)
        return params["w"].T @ dout, self.parameter_gradients(dout, x, params, saved)

    def parameter_gradients(self, dout: Array, x: Array, params: Params, saved: Params) -> dict[str, Array]:
        if self.binary != "no":
            return Binarisable.backward(self, dout, x, params, saved)[1]
        # For a single example np.dot calls BLAS; the operator @ does not.
        return {"w": np.dot(dout, x.T), "b": dout.sum(axis=1)}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        inputs = np.arange(x.size)
        return Reads(
            x=np.broadcast_to(inputs, (len(cells), x.size)), w=cells[:, None] * x.size + inputs, b=cells
        )

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        if operand == "x":
            return np.arange(self.units if len(cells) else 0)
        return union(cells if operand == "b" else cells // in_shape[0], self.units)
