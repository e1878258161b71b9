"""A network on paper, before there is a run of it: what each layer makes, costs, and sees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from server.data import load
from server.nn.arrays import Shape, size
from server.nn.network import Layer, names
from server.nn.ops import Window
from server.recipe.checks import checked_network
from server.recipe.errors import RecipeError
from server.recipe.fixes import Fix, fitting, fixes, problem_of
from server.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What one cell of a layer sees of the input: so many rows and columns (of a row of numbers: cells).

    Its neighbour's field lies `stride` further; None where the layer's cells stand in a row. No field is
    larger than the input, though its window can reach beyond it, onto padding.
    """

    size: Shape
    stride: Shape | None


@dataclass(frozen=True, slots=True)
class LayerReport:
    """A layer that fits: `multiply_adds` of one example's forward pass; `nbytes` of an iteration's trace."""

    name: str
    out_shape: Shape
    parameters: int
    multiply_adds: int
    nbytes: int
    field: ReceptiveField


@dataclass(frozen=True, slots=True)
class ShapeReport:
    """A recipe's network on paper.

    `names` are those of all layers, `layers` describes those before the first that does not fit. `nbytes` is
    what an iteration takes in all. `problem` says why the recipe cannot be run, None where it can; the
    nearest fix comes first.
    """

    in_shape: Shape
    names: tuple[str, ...]
    layers: tuple[LayerReport, ...]
    nbytes: int
    problem: RecipeError | None
    fixes: tuple[Fix, ...]


def shape_report(recipe: Recipe) -> ShapeReport:
    """The blueprint of any recipe, also of one that cannot be run. Nothing is trained. DataUnavailable."""
    dataset = load(recipe.dataset)
    layers, problem = fitting(recipe, dataset).layers, problem_of(recipe, dataset)
    sizes = recipe.batch_size, np.dtype(recipe.dtype).itemsize, recipe.optimizer.kept
    if problem is None:
        nbytes = checked_network(recipe, dataset).iteration_bytes(*sizes)
    else:
        nbytes = sum(layer.iteration_bytes(*sizes) for layer in layers)
    return ShapeReport(
        in_shape=dataset.shape,
        names=tuple(names(recipe.network)),
        layers=tuple(
            LayerReport(
                layer.name,
                layer.out_shape,
                layer.parameters,
                layer.products if "w" in layer.param_shapes else 0,
                layer.iteration_bytes(*sizes),
                field,
            )
            for layer, field in zip(layers, receptive_fields(layers, dataset.shape), strict=True)
        ),
        nbytes=nbytes,
        problem=problem,
        fixes=fixes(recipe, dataset) if problem else (),
    )


def receptive_fields(layers: Sequence[Layer], in_shape: Shape) -> Iterator[ReceptiveField]:
    """What a cell of each layer sees of inputs of `in_shape`, from the windows of the layers so far.

    Along a skip connection it sees more where that comes from further on: the larger of both ways counts.
    """
    plane = _plane(in_shape)
    fields = {"input": (1,) * len(plane)}
    seen = stride = (1,) * len(plane)
    whole = plane
    for layer in layers:
        window = layer.op.window(layer.in_shape)
        if len(window.size) < len(whole):
            # A row that was an image once: a cell reads one cell of it, and so one of the image's, or all.
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
    """The rows and columns of an image; of a row of numbers, its cells."""
    return shape[1:] or shape
