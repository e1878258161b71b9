"""The ops beside PyTorch's: forward, backward, and ten optimizer steps of their parameters.

All in float64, with what was drawn and what a skip connection brings given to both.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from server.nn.arrays import Array, Shape
from server.nn.ops import (
    Add,
    AvgPool2d,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool2d,
    Op,
    Softmax,
)
from tests.cases import CASES

BATCH, STEPS, RATE = 4, 10, 0.01

Given = Mapping[str, torch.Tensor]
Theirs = Callable[[torch.Tensor, Given], torch.Tensor]


@dataclass(frozen=True)
class Pair:
    """An op on examples of `shape`, and PyTorch's function of a batch (the batch first) and what is given."""

    ours: Op
    shape: Shape
    theirs: Theirs


def _conv(**settings: object) -> Theirs:
    return lambda x, given: functional.conv2d(x, given["w"], given["b"], **settings)  # type: ignore[arg-type]


def _of_cases() -> Iterator[Pair]:
    """The ops whose case in the tests names PyTorch's function."""
    for case in CASES:
        if case.reference is not None:
            reference = case.reference
            yield Pair(case.op, case.shape, lambda x, _, reference=reference: reference(torch, x))


OPS = [
    Pair(Conv2d(5), (3, 8, 7), _conv(padding=1)),
    Pair(Conv2d(4, (3, 2), (2, 1), "valid"), (3, 8, 7), _conv(stride=(2, 1))),
    Pair(Conv2d(4, (3, 3), (1, 1), 2, (2, 2)), (2, 8, 7), _conv(padding=2, dilation=2)),
    Pair(Conv2d(6, (3, 3), (2, 2), 1, (1, 1), 3), (6, 8, 7), _conv(padding=1, stride=2, groups=3)),
    Pair(Conv2d(4, padding=1, groups=4), (4, 6, 5), _conv(padding=1, groups=4)),
    Pair(MaxPool2d(), (3, 8, 7), lambda x, _: functional.max_pool2d(x, 2)),
    Pair(MaxPool2d((3, 2), (1, 2)), (3, 8, 7), lambda x, _: functional.max_pool2d(x, (3, 2), (1, 2))),
    Pair(AvgPool2d(), (3, 8, 7), lambda x, _: functional.avg_pool2d(x, 2)),
    Pair(AvgPool2d((3, 2), (1, 2)), (3, 8, 7), lambda x, _: functional.avg_pool2d(x, (3, 2), (1, 2))),
    Pair(GlobalAvgPool(), (3, 8, 7), lambda x, _: functional.adaptive_avg_pool2d(x, 1).flatten(1)),
    *_of_cases(),
    Pair(Softmax(), (9,), lambda x, _: functional.softmax(x, dim=1)),
    Pair(Dropout(0.3), (3, 4, 5), lambda x, given: x * given["mask"]),
    Pair(Add(2), (3, 4, 5), lambda x, given: x + given["skip"]),
    Pair(Flatten(), (3, 4, 5), lambda x, _: x.flatten(1)),
    Pair(Dense(6), (9,), lambda x, given: functional.linear(x, given["w"], given["b"])),
]


def compared(pair: Pair) -> Iterator[tuple[Array, Array]]:
    """Ours and PyTorch's: out, every gradient, and the parameters after each of ten steps."""
    op, random = pair.ours, np.random.default_rng(3)
    x = random.standard_normal((*pair.shape, BATCH))
    params = {name: random.standard_normal(shape) for name, shape in op.param_shapes(pair.shape).items()}
    given = op.draw(x.shape, x.dtype, random)
    if op.back:
        given["skip"] = random.standard_normal(x.shape)
    their_x = _batch_first(x).requires_grad_()
    their_params = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    beside = {name: _batch_first(array).requires_grad_() for name, array in given.items()}
    optimizer = torch.optim.SGD(their_params.values(), RATE) if params else None
    dout = random.standard_normal((*op.out_shape(pair.shape), BATCH))
    for _ in range(STEPS if params else 1):
        out, saved = op.forward(x, params, given)
        dx, gradients = op.backward(dout, x, params, saved)
        for tensor in (their_x, *their_params.values(), *beside.values()):
            tensor.grad = None
        theirs = pair.theirs(their_x, {**their_params, **beside})
        theirs.backward(_batch_first(dout))
        yield out, _batch_last(theirs)
        yield dx, _batch_last(their_x.grad)
        if "skip" in gradients:
            yield gradients["skip"], _batch_last(beside["skip"].grad)
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
