"""Saliency maps: how a unit depends on the input, computed by the engine's own passes.

A unit is a cell of a layer's output: a class score, or any number before it. Gradient maps and Grad-CAM come
from the backward pass of training, started at the unit with a gradient of 1. Occlusion maps come from forward
passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from server.nn.arrays import Array, Shape, number_text, shape_text, unravel
from server.nn.network import Network
from server.nn.ops import Activation, Conv2d
from server.nn.ops.capabilities import Rectifier
from server.nn.step import State
from server.probe.occlusion import occluded
from server.probe.saliency_methods import Method
from server.probe.unit import SaliencyError, Unit, unit_of
from server.recipe.quoting import shortened

ROUNDING = 64
"""Differences of up to this many roundings count as none."""


@dataclass(frozen=True, slots=True, eq=False)
class Saliency:
    """A saliency map over the input for cell `cell` of `layer`'s output, whose value is `value`.

    `map` has the shape of the input, (C, H, W) or (D,), or is (1, H, W) where all channels share it. Grad-CAM
    enlarges a `coarse` map with a cell for each place in `maps` ("relu2.out"), the activations of
    `convolution`. Occlusion spreads a `coarse` map with a cell for each place of the `patch`, `stride` apart.
    """

    method: Method
    layer: str
    cell: int
    index: Shape
    value: float
    map: Array
    signed: bool
    coarse: Array | None
    convolution: str | None
    maps: str | None
    patch: int | None
    stride: int | None
    words: str


def saliency_map(
    network: Network,
    state: State,
    x: Array,
    layer: str,
    cell: int,
    method: Method,
    *,
    convolution: str | None = None,
    patch: int | None = None,
    stride: int | None = None,
    blank: Array | None = None,
    classes: Sequence[str] = (),
) -> Saliency:
    """The map of one method over one input `x` (*shape), in the dtype of the parameters and in evaluation
    mode.

    Grad-CAM uses the activations of `convolution`, by default the last one before the unit: the output of the
    activation layer after it or, without one, its own output. Occlusion replaces squares of `patch` pixels,
    `stride` apart, by those of the input `blank`, by default zeros (see `occluded`).
    `classes` are the names of the network's outputs, where these are classes.

    Raises SaliencyError, UnknownLayer, UnknownCell.
    """
    if x.shape != network.input_shape:
        raise SaliencyError(
            f"The input is {shape_text(x.shape)}; the network takes {shape_text(network.input_shape)}.",
            "picture",
        )
    with np.errstate(all="ignore"):
        unit = unit_of(network, state, x, layer, cell, classes)
        match method:
            case "gradient":
                return _gradient(unit)
            case "magnitude":
                return _magnitude(unit)
            case "guided":
                return _guided(unit)
            case "grad_cam":
                return _grad_cam(unit, convolution)
            case "occlusion":
                return _occlusion(unit, state, x, np.zeros_like(x) if blank is None else blank, patch, stride)


def convolutions(network: Network, layer: str) -> tuple[str, ...]:
    """The convolutions that Grad-CAM can use for a unit of `layer`: those up to this layer, in order."""
    names = [other.name for other in network.layers]
    return tuple(
        other.name for other in network.layers[: names.index(layer) + 1] if isinstance(other.op, Conv2d)
    )


def _gradient(unit: Unit) -> Saliency:
    gradient = unit.input_gradient()
    words = f"{unit.name} is {number_text(unit.value)}."
    if not gradient.any():
        words += " No number of the input moves it: every way to it is shut."
    else:
        most = int(np.abs(gradient).argmax())
        slope = float(gradient.ravel()[most])
        words += (
            f" It moves fastest with {_of_input(gradient, most)}: 0.1 more there would change it by about "
            f"0.1 · {number_text(slope)} = {number_text(0.1 * slope)}."
        )
    return _saliency(unit, "gradient", gradient, words)


def _magnitude(unit: Unit) -> Saliency:
    sizes = np.abs(unit.input_gradient())
    words = f"{unit.name} is {number_text(unit.value)}."
    if not sizes.any():
        words += " No number of the input moves it."
    else:
        most = int(sizes.argmax())
        largest_first = np.sort(sizes.ravel().astype(np.float64))[::-1]
        half = int(np.searchsorted(largest_first.cumsum(), largest_first.sum() / 2)) + 1
        words += (
            f" The largest slope, {number_text(float(sizes.ravel()[most]))}, is that of "
            f"{_of_input(sizes, most)}; half of all lies in {half:,} of {sizes.size:,} numbers."
        )
    return _saliency(unit, "magnitude", sizes, words)


def _guided(unit: Unit) -> Saliency:
    guided = unit.input_gradient(guided=True)
    rectifiers = [layer.name for layer in unit.network.layers if isinstance(layer.op, Rectifier)]
    words = f"{unit.name} is {number_text(unit.value)}."
    if not rectifiers:
        words += " No rectifier lies between it and the input, so this is the gradient itself."
    elif not guided.any():
        words += f" Nothing positive came back through {', '.join(rectifiers)}."
    else:
        most = int(np.abs(guided).argmax())
        words += (
            f" Only what is positive came back through {', '.join(rectifiers)}; most of it, "
            f"{number_text(float(guided.ravel()[most]))}, came to {_of_input(guided, most)}."
        )
    return _saliency(unit, "guided", guided, words)


def _grad_cam(unit: Unit, convolution: str | None) -> Saliency:
    names = convolutions(unit.network, unit.layer.name)
    if not names:
        raise SaliencyError(
            f"Grad-CAM needs a convolution, and there is none between the input and {unit.layer.name}: take "
            "another method, or a unit further on.",
            "method",
        )
    chosen = names[-1] if convolution is None else convolution
    if chosen not in names:
        raise SaliencyError(
            f'There is no convolution "{shortened(chosen)}" between the input and {unit.layer.name}; there '
            f"{'is' if len(names) == 1 else 'are'}: {', '.join(names)}.",
            "convolution",
        )
    at = _activations(unit.network, chosen)
    record = unit.backward()[at]
    weights = record.dout[..., 0].mean(axis=(1, 2))
    coarse = np.maximum(np.tensordot(weights, record.out[..., 0], axes=1), 0)
    maps = f"{record.layer}.out"
    words = f"{unit.name} is {number_text(unit.value)}."
    if not coarse.any():
        words += f" Nothing in the maps of {maps} speaks for it: their weighted sum is nowhere positive."
    else:
        best, count = int(weights.argmax()), int((weights > 0).sum())
        row, column = unravel(int(coarse.argmax()), coarse.shape)
        words += (
            f" {count} of {len(weights)} maps of {maps} count for it, map {best} with the largest weight, "
            f"{number_text(float(weights[best]))}. Their weighted sum is largest in row {row}, "
            f"column {column} of {coarse.shape[0]} x {coarse.shape[1]}: {number_text(float(coarse.max()))}."
        )
    found = _saliency(unit, "grad_cam", _enlarged(coarse, unit.network.input_shape[1:])[None], words)
    return replace(found, coarse=coarse, convolution=chosen, maps=maps)


def _occlusion(
    unit: Unit, state: State, x: Array, blank: Array, patch: int | None, stride: int | None
) -> Saliency:
    found = occluded(unit.network, state, x, blank, unit.cell, patch, stride)
    drops = unit.value - found.values
    # A batch rounds sums differently: differences of this size are no effect of the patch.
    if np.abs(drops).max() <= ROUNDING * np.finfo(drops.dtype).eps * max(1.0, abs(unit.value)):
        words = (
            f"Covering any of {drops.size:,} places leaves {unit.title} as it is: {number_text(unit.value)}."
        )
    else:
        most = int(np.abs(drops).argmax())
        value = float(found.values.ravel()[most])
        words = (
            f"Covering {found.place(most)} {'lowers' if value < unit.value else 'raises'} {unit.title} most: "
            f"from {number_text(unit.value)} to {number_text(value)}."
        )
    whole = _saliency(unit, "occlusion", found.spread(drops), words)
    return replace(whole, coarse=drops, patch=found.patch, stride=found.stride)


def _activations(network: Network, convolution: str) -> int:
    """The number of the layer whose output holds the activations of a convolution.

    It is the first activation layer after the convolution, before the maps change their shape or enter
    another convolution; without one, the convolution itself.
    """
    at = [layer.name for layer in network.layers].index(convolution)
    shape = network.layers[at].out_shape
    for number, layer in enumerate(network.layers[at + 1 :], at + 1):
        if layer.out_shape != shape or isinstance(layer.op, Conv2d):
            break
        if isinstance(layer.op, Activation):
            return number
    return at


def _enlarged(coarse: Array, sides: Shape) -> Array:
    """A map enlarged to the rows and columns of the input, with linear interpolation between cell centres."""
    factors = [side / count for side, count in zip(sides, coarse.shape, strict=True)]
    enlarged: Array = scipy.ndimage.zoom(coarse, factors, order=1, mode="nearest", grid_mode=True)
    return enlarged


def _saliency(unit: Unit, method: Method, map_: Array, words: str) -> Saliency:
    if unit.layer.op.kind == "softmax" and method != "occlusion":
        words += " It is a probability: what raises it may also be what lowers the others."
    passes_sign = any("x" in passed.layer.op.binarised for passed in unit.stack)
    if passes_sign and method in ("gradient", "magnitude", "guided"):
        words += (
            " A sign lies on the way: these are straight-through estimates, not slopes, and a real change "
            "may do nothing, or more."
        )
    return Saliency(
        method=method,
        layer=unit.layer.name,
        cell=unit.cell,
        index=unit.index,
        value=unit.value,
        map=map_,
        signed=method not in ("magnitude", "grad_cam"),
        coarse=None,
        convolution=None,
        maps=None,
        patch=None,
        stride=None,
        words=words,
    )


def _of_input(array: Array, cell: int) -> str:
    return f"input.out[{', '.join(map(str, unravel(cell, array.shape)))}]"
