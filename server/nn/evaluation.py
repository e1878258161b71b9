"""Evaluation of a network: its outputs for examples outside training, its accuracy and its loss."""

from dataclasses import replace

import numpy as np

from server.nn.arrays import NOTHING, Array
from server.nn.losses import Loss
from server.nn.network import Network
from server.nn.records import LossRecord
from server.nn.step import Passed, State, forward

EVALUATION_PRODUCTS = 8_000_000
"""The number of products in the forward pass of one chunk of examples; it bounds the memory of a chunk."""


def evaluation_stack(network: Network, state: State, x: Array) -> list[Passed]:
    """The stack after a forward pass of `x` (*shape, N) in evaluation.

    Nothing is drawn at random, and each output depends on its own example alone.
    """
    layers = tuple(
        replace(layer, op=layer.op.evaluating(state.running.get(layer.name, NOTHING)))
        for layer in network.layers
    )
    return forward(replace(network, layers=layers), state, x)


def answer(network: Network, loss: Loss, state: State, x: Array, targets: Array) -> LossRecord:
    """The network's output in evaluation for `x` (*shape, N), with the loss against `targets` (K, N)."""
    return loss.forward(evaluation_stack(network, state, x)[-1].out, targets)


def evaluation_chunk(network: Network) -> int:
    """The number of examples to evaluate at a time, at least 1."""
    return max(1, EVALUATION_PRODUCTS // network.products)


def evaluate(network: Network, loss: Loss, state: State, x: Array, targets: Array) -> tuple[float, float]:
    """Accuracy (0..1) and mean loss over a whole set `x` (*shape, N), in chunks of bounded memory.

    An answer is right when its largest output is at the position of the largest of its `targets` (K, N).
    """
    chunk = evaluation_chunk(network)
    right, total = 0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, x.shape[-1], chunk):
            examples = slice(start, start + chunk)
            target = targets[:, examples]
            answered = answer(network, loss, state, np.ascontiguousarray(x[..., examples]), target)
            right += int((answered.out.argmax(axis=0) == target.argmax(axis=0)).sum())
            total += float(answered.losses.sum(dtype=np.float64))
    return right / x.shape[-1], total / x.shape[-1]
