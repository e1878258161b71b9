"""Shares: what each example of a batch adds to the gradient of a parameter."""

from dataclasses import dataclass
from types import EllipsisType

import numpy as np

from server.explain.tensors import UnknownCell, UnknownTensor, unknown_tensor
from server.nn.arrays import Array, Params, freeze
from server.nn.ops.capabilities import Coupled
from server.nn.records import Record, Trace


@dataclass(frozen=True, slots=True, eq=False)
class GradientShares:
    """The `shares` (N, ...) of the examples in a gradient, whose sum is `total` (...).

    `own` (...) is what an example that is looked at, and is not in the batch, would add in its first place;
    else None. `coupled` is true where a share depends on the other examples of the batch.
    """

    shares: Array
    total: Array
    own: Array | None
    coupled: bool
    words: str


def gradient_shares(trace: Trace, name: str, example: int, part: int | None = None) -> GradientShares:
    """The shares in the gradient of the parameter `name` ("conv1.w"), by the op's own backward pass.

    With `part`, of the filter, unit or row of this number alone. A separate pass has the shares of the
    iteration that was learned from, and that of its own `example`. Raises UnknownTensor, UnknownCell.
    """
    learned = trace.learned or trace
    record, parameter = parameter_of(learned, name)
    rows = rows_of(record.params[parameter], name, part)
    slots = range(learned.examples.size)
    own = None
    if trace.learned is not None:
        of_look, _ = parameter_of(trace, name)
        own = freeze(_share(of_look, parameter, example)[rows])
    at = learned.records.index(record)
    is_coupled = any(isinstance(later.op, Coupled) for later in learned.records[at:]) and len(slots) > 1
    return GradientShares(
        shares=freeze(np.stack([_share(record, parameter, slot)[rows] for slot in slots])),
        total=record.dparams[parameter][rows],
        own=own,
        coupled=is_coupled,
        words=_words(record, len(slots), is_coupled),
    )


def parameter_of(trace: Trace, name: str) -> tuple[Record, str]:
    """The record and the short name of a parameter ("conv1.w"). Raises UnknownTensor for any other name."""
    layer, _, parameter = name.rpartition(".")
    for record in trace.records:
        if record.layer == layer and parameter in record.params:
            return record, parameter
    names = [f"{record.layer}.{parameter}" for record in trace.records for parameter in record.params]
    if not names:
        raise UnknownTensor("The network has no parameters.", "name")
    raise UnknownTensor(str(unknown_tensor(name, names)), "name")


def rows_of(array: Array, name: str, part: int | None) -> int | EllipsisType:
    """The index of one map of the parameter `name`, or of all of it. Raises UnknownCell."""
    if part is None:
        return ...
    if array.ndim == 1:
        raise UnknownCell(f"{name} is one row of numbers: leave `map` out.", "map")
    if not 0 <= part < len(array):
        raise UnknownCell(f"{name} has no map {part}; the last one is {len(array) - 1}.", "map")
    return part


def _share(record: Record, parameter: str, slot: int) -> Array:
    """The gradient of the parameter by the backward pass of one example."""
    one = slice(slot, slot + 1)
    x, dout = (np.ascontiguousarray(array[..., one]) for array in (record.x, record.dout))
    saved: Params = record.op.saved_of(record.saved, one)
    with np.errstate(over="ignore", invalid="ignore"):
        return record.op.parameter_gradients(dout, x, record.params, saved)[parameter]


def _words(record: Record, batch: int, is_coupled: bool) -> str:
    if batch == 1:
        return "The batch has one example: its share is the whole gradient."
    words = f"The shares of the {batch} examples add up to the gradient; each is divided by {batch} already."
    if isinstance(record.op, Coupled):
        return f"{words} The numbers behind each share were normalised with the whole batch."
    if is_coupled:
        return f"{words} A later layer couples the examples: the blame in each share comes from all losses."
    return words
