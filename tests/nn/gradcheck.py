"""Gradient checks: the slope along a random direction is compared with a central difference.

One random direction tests every component at once; in float64 the two agree to about nine digits.
"""

from collections.abc import Callable, Sequence

import numpy as np

from server.nn.arrays import NOTHING, Array, Params
from server.nn.losses import Loss
from server.nn.network import Network
from server.nn.ops import Op
from server.nn.ops.binary import Binarisable, straight
from server.nn.step import NOT_DRAWN, Drawn, State, backward, forward

STEP = 1e-6


def relative_error(
    function: Callable[[Sequence[Array]], float],
    point: Sequence[Array],
    gradient: Sequence[Array],
    random: np.random.Generator,
) -> float:
    """The relative error of `gradient` at `point` (float64) of `function`, along a random direction."""
    direction = [random.standard_normal(array.shape) for array in point]

    def at(distance: float) -> float:
        return function([array + distance * step for array, step in zip(point, direction, strict=True)])

    numeric = (at(STEP) - at(-STEP)) / (2 * STEP)
    exact = float(sum(np.vdot(g, step) for g, step in zip(gradient, direction, strict=True)))
    return abs(numeric - exact) / max(abs(numeric), abs(exact), 1e-12)


def op_error(op: Op, x: Array, params: Params, random: np.random.Generator, given: Params = NOTHING) -> float:
    """The relative error of all gradients of an op, for a random dL/dout. `given` is passed to `forward`.

    A sign has no slope. Its straight-through estimate is compared with the slope of `straight`.
    """
    out, saved = op.forward(x, params, given)
    dout = random.standard_normal(out.shape)
    dx, gradients = op.backward(dout, x, params, saved)
    operands = {name: {**params, **given}[name] for name in gradients}

    def loss(arrays: Sequence[Array]) -> float:
        moved = dict(zip(operands, arrays[1:], strict=True))
        if isinstance(op, Binarisable):
            used = {"x": arrays[0], **moved}
            for operand in op.binarised:
                used[operand] = straight({"x": x, **params}[operand], used[operand])
            return float(np.vdot(dout, op.plain().forward(used.pop("x"), used)[0]))
        return float(np.vdot(dout, op.forward(arrays[0], {**params, **moved}, {**given, **moved})[0]))

    return relative_error(loss, [x, *operands.values()], [dx, *gradients.values()], random)


def network_error(
    network: Network,
    loss: Loss,
    state: State,
    x: Array,
    targets: Array,
    random: np.random.Generator,
    drawn: Drawn = NOT_DRAWN,
) -> float:
    """The relative error of the gradient of the batch's mean loss with respect to all parameters.

    `drawn` holds the random arrays of the batch, by layer.
    """
    stack = forward(network, state, x, drawn)
    dout = loss.forward(stack[-1].out, targets).dout
    records = {record.layer: record for record in backward(stack, dout)}
    owners = [(record.layer, name) for record in records.values() for name in record.params]

    def mean_loss(arrays: Sequence[Array]) -> float:
        params: dict[str, dict[str, Array]] = {layer.name: {} for layer in network.layers}
        for (layer, name), array in zip(owners, arrays, strict=True):
            params[layer][name] = array
        return loss.forward(forward(network, State(0, params), x, drawn)[-1].out, targets).loss

    point = [records[layer].params[name] for layer, name in owners]
    gradient = [records[layer].dparams[name] for layer, name in owners]
    return relative_error(mean_loss, point, gradient, random)
