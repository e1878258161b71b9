"""What all ops have in common that treat every cell by itself."""

from abc import abstractmethod

from server.nn.arrays import NOTHING, Array, Cells, Params, Shape, size, union
from server.nn.ops.op import Op
from server.nn.ops.reads import Reads


class Elementwise(Op):
    """One function of one number, for each cell of any shape."""

    __slots__ = ()

    @abstractmethod
    def value(self, x: Array) -> Array:
        """The function, cell by cell."""

    @abstractmethod
    def slope(self, x: Array) -> Array:
        """Its derivative, cell by cell, in the dtype of `x`."""

    def out_shape(self, in_shape: Shape) -> Shape:
        return in_shape

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
