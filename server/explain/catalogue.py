"""The catalogue: the name, title, lane and shape of every tensor of a network and of its optimizer."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from server.explain.tensors import RENEWED, unknown_tensor
from server.explain.updates import BEFORE, PLAIN
from server.frozen import Frozen
from server.nn.arrays import Shape
from server.nn.network import Layer, Network
from server.nn.ops.capabilities import Coupled, Stateful
from server.nn.optimizers import Optimizer

Lane = Literal["forward", "parameters", "backward", "before", "after"]
Scope = Literal["example", "batch", "network"]

TITLES = {
    "sign_x": "binary input sign(x)",
    "mean": "mean of the batch",
    "var": "variance of the batch",
    "xhat": "normalised input",
    "running_mean": "running mean",
    "running_var": "running variance",
}
"""Titles of saved and running arrays whose names alone are unclear."""
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


@lru_cache(maxsize=64)
def catalogue(network: Network, optimizer: Optimizer = PLAIN) -> tuple[TensorInfo, ...]:
    """Every tensor of a network and its optimizer, column by column: "input", each layer, "loss"."""
    return tuple(_catalogue(network, optimizer))


@lru_cache(maxsize=256)
def tensor_names(network: Network, optimizer: Optimizer, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the tensors that patterns ask for ("conv1.w", "conv1.*"): see `matching`."""
    return matching(patterns, [info.name for info in catalogue(network, optimizer)])


def matching(patterns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that the patterns match, once each, pattern by pattern.

    "*" matches any characters, "?" one, "[abc]" one of these. A pattern without any of them is a name, and
    stands for itself even if it is not among `names`. Raises UnknownTensor for a pattern that matches none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        is_name = not any(character in pattern for character in "*?[")
        matches = [pattern] if is_name else [name for name in names if fnmatchcase(name, pattern)]
        if not matches:
            raise unknown_tensor(pattern, names)
        found |= dict.fromkeys(matches)
    return tuple(found)


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
            between = isinstance(layer.op, Coupled) and name == layer.op.through
            lane: Lane = "forward" if between else "parameters"
            scope: Scope = "batch" if name in layer.op.shared else "example"
            is_signed = name in layer.op.saved_signed
            yield _info(layer.name, name, TITLES.get(name, name), lane, scope, shape, is_signed)
    for name, shape in layer.running_shapes.items():
        assert isinstance(layer.op, Stateful)
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
