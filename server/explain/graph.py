"""The function of an activation or of a loss as points, and a channel over a batch as a histogram."""

from dataclasses import dataclass

import numpy as np

from server.errors import Refusal
from server.explain.tensors import UnknownCell, check_example, record_of
from server.nn.arrays import Array
from server.nn.losses import Loss
from server.nn.ops.activation import Activation
from server.nn.ops.capabilities import Coupled
from server.nn.records import LossRecord, Trace

POINTS = 129
"""The points of a graph: an odd number, so that zero is one of them."""
WIDEST_ODDS = 6.0
"""The graph of a probability goes at least as far as these log-odds."""
BARS = 32
"""The bars of a histogram."""


class NoGraph(Refusal):
    """A layer that is no function of one number."""

    field = "layer"


class NoHistogram(Refusal):
    """A layer that normalises no channels."""

    field = "layer"


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A function as points: `y` (POINTS,) at `x` (POINTS,), in order.

    For an activation, `slopes` is the derivative at each cell of the example's input, in its shape. For a
    loss it is None; `y` is the loss of the example if only one of its outputs changed, and `x` is that
    output's probability where the loss has probabilities, else the output itself.
    """

    x: Array
    y: Array
    slopes: Array | None


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """The numbers of a channel over the batch, before and after a layer.

    `before` and `after` (BARS,) count the numbers between the `before_edges` and the `after_edges`
    (BARS + 1,).
    """

    before: Array
    before_edges: Array
    after: Array
    after_edges: Array


def graph(loss: Loss, trace: Trace, layer: str, cell: int, example: int) -> Graph:
    """The graph of a layer, or that of the "loss" by its output `cell`.

    Raises UnknownLayer, UnknownCell, UnknownExample, NoGraph.
    """
    check_example(trace, example)
    if layer == "loss":
        with np.errstate(over="ignore", invalid="ignore"):
            return _graph_of_loss(loss, trace.loss, _checked(cell, len(trace.loss.out), layer), example)
    record = record_of(trace, layer)
    if not isinstance(record.op, Activation):
        raise NoGraph(f"{layer} is no function of one number: graphs exist for activations and the loss.")
    return _graph_of_activation(record.op, record.x[..., example])


def _graph_of_activation(op: Activation, inputs: Array) -> Graph:
    """The function over the range of an example's inputs, at least from −1 to 1."""
    finite = inputs[np.isfinite(inputs)]
    limit = max(1.0, float(np.abs(finite).max(initial=0)))
    x = np.linspace(-limit, limit, POINTS, dtype=inputs.dtype)
    return Graph(x, op.value(x), op.slope(inputs))


def _graph_of_loss(loss: Loss, record: LossRecord, cell: int, example: int) -> Graph:
    """The loss while one output changes and the others stay, computed by the loss's own forward pass."""
    out, targets = record.out[:, example], record.targets[:, example]
    outputs = np.repeat(out[:, None], POINTS, axis=1)
    outputs[cell] = _outputs(loss, out, float(targets[cell]), cell)
    found = loss.forward(outputs, np.repeat(targets[:, None], POINTS, axis=1))
    x = found.saved["probabilities"] if "probabilities" in loss.saved else outputs
    return Graph(x[cell], found.losses, None)


def _outputs(loss: Loss, out: Array, target: float, cell: int) -> Array:
    """The values (POINTS,) of one output that the graph of a loss goes through, in order."""
    own = float(out[cell])
    if "probabilities" not in loss.saved:
        reach = max(1.0, 1.5 * abs(own - target))
        return np.linspace(target - reach, target + reach, POINTS, dtype=out.dtype)
    others = np.delete(out.astype(np.float64), cell)
    # With softmax the odds of a class are its power over the sum of the others'.
    even = float(np.logaddexp.reduce(others)) if loss.needs_classes and others.size else 0.0
    reach = max(WIDEST_ODDS, abs(own - even))
    return np.linspace(even - reach, even + reach, POINTS, dtype=out.dtype)


def histogram(trace: Trace, layer: str, channel: int) -> Histogram:
    """The numbers of a channel over the batch that a normalisation reads and makes.

    Raises UnknownLayer, UnknownCell, NoHistogram.
    """
    record = record_of(trace, layer)
    if not isinstance(record.op, Coupled):
        raise NoHistogram(f"{layer} normalises nothing: histograms exist for batch normalisation.")
    channel = _checked(channel, len(record.x), layer)
    before, before_edges = _counted(record.x[channel])
    after, after_edges = _counted(record.out[channel])
    return Histogram(before, before_edges, after, after_edges)


def _counted(numbers: Array) -> tuple[Array, Array]:
    """The counts (BARS,) and the edges (BARS + 1,) of the finite numbers."""
    kept = numbers[np.isfinite(numbers)].astype(np.float64)
    least, most = (float(kept.min()), float(kept.max())) if kept.size else (0.0, 0.0)
    finest = BARS * float(np.spacing(max(abs(least), abs(most))))
    if most / 2 - least / 2 < finest:
        # A range that float64 cannot divide into bars is widened.
        beside = max(0.5 if least == most else 0.0, finest)
        least, most = least - beside, most + beside
    part = np.linspace(0, 1, BARS + 1)
    counts, edges = np.histogram(kept, least * (1 - part) + most * part)
    return counts.astype(np.int32), edges


def _checked(cell: int, cells: int, layer: str) -> int:
    if not 0 <= cell < cells:
        raise UnknownCell(f"{layer} has no cell {cell}; the last one is {cells - 1}.")
    return cell
