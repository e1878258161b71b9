"""The shape report of a recipe's network: what each layer outputs, costs, and sees. Nothing is trained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from server.data import load
from server.frozen import Frozen
from server.nn.arrays import Shape, size
from server.nn.network import Layer, names
from server.nn.ops import Window
from server.recipe.checks import checked_network
from server.recipe.errors import RecipeError
from server.recipe.fixes import Fix, fitting, fixes, problem_of
from server.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """The receptive field of one cell of a layer, in rows and columns (or cells) of the input.

    The field of the next cell lies `stride` further; None where the layer's cells are no image. A field is at
    most as large as the input: padding does not count.
    """

    size: Shape
    stride: Shape | None


class LayerPlan(Frozen):
    """A layer that fits: the shape of its output, its number of parameters, its multiply-adds for one
    example, its bytes in the trace, and its receptive field.

    `field` is the size of the receptive field in rows and columns of the input (in cells, for a row of
    numbers), at most the size of the input. The fields of neighbouring cells lie `field_stride` apart; null
    for cells in a row.
    """

    name: str
    shape: Shape
    parameters: int
    multiply_adds: int
    bytes: int
    field: Shape
    field_stride: Shape | None


@dataclass(frozen=True, slots=True)
class ShapeReport:
    """The shapes and costs of a recipe's network.

    `names` has all layers, `layers` those before the first that does not fit. `nbytes` is the memory of one
    iteration. `problem` says why the recipe cannot be run; None where it can. The nearest fix comes first.
    """

    in_shape: Shape
    names: tuple[str, ...]
    layers: tuple[LayerPlan, ...]
    nbytes: int
    problem: RecipeError | None
    fixes: tuple[Fix, ...]


def shape_report(recipe: Recipe) -> ShapeReport:
    """The report of any recipe, also of one that cannot be run. DataUnavailable."""
    dataset = load(recipe.dataset)
    layers, problem = fitting(recipe, dataset).layers, problem_of(recipe, dataset)
    sizes = recipe.batch_size, np.dtype(recipe.dtype).itemsize, recipe.optimizer.arrays_per_parameter
    if problem is None:
        nbytes = checked_network(recipe, dataset).iteration_bytes(*sizes)
    else:
        nbytes = sum(layer.iteration_bytes(*sizes) for layer in layers)
    return ShapeReport(
        in_shape=dataset.shape,
        names=tuple(names(recipe.network)),
        layers=tuple(
            LayerPlan(
                name=layer.name,
                shape=layer.out_shape,
                parameters=layer.parameters,
                multiply_adds=layer.products if "w" in layer.param_shapes else 0,
                bytes=layer.iteration_bytes(*sizes),
                field=field.size,
                field_stride=field.stride,
            )
            for layer, field in zip(layers, receptive_fields(layers, dataset.shape), strict=True)
        ),
        nbytes=nbytes,
        problem=problem,
        fixes=fixes(recipe, dataset) if problem else (),
    )


def receptive_fields(layers: Sequence[Layer], in_shape: Shape) -> Iterator[ReceptiveField]:
    """The receptive field of each layer for inputs of `in_shape`, composed from the windows of its layers.

    A cell behind a skip connection sees the larger of both fields.
    """
    plane = _plane(in_shape)
    fields = {"input": (1,) * len(plane)}
    seen = stride = (1,) * len(plane)
    whole = plane
    for layer in layers:
        window = layer.op.window(layer.in_shape)
        if len(window.size) < len(whole):
            # The layer reads a flattened image: each cell reads one cell of the image, or all of them.
            window = Window(plane if size(window.size) > 1 else (1,) * len(whole), (1,) * len(whole))
        seen = tuple(
            min(s + (w - 1) * far, limit)
            for s, w, far, limit in zip(seen, window.size, stride, whole, strict=True)
        )
        if layer.skip is not None:
            seen = tuple(map(max, seen, fields[layer.skip]))
        fields[layer.name] = seen
        stride = tuple(far * step for far, step in zip(stride, window.stride, strict=True))
        if len(layer.out_shape) == len(in_shape):
            plane = _plane(layer.out_shape)
        elif size(window.size) > 1:
            plane = (1,) * len(whole)
        yield ReceptiveField(seen, stride if len(layer.out_shape) == len(in_shape) == 3 else None)


def _plane(shape: Shape) -> Shape:
    """Rows and columns of an image; the cells of a row of numbers."""
    return shape[1:] or shape
