"""The tensors of a run: the catalogue of what there is, and the numbers of one iteration."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.errors import Refusal
from server.explain.updates import BEFORE, PLAIN
from server.nn.arrays import Array, Shape, unravel
from server.nn.network import Layer, Network
from server.nn.optimizers import Optimizer
from server.nn.records import Record, Trace
from server.recipe.quoting import shortened
from server.recipe.recipe import Frozen

Lane = Literal["forward", "parameters", "backward", "before", "after"]
Scope = Literal["example", "batch", "network"]
Role = Literal[
    "out",
    "saved",
    "dout",
    "part",
    "parameter",
    "gradient",
    "step",
    "slot",
    "delta",
    "updated",
    "running",
    "renewed",
    "loss",
]

PREFIXES: Mapping[str, Role] = {"": "parameter", "d": "gradient", "delta_": "delta", "new_": "updated"}
RENEWED = "new_"
"""Before the name of what a layer keeps from batch to batch: as it is after the batch."""
TITLES = {
    "sign_x": "binary input sign(x)",
    "mean": "mean of the batch",
    "var": "variance of the batch",
    "xhat": "normalised input",
    "running_mean": "running mean",
    "running_var": "running variance",
}
"""What saved and running arrays are called whose names say too little."""
PARAMETER_TITLES = {"w": "weights", "b": "bias"}


class TensorInfo(Frozen):
    """A tensor of the stage: its names, its lane, its scope and its shape without the batch axis.

    `scope` is "example" for numbers of one chosen example, "batch" for gradients of the mean loss and for the
    results of the update, "network" for parameters and slots. `parameter` names the parameter that the tensor
    is or belongs to, null for all other tensors. The stage does not show the lanes "before" (a slot before
    the update) and "after" (a parameter after the update).
    """

    name: str
    layer: str
    tensor: str
    title: str
    lane: Lane
    scope: Scope
    shape: Shape
    signed: bool
    parameter: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A cell of an iteration: number `cell` of `array`, the tensor `name` ("<layer>.<tensor>").

    `array` is of the batch's example number `example`, as `tensor` gives it. `role` is what the tensor is,
    `record` its layer's (None for the input and the loss), `parameter` that which it is, or belongs to. A
    "step" is what the update computed on its way to the "delta", a "slot" what the optimizer had kept; what a
    layer keeps from batch to batch is "running" before the batch and "renewed" after it.
    """

    name: str
    layer: str
    tensor: str
    role: Role
    record: Record | None
    parameter: str
    array: Array
    cell: int
    example: int

    @property
    def index(self) -> Shape:
        """The cell's coordinates."""
        return unravel(self.cell, self.array.shape)


class UnknownTensor(Refusal):
    """A tensor that a run does not have. The message gives the closest names."""

    field = "names"


class UnknownExample(Refusal):
    """An example that a batch does not have."""

    field = "example"


class UnknownCell(Refusal):
    """A cell that a tensor does not have."""

    field = "cell"


class UnknownLayer(Refusal):
    """A layer that a run does not have. The message gives the names of its layers."""

    field = "layer"


class UnknownParameter(Refusal):
    """A parameter that a layer does not have."""

    field = "parameter"


def catalogue(network: Network, optimizer: Optimizer = PLAIN) -> tuple[TensorInfo, ...]:
    """Every tensor of a network and of its optimizer's, column by column: "input", each layer, "loss"."""
    return tuple(_catalogue(network, optimizer))


def tensor(trace: Trace, name: str, example: int) -> Array:
    """A tensor's numbers, read-only, without the batch axis: those of the batch's example number `example`;
    of a parameter, its gradient, its change and what it becomes, those of the network and of the batch.

    Beside the catalogue's names, "<layer>.x" and "<layer>.dx" are the previous layer's out and dout, and
    "<layer>.skip" and "<layer>.dskip" what a skip connection brings, and what goes back along it.
    UnknownTensor, UnknownExample.
    """
    return tensors(trace, (name,), example)[0]


def tensors(trace: Trace, names: Sequence[str], example: int) -> list[Array]:
    """Several tensors' numbers, each as `tensor` gives it. UnknownTensor, UnknownExample."""
    check_example(trace, example)
    of_examples, of_batch = dict(_example_tensors(trace)), dict(_batch_tensors(trace))
    first = trace.records[0]

    def found(name: str) -> Array:
        # The gradient of the input is computed when somebody asks for it.
        if name == "input.dout":
            return trace.dx[..., example]
        if name == f"{first.layer}.dx":
            return first.dx[..., example]
        if name in of_batch:
            return of_batch[name]
        if name not in of_examples:
            raise unknown_tensor(name, ["input.dout", *of_examples, *of_batch])
        if name == "loss.loss":
            return of_examples[name][example : example + 1]
        return of_examples[name][..., example]

    return [found(name) for name in names]


