"""A pass of its own with the parameters of an iteration, for an example that its batch does not have."""

import numpy as np

from server.nn.arrays import Array, Cells, freeze
from server.nn.losses import Loss
from server.nn.network import Network
from server.nn.records import Record, Trace
from server.nn.step import backward, forward, state_before


def separate_pass(
    network: Network, loss: Loss, trace: Trace, x: Array, targets: Array, examples: Cells
) -> Trace:
    """The forward pass, loss and backward pass of another batch, as iteration `trace` would have run them.

    `x` (*shape, N), `targets` (K, N) and `examples` (N,) replace those of the iteration, of the same shapes.
    The pass is one of training: it has the iteration's parameters and random arrays, batch normalisation
    takes the statistics of `x`, and the gradients are those of the mean loss of N examples. Nothing is
    updated: the gradients and the changes of the parameters, and the running arrays, stay the iteration's.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        x, targets, examples = (freeze(array.view()) for array in (x, targets, examples))
        stack = forward(network, state_before(trace), x, trace.drawn(x.dtype.name))
        loss_record = loss.forward(stack[-1].out, targets)
        records = backward(stack, loss_record.dout)
    kept = tuple(_with_update(own, of) for own, of in zip(records, trace.records, strict=True))
    return Trace(trace.iteration, examples, x, kept, loss_record, trace.learning_rate, trace.norm, trace)


def _with_update(record: Record, of: Record) -> Record:
    """The record with the gradients, the update and the running arrays of another one of its layer."""
    return record._replace(
        dparams=of.dparams,
        deltas=of.deltas,
        updated=of.updated,
        slots=of.slots,
        intermediates=of.intermediates,
        running=of.running,
        renewed=of.renewed,
    )
