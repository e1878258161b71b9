"""Capabilities that only some ops have, as abstract base classes. Test for one with `isinstance`."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from server.nn.arrays import Array, Cells, Params, Shape
from server.nn.factors import SumOfProducts
from server.nn.ops.op import Op


class Stateful(Op):
    """An op that keeps arrays from batch to batch beside its parameters; no gradient moves them."""

    __slots__ = ()

    running: ClassVar[Mapping[str, float]]
    """The names of these arrays, and the number that each starts from."""

    @abstractmethod
    def running_shapes(self, in_shape: Shape) -> Mapping[str, Shape]:
        """The shape of each array, by name."""

    @abstractmethod
    def renew(self, running: Params, saved: Params) -> dict[str, Array]:
        """The arrays after a batch, from those before it and what `forward` saved for it."""


class Coupled(Op):
    """An op whose outputs depend on all examples of the batch, through one array that it saves.

    `reads` describes the output by the cells of that array instead of the input's. Each cell of the array is
    computed from the inputs at its `peers`, in every example.
    """

    __slots__ = ()

    through: ClassVar[str]
    """The name of the saved array, which has the input's shape."""

    @abstractmethod
    def least_batch(self, in_shape: Shape) -> int:
        """The smallest batch that the op can be trained with."""

    @abstractmethod
    def peers(self, cells: Cells, in_shape: Shape) -> Cells:
        """The input cells (K, R) of each example that the (K,) cells of the array are computed from."""

    @abstractmethod
    def slopes(self, made: Cells, read: Cells, saved: Params) -> Array:
        """The derivatives of the cells `made` of the array by their peers `read`, pair by pair.

        Cells and `saved` are those of the whole batch: row-major, the example last.
        """

    @abstractmethod
    def made(
        self, tensor: str, cell: int, example: int, x: Array, saved: Params, running: Params
    ) -> SumOfProducts:
        """How one cell of a saved array, or of a running one after the batch ("new_running_mean"), follows
        from the arrays of the batch."""

    @abstractmethod
    def saved_readers(self, name: str, cells: Cells, in_shape: Shape) -> Cells:
        """The output cells of an example that depend on these (K,) cells of the saved array `name`."""


class SkipReader(Op):
    """An op with a second input, `skip`: the output of an earlier layer."""

    __slots__ = ()

    back: int
    """The distance to that layer, in layers: 1 is the previous layer."""


class Selector(Op):
    """An op whose output cell is the largest of the input cells that it reads."""

    __slots__ = ()

    selected: ClassVar[str]
    """The name of the saved array with the index of that input among those that the output cell reads."""


class Rectifier(Op):
    """An op that passes positive numbers and stops or weakens the others."""

    __slots__ = ()

    @abstractmethod
    def guided(self) -> Op:
        """The same op as guided backpropagation goes back through it."""
