"""Every op beside PyTorch's: forward, backward, and ten optimizer steps of its parameters, in float64.

The ops are those of the registry, with the settings and the shapes of their cases in the tests. The function
of an activation stands in its case. Both sides get the same random arrays and the same second inputs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from server.nn.arrays import Array
from server.nn.ops import (
    LAYERS,
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool2d,
    Op,
    Softmax,
)
from tests.cases import CASES, RATE, Case

STEPS = 10

Inputs = Mapping[str, torch.Tensor]
"""The parameters of an op, its random arrays, and its second input "skip"."""
Reference = Callable[[Any, torch.Tensor, Inputs], torch.Tensor]
"""The output for an op, a batch (the batch first), and the further inputs."""


class StraightThrough(torch.autograd.Function):
    """The sign of a number, +1 for 0, whose gradient is the upstream gradient between -1 and 1, else 0."""

    @staticmethod
    def forward(context: Any, number: torch.Tensor) -> torch.Tensor:
        context.save_for_backward(number)
        return torch.where(number >= 0, 1.0, -1.0).to(number.dtype)

    @staticmethod
    def backward(context: Any, *upstream: torch.Tensor) -> torch.Tensor:
        (number,) = context.saved_tensors
        return upstream[0] * (number.abs() <= 1)


def _signs(op: Conv2d | Dense, x: torch.Tensor, w: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The inputs and weights that the op multiplies: their signs, where it is binary."""
    sign = StraightThrough.apply
    return sign(x) if op.binary == "both" else x, w if op.binary == "no" else sign(w)


def _conv(op: Conv2d, x: torch.Tensor, inputs: Inputs) -> torch.Tensor:
    x, w = _signs(op, x, inputs["w"])
    (above, below), (left, right) = op.pads(tuple(x.shape[1:]))
    x = functional.pad(x, (left, right, above, below))
    return functional.conv2d(x, w, inputs["b"], op.stride, 0, op.dilation, op.groups)


def _dense(op: Dense, x: torch.Tensor, inputs: Inputs) -> torch.Tensor:
    x, w = _signs(op, x, inputs["w"])
    return functional.linear(x, w, inputs["b"])


def _batchnorm(op: BatchNorm, x: torch.Tensor, inputs: Inputs) -> torch.Tensor:
    return functional.batch_norm(x, None, None, inputs["w"], inputs["b"], training=True, eps=op.eps)


REFERENCES: Mapping[type[Op], Reference] = {
    Conv2d: _conv,
    MaxPool2d: lambda op, x, _: functional.max_pool2d(x, op.kernel, op.stride),
    AvgPool2d: lambda op, x, _: functional.avg_pool2d(x, op.kernel, op.stride),
    GlobalAvgPool: lambda op, x, _: functional.adaptive_avg_pool2d(x, 1).flatten(1),
    Softmax: lambda op, x, _: functional.softmax(x, dim=1),
    BatchNorm: _batchnorm,
    Dropout: lambda op, x, inputs: x * inputs["mask"],
    Add: lambda op, x, inputs: x + inputs["skip"],
    Flatten: lambda op, x, _: x.flatten(1),
    Dense: _dense,
}
"""PyTorch's functions of the ops that are no activations."""


@dataclass(frozen=True)
class Pair:
    """An op with a batch for it, and PyTorch's function."""

    case: Case
    theirs: Reference


def pairs() -> list[Pair]:
    """A pair for each case of each registered op. An op without PyTorch's function is an error."""
    found: list[Pair] = []
    for op in LAYERS:
        cases = [case for case in CASES if type(case.op) is op]
        of_op = [Pair(case, theirs) for case in cases if (theirs := _reference(case)) is not None]
        if not of_op:
            raise LookupError(f"{op.__name__} has no function of PyTorch: set `reference` of a case.")
        found += of_op
    return found


def _reference(case: Case) -> Reference | None:
    if case.reference is None:
        return REFERENCES.get(type(case.op))
    reference = case.reference
    return lambda op, x, _: reference(torch, x)


def compared(pair: Pair) -> Iterator[tuple[Array, Array]]:
    """Ours and PyTorch's: the output, every gradient, and the parameters after each of ten steps."""
    case, op = pair.case, pair.case.op
    x, params, given, dout = case.x(), case.params(), case.given(), case.dout()
    their_x = _batch_first(x).requires_grad_()
    their_params = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    further = {name: _batch_first(array).requires_grad_() for name, array in given.items()}
    optimizer = torch.optim.SGD(their_params.values(), RATE) if params else None
    for _ in range(STEPS if params else 1):
        out, saved = op.forward(x, params, given)
        dx, gradients = op.backward(dout, x, params, saved)
        for tensor in (their_x, *their_params.values(), *further.values()):
            tensor.grad = None
        theirs = pair.theirs(op, their_x, {**their_params, **further})
        theirs.backward(_batch_first(dout))
        yield out, _batch_last(theirs)
        yield dx, _batch_last(their_x.grad)
        if "skip" in gradients:
            yield gradients["skip"], _batch_last(further["skip"].grad)
        for name, tensor in their_params.items():
            assert tensor.grad is not None
            yield gradients[name], tensor.grad.numpy().copy()
        if optimizer is not None:
            optimizer.step()
            params = {name: array - RATE * gradients[name] for name, array in params.items()}
            for name, tensor in their_params.items():
                yield params[name], tensor.detach().numpy().copy()


def _batch_first(array: Array) -> torch.Tensor:
    return torch.tensor(np.moveaxis(array, -1, 0).copy())


def _batch_last(tensor: torch.Tensor | None) -> Array:
    assert tensor is not None
    return np.moveaxis(tensor.detach().numpy(), 0, -1)
