"""The end of a residual block (He et al. 2016): the output of its layers plus its input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, number_text, size, union
from server.nn.ops.capabilities import SkipReader
from server.nn.ops.loops import Loops
from server.nn.ops.loops import small as small_loops
from server.nn.ops.op import Form
from server.nn.ops.reads import Reads


@dataclass(frozen=True, slots=True)
class Add(SkipReader):
    """Adds the output of an earlier layer to its input, cell by cell: the skip connection.

    `back` is the distance to that layer. With `back` 1 it would be the previous layer; one step beyond the
    first layer is the input of the network.
    """

    back: int = 4
    kind: Literal["add"] = "add"

    stem: ClassVar[str] = "add"
    title: ClassVar[str] = "Add"
    form: ClassVar[Form] = "before_after"
    loops: ClassVar[Loops] = small_loops.ADD
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {"back": (2, 32)}
    formula: ClassVar[str] = "out = x + skip"
    forward_text: ClassVar[str] = (
        "The skip connection: the output of an earlier layer is added, cell by cell."
    )
    backward_text: ClassVar[str] = (
        "A sum hands its gradient on unchanged to both of its parts: to the layer before, and along the skip."
    )

    def __post_init__(self) -> None:
        least, most = self.bounds["back"]
        if not least <= self.back <= most:
            raise ValueError(
                f"What is added comes from {least} to {most} layers back, not {self.back}: nearer than that "
                "is what the layer gets anyway."
            )

    def __str__(self) -> str:
        return f"add, {self.back} back"

    def out_shape(self, in_shape: Shape) -> Shape:
        return in_shape

    def summary(self, in_shape: Shape) -> str:
        return "an earlier output is added, cell by cell"

    def signed(self, in_signed: bool) -> bool:
        return in_signed

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        return x + given["skip"], {}

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        return dout, {"skip": dout}

    def reads(self, cells: Cells, x: Array, saved: Params) -> Reads:
        return Reads(x=cells[:, None], slope=np.ones((len(cells), 1), x.dtype), skip=cells)

    def readers(self, operand: str, cells: Cells, in_shape: Shape) -> Cells:
        return union(cells, size(in_shape))

    def out_words(self, inputs: Array, slopes: Array) -> str:
        return (
            f"The layers of the block made {number_text(inputs[0])}; the number that went into it is added: "
            "they only have to learn the difference."
        )

    def dx_words(self, x: float, slopes: Array) -> str:
        return "The sum hands its gradient on to each of its two terms as it is."