def record_of(trace: Trace, layer: str) -> Record:
    """The record of a layer. UnknownLayer."""
    for record in trace.records:
        if record.layer == layer:
            return record
    known = ", ".join(record.layer for record in trace.records)
    raise UnknownLayer(f'There is no layer "{shortened(layer)}"; the layers are: {known}.')


def unknown_tensor(name: str, names: Sequence[str]) -> UnknownTensor:
    """What to raise for a name that is none of these."""
    close = difflib.get_close_matches(shortened(name), names, n=3) or names
    return UnknownTensor(f'There is no tensor "{shortened(name)}"; did you mean {" or ".join(close)}?')


def place(trace: Trace, name: str, cell: int, example: int) -> Place:
    """A cell by its tensor's name, "<layer>.x" and "<layer>.dx" taken for what they are elsewhere.

    A dx is but a "part" of the dout before, where a skip connection sends back to that too.

    UnknownTensor, UnknownCell, UnknownExample.
    """
    array = tensor(trace, name, example)
    if not 0 <= cell < array.size:
        raise UnknownCell(f"{name} has no cell {cell}; the last one is {array.size - 1}.")
    layer, _, kind = name.rpartition(".")
    records = {record.layer: record for record in trace.records}
    if kind in ("x", "skip"):
        layer, kind = records[layer].inputs[kind].layer, "out"
    elif kind == "dx" and records[layer].before is None:
        layer, kind = records[layer].previous, "dout"
    record = records.get(layer)
    role, parameter = _role(record, layer, kind)
    return Place(f"{layer}.{kind}", layer, kind, role, record, parameter, array, cell, example)


def _role(record: Record | None, layer: str, kind: str) -> tuple[Role, str]:
    if layer == "loss":
        return "loss", ""
    if kind == "out":
        return "out", ""
    if kind == "dout":
        return "dout", ""
    assert record is not None
    if kind in ("dx", "dskip"):
        return "part", ""
    if kind in record.saved:
        return "saved", ""
    if kind in record.running:
        return "running", ""
    if kind.removeprefix(RENEWED) in record.renewed:
        return "renewed", ""
    for name, computed in record.intermediates.items():
        if kind.removesuffix(f"_{name}") in computed and kind.endswith(f"_{name}"):
            return "step", name
        if kind.startswith(BEFORE) and kind.endswith(f"_{name}"):
            return "slot", name
    for prefix, role in PREFIXES.items():
        if kind.removeprefix(prefix) in record.params and kind.startswith(prefix):
            return role, kind.removeprefix(prefix)
    raise AssertionError(kind)


def check_example(trace: Trace, example: int) -> None:
    """UnknownExample unless the iteration's batch has an example of this number."""
    if not 0 <= example < trace.examples.size:
        raise UnknownExample(
            f"Iteration {trace.iteration}'s batch has no example {example}; "
            f"the last one is {trace.examples.size - 1}."
        )


def _catalogue(network: Network, optimizer: Optimizer) -> Iterator[TensorInfo]:
    inputs = "image" if len(network.input_shape) == 3 else "inputs"
    shape = network.input_shape
    yield _info("input", "out", inputs, "forward", "example", shape, network.input_signed)
    yield _info("input", "dout", f"gradient dL/d{inputs}", "backward", "example", shape, True)
    for layer in network.layers:
        yield from _layer_tensors(layer, optimizer)
        if layer.previous in network.forks:
            title = f"its part of the gradient dL/d{layer.previous}.out"
            yield _info(layer.name, "dx", title, "backward", "example", layer.in_shape, True)
    shape = network.layers[-1].out_shape
    for name, saved in network.loss.saved.items():
        yield _info("loss", name, saved.title, "forward", "example", shape, saved.signed)
    yield _info("loss", "loss", "loss", "forward", "example", (1,), False)


