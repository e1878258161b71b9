"""The order of the micro-steps of an iteration, computed from shapes.

Position p is the moment after p micro-steps; position 0 is before the first.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from server.errors import Refusal
from server.explain.tensors import RENEWED
from server.explain.updates import PLAIN
from server.frozen import Frozen
from server.nn.arrays import size
from server.nn.network import Network
from server.nn.optimizers import Optimizer
from server.recipe.quoting import shortened

Phase = Literal["forward", "loss", "backward", "update"]


class Segment(Frozen):
    """A run of `cells` micro-steps in one phase of one layer. Its first micro-step is position `start` + 1.

    After k micro-steps the first k cells of the tensor `name` are done. A segment that `accumulates` goes
    through the cells of an upstream gradient. The tensors that it `writes` are then partial sums until its
    last micro-step; the server draws them (see `Window`).
    """

    phase: Phase
    layer: str
    tensor: str
    name: str
    start: int
    cells: int
    accumulates: bool
    writes: tuple[str, ...]


class UnknownMoment(Refusal):
    """A moment or position that a run does not have."""

    field = "done"


def segments(network: Network, optimizer: Optimizer = PLAIN) -> tuple[Segment, ...]:
    """The segments of an iteration in order. They are the same for all iterations of a run."""
    ordered: list[Segment] = []
    start = 0
    for phase, layer, tensor, name, cells, accumulates, writes in _unplaced_segments(network, optimizer):
        ordered.append(
            Segment(
                phase=phase,
                layer=layer,
                tensor=tensor,
                name=name,
                start=start,
                cells=cells,
                accumulates=accumulates,
                writes=writes,
            )
        )
        start += cells
    return tuple(ordered)


def positions(segments: Sequence[Segment]) -> int:
    """The number of micro-steps of an iteration."""
    return segments[-1].start + segments[-1].cells


def find(segments: Sequence[Segment], phase: str, layer: str, tensor: str) -> Segment:
    """The segment with this phase, layer and tensor. Raises UnknownMoment."""
    for segment in segments:
        if (segment.phase, segment.layer, segment.tensor) == (phase, layer, tensor):
            return segment
    known = ", ".join(f"{s.phase} {s.layer} {s.tensor}" for s in segments)
    asked = shortened(f"{phase} {layer} {tensor}")
    raise UnknownMoment(f"There is no segment {asked}; the segments are: {known}.")


_Unplaced = tuple[Phase, str, str, str, int, bool, tuple[str, ...]]


def _unplaced_segments(network: Network, optimizer: Optimizer) -> Iterator[_Unplaced]:
    """The segments without their start."""
    layers, last = network.layers, network.layers[-1]
    outputs = size(last.out_shape)
    yield "forward", "input", "out", "input.out", 1, False, ("input.out",)
    for layer in layers:
        for name in layer.op.made_first:
            made = f"{layer.name}.{name}"
            yield "forward", layer.name, name, made, size(layer.saved_shapes[name]), False, (made,)
        saved = (f"{layer.name}.{name}" for name in layer.saved_shapes if name not in layer.op.made_first)
        out = f"{layer.name}.out"
        yield "forward", layer.name, "out", out, size(layer.out_shape), False, (out, *saved)
    for name in network.loss.saved:
        yield "loss", "loss", name, f"loss.{name}", outputs, False, (f"loss.{name}",)
    yield "loss", "loss", "loss", "loss.loss", 1, False, ("loss.loss",)
    yield "backward", "loss", "dout", f"{last.name}.dout", outputs, False, (f"{last.name}.dout",)
    for layer in reversed(layers):
        gradients = (f"{layer.name}.d{name}" for name in layer.param_shapes)
        parts = [f"{layer.name}.dx"] if layer.previous in network.forks else []
        sources = [layer.previous] if layer.skip is None else [layer.skip, layer.previous]
        writes = (*gradients, *parts, *(f"{source}.dout" for source in sources))
        yield "backward", layer.name, "dout", f"{layer.name}.dout", size(layer.out_shape), True, writes
    for layer in layers:
        for name, shape in layer.param_shapes.items():
            delta = f"{layer.name}.delta_{name}"
            new = f"{layer.name}.new_{name}"
            computed = () if name in layer.frozen else optimizer.intermediates
            writes = (delta, *(f"{layer.name}.{tensor}_{name}" for tensor in computed), new)
            yield "update", layer.name, f"delta_{name}", delta, size(shape), False, writes
        for name, shape in layer.running_shapes.items():
            new = f"{layer.name}.{RENEWED}{name}"
            yield "update", layer.name, f"{RENEWED}{name}", new, size(shape), False, (new,)
