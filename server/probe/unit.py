"""A unit: any cell of a layer's output, its value for one input, and its gradients."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from server.errors import Refusal
from server.explain.tensors import UnknownCell, UnknownLayer
from server.nn.arrays import Array, Shape, size, unravel
from server.nn.evaluation import evaluation_stack
from server.nn.network import Layer, Network
from server.nn.ops.capabilities import Rectifier
from server.nn.records import Record, input_gradient
from server.nn.step import Passed, State, backward
from server.recipe.quoting import shortened


class SaliencyError(Refusal):
    """A saliency map that cannot be made."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A unit after a forward pass: the `network` up to its layer, and the `stack` of that pass.

    `title` is its name for readers: "the score of 2" of a class, else "dense1.out[3]".
    """

    network: Network
    stack: list[Passed]
    cell: int
    title: str

    @property
    def layer(self) -> Layer:
        return self.network.layers[-1]

    @property
    def index(self) -> Shape:
        return unravel(self.cell, self.layer.out_shape)

    @property
    def name(self) -> str:
        return unit_name(self.layer, self.cell)

    @property
    def value(self) -> float:
        return float(self.stack[-1].out.reshape(-1)[self.cell])

    def backward(self, guided: bool = False) -> tuple[Record, ...]:
        """The engine's backward pass from this unit, started with a gradient of 1: dout is d(unit)/d(out).

        A `guided` pass uses the rectifiers of guided backpropagation.
        """
        dout = np.zeros_like(self.stack[-1].out)
        dout.reshape(-1)[self.cell] = 1
        return backward([_guided(passed) if guided else passed for passed in self.stack], dout)

    def input_gradient(self, guided: bool = False) -> Array:
        """d(unit)/d(input), (*shape). The result of a guided pass is not a gradient."""
        return input_gradient(self.backward(guided))[..., 0]


def unit_name(layer: Layer, cell: int) -> str:
    """The name of a cell of a layer's output: "dense1.out[3]"."""
    return f"{layer.name}.out[{', '.join(map(str, unravel(cell, layer.out_shape)))}]"


def unit_of(
    network: Network, state: State, x: Array, layer: str, cell: int, classes: Sequence[str] = ()
) -> Unit:
    """Cell `cell` of a layer's output for the input `x` (*shape), in evaluation mode.

    `classes` are the names of the network's outputs, where these are classes. Raises UnknownLayer,
    UnknownCell.
    """
    names = [other.name for other in network.layers]
    if layer not in names:
        raise UnknownLayer(f'There is no layer "{shortened(layer)}"; the layers are: {", ".join(names)}.')
    up_to = replace(network, layers=network.layers[: names.index(layer) + 1])
    cells = size(up_to.layers[-1].out_shape)
    if not 0 <= cell < cells:
        raise UnknownCell(f"{layer}.out has no cell {cell}; the last one is {cells - 1}.")
    at = up_to.layers[-1]
    title = unit_name(at, cell)
    if classes and at is network.layers[-1]:
        title = f"the {'probability' if at.op.kind == 'softmax' else 'score'} of {classes[cell]}"
    return Unit(up_to, evaluation_stack(up_to, state, np.ascontiguousarray(x[..., None])), cell, title)


def _guided(passed: Passed) -> Passed:
    if not isinstance(passed.layer.op, Rectifier):
        return passed
    return passed._replace(layer=replace(passed.layer, op=passed.layer.op.guided()))