def _layer_tensors(layer: Layer, optimizer: Optimizer) -> Iterator[TensorInfo]:
    """The tensors of one layer: output, saved arrays, running arrays, parameters, upstream gradient."""
    yield _info(layer.name, "out", "output", "forward", "example", layer.out_shape, layer.signed)
    signs_of_parameters = [f"sign_{name}" for name in layer.param_shapes]
    for name, shape in layer.saved_shapes.items():
        if name not in signs_of_parameters:
            lane: Lane = "forward" if name == layer.op.through else "parameters"
            scope: Scope = "batch" if name in layer.op.shared else "example"
            is_signed = name in layer.op.saved_signed
            yield _info(layer.name, name, TITLES.get(name, name), lane, scope, shape, is_signed)
    for name, shape in layer.running_shapes.items():
        title, is_signed = TITLES.get(name, name), layer.op.running[name] == 0
        after = f"{title} after the batch"
        yield _info(layer.name, name, title, "parameters", "network", shape, is_signed)
        yield _info(layer.name, f"{RENEWED}{name}", after, "parameters", "batch", shape, is_signed)
    for name, shape in layer.param_shapes.items():
        yield from _parameter_tensors(layer, name, shape, optimizer)
    yield _info(layer.name, "dout", "upstream gradient dL/dout", "backward", "example", layer.out_shape, True)


def _parameter_tensors(layer: Layer, name: str, shape: Shape, optimizer: Optimizer) -> Iterator[TensorInfo]:
    """A parameter, its signs, its gradient, the optimizer's steps and slots, its change, its new value."""

    def info(tensor: str, title: str, lane: Lane, scope: Scope, signed: bool = True) -> TensorInfo:
        return _info(layer.name, tensor, title, lane, scope, shape, signed, name)

    title = PARAMETER_TITLES[name]
    yield info(name, title, "parameters", "network")
    if name in layer.op.binarised:
        yield info(f"sign_{name}", f"binary {title} sign({name})", "parameters", "network")
    yield info(f"d{name}", f"gradient of the {title} dL/d{name}", "parameters", "batch")
    for step, of in optimizer.intermediates.items() if name not in layer.frozen else ():
        step_title = f"{title}: {of.title}"
        yield info(f"{step}_{name}", step_title, "parameters", "batch", of.signed)
        if step in optimizer.slots:
            before = f"{step_title}, before the update"
            yield info(f"{BEFORE}{step}_{name}", before, "before", "network", of.signed)
    yield info(f"delta_{name}", f"change of the {title} Δ{name}", "parameters", "batch")
    yield info(f"new_{name}", f"{title} after the update", "after", "batch")


def _info(
    layer: str,
    tensor: str,
    title: str,
    lane: Lane,
    scope: Scope,
    shape: Shape,
    signed: bool,
    parameter: str | None = None,
) -> TensorInfo:
    return TensorInfo(
        name=f"{layer}.{tensor}",
        layer=layer,
        tensor=tensor,
        title=title,
        lane=lane,
        scope=scope,
        shape=shape,
        signed=signed,
        parameter=parameter,
    )


def _example_tensors(trace: Trace) -> Iterator[tuple[str, Array]]:
    yield "input.out", trace.x
    for record in trace.records:
        saved = {name: array for name, array in record.saved.items() if name not in record.op.shared}
        arrays = {"x": record.x, "out": record.out, **saved, "dout": record.dout}
        if record.previous != "input":
            arrays["dx"] = record.dx
        if record.skip is not None:
            arrays |= {"skip": record.skip.x, "dskip": record.skip.dx}
        for name, array in arrays.items():
            yield f"{record.layer}.{name}", array
    for name, array in trace.loss.saved.items():
        yield f"loss.{name}", array
    yield "loss.loss", trace.loss.losses


def _batch_tensors(trace: Trace) -> Iterator[tuple[str, Array]]:
    for record in trace.records:
        for name in record.op.shared:
            yield f"{record.layer}.{name}", record.saved[name]
        for name, array in record.running.items():
            yield f"{record.layer}.{name}", array
            yield f"{record.layer}.{RENEWED}{name}", record.renewed[name]
        for name in record.params:
            yield f"{record.layer}.{name}", record.params[name]
            yield f"{record.layer}.d{name}", record.dparams[name]
            for step, array in record.intermediates.get(name, {}).items():
                yield f"{record.layer}.{step}_{name}", array
            for slot, array in record.slots.get(name, {}).items():
                yield f"{record.layer}.{BEFORE}{slot}_{name}", array
            yield f"{record.layer}.delta_{name}", record.deltas[name]
            yield f"{record.layer}.new_{name}", record.updated[name]
