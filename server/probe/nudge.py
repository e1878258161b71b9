"""A nudge: one parameter or pixel is moved by an amount, and the predicted change is compared with the actual
one.

The forward pass of the iteration's batch is computed again by the same ops in float64. Nothing is stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from server.errors import Refusal
from server.explain.place import Place, place
from server.explain.relation import is_estimate
from server.explain.tensors import UnknownCell, UnknownTensor, tensor, trace_of
from server.frozen import Frozen
from server.nn.arrays import Array, Params, Shape, finite, number_text
from server.nn.losses import Loss
from server.nn.network import Network
from server.nn.records import LossRecord, Trace, input_gradient
from server.nn.step import Passed, State, backward, forward

MOST = 1e6
"""The largest absolute amount."""
CLOSE = 0.01
"""The largest relative error of a prediction that counts as right."""


class NudgeError(Refusal):
    """A nudge that cannot be made."""


class Change(Frozen):
    """The effect of a nudge on one number.

    `gradient` is its slope with respect to the nudged number. `predicted` is the gradient times the amount,
    `actual` is `after` - `before`. `example` is null for the mean loss of the batch. Numbers that are not
    finite are null. Where a sign lies between the two numbers, `gradient` is a straight-through `estimate`
    and no slope.
    """

    name: str
    cell: int
    index: Shape
    example: int | None
    estimate: bool
    gradient: float | None
    predicted: float | None
    before: float | None
    after: float | None
    actual: float | None


class Nudge(Frozen):
    """A parameter or a pixel moved by `amount` from `before`: the effect on the mean loss and on a watched
    number.

    `example` is null for a parameter. Nothing is stored.
    """

    name: str
    cell: int
    index: Shape
    example: int | None
    amount: float
    before: float | None
    loss: Change
    watched: Change | None
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """A forward pass of the whole batch in float64, with its loss."""

    x: Array
    stack: Sequence[Passed]
    loss: LossRecord

    def value(self, watched: Place) -> float:
        """The number at a place in an activation or in a tensor of the loss."""
        outs = {"input.out": self.x}
        outs |= {f"loss.{name}": array for name, array in self.loss.saved.items()}
        outs |= {f"{passed.layer.name}.out": passed.out for passed in self.stack}
        if watched.name == "loss.loss":
            return float(self.loss.losses[watched.example])
        return float(outs[watched.name][..., watched.example].ravel()[watched.cell])


def nudge(
    network: Network,
    loss: Loss,
    trace: Trace,
    name: str,
    cell: int,
    amount: float,
    example: int,
    *,
    watch: str | None = None,
    watch_cell: int | None = None,
) -> Nudge:
    """Add `amount` to a cell of a parameter ("conv1.w") or of the example's image ("input.out").

    `watch` is an activation ("conv1.out") or a tensor of the loss, of the same example; `watch_cell` defaults
    to 0. The gradient of the mean loss is that of the iteration; the gradient of the watched cell comes from
    a backward pass that starts at this cell. In a separate pass, a parameter moves the mean loss of the
    iteration that was learned from, and a pixel that of the pass. Raises NudgeError, UnknownTensor,
    UnknownCell, UnknownExample.
    """
    if not (isfinite(amount) and abs(amount) <= MOST):
        raise NudgeError(f"A nudge is a number between -{MOST:,.0f} and {MOST:,.0f}.", "amount")
    here = place(trace, name, cell, example)
    if here.role != "parameter" and here.name != "input.out":
        raise NudgeError(
            f"{here.name} is computed: only what is given can be nudged, which is a cell of the image "
            "(input.out), a weight or a bias.",
            "name",
        )
    watched = _watched(trace, watch, watch_cell, example)
    with np.errstate(all="ignore"):
        before, after = (_forward(network, loss, trace, here, by) for by in (0.0, amount))
        of_watched = None if watched is None else _change(loss, trace, here, watched, amount, before, after)
        of = trace_of(trace, here.name)
        if of is not trace:
            before, after = (_forward(network, loss, of, here, by) for by in (0.0, amount))
        of_loss = _loss_change(of, here, amount, before, after)
    value = finite(float(here.array.ravel()[cell]))
    return Nudge(
        name=here.name,
        cell=cell,
        index=here.index,
        example=None if here.role == "parameter" else example,
        amount=amount + 0.0,
        before=value,
        loss=of_loss,
        watched=of_watched,
        words=" ".join(_words(here, value, amount, of_loss, of_watched, is_aside=of.learned is not None)),
    )


def _watched(trace: Trace, watch: str | None, cell: int | None, example: int) -> Place | None:
    """The place to watch, or None. Raises NudgeError with the query parameter at fault."""
    if watch is None:
        if cell is not None:
            raise NudgeError("A watched cell needs its tensor: name it as watch, as conv1.out.", "watch")
        return None
    try:
        watched = place(trace, watch, cell or 0, example)
    except UnknownTensor as error:
        raise NudgeError(str(error), "watch") from error
    except UnknownCell as error:
        raise NudgeError(str(error), "watch_cell") from error
    if watched.role not in ("out", "loss"):
        raise NudgeError(
            f"{watched.name} cannot be watched: watch the output of a layer, or a tensor of the loss.",
            "watch",
        )
    return watched


def _forward(network: Network, loss: Loss, trace: Trace, here: Place, amount: float) -> _Pass:
    """The forward pass of the iteration in float64, with `amount` added to one number."""
    x = trace.x.astype(np.float64)
    params: Mapping[str, Params] = {
        record.layer: {name: array.astype(np.float64) for name, array in record.params.items()}
        for record in trace.records
    }
    moved = params[here.layer][here.parameter] if here.role == "parameter" else x[..., here.example]
    moved[here.index] += amount
    stack = forward(network, State(trace.iteration, params), x, trace.drawn("float64"))
    return _Pass(x, stack, loss.forward(stack[-1].out, trace.loss.targets.astype(np.float64)))


def _loss_gradient(trace: Trace, here: Place) -> float:
    """d(mean loss)/d(nudged number), as the iteration computed it."""
    name = f"{here.layer}.d{here.parameter}" if here.role == "parameter" else "input.dout"
    return float(tensor(trace, name, here.example).ravel()[here.cell])


def _gradient(loss: Loss, passed: _Pass, here: Place, watched: Place) -> float:
    """d(watched number)/d(nudged number), from a backward pass of the batch that starts at the watched cell.

    It is 0 where the watched number is computed before the nudged one.
    """
    dout, layers = _start(loss, passed, watched)
    if layers:
        # The pass takes the whole batch, because an op may couple its examples.
        records = backward(list(layers), dout)
        if here.role == "parameter":
            found = [record.dparams[here.parameter] for record in records if record.layer == here.layer]
            return float(found[0].ravel()[here.cell]) if found else 0.0
        dout = input_gradient(records)
    return 0.0 if here.role == "parameter" else float(dout[..., here.example].ravel()[here.cell])


def _start(loss: Loss, passed: _Pass, watched: Place) -> tuple[Array, Sequence[Passed]]:
    """The gradient (..., N) at which the backward pass starts, and the layers below it."""
    batch = passed.x.shape[-1]
    if watched.layer == "loss":
        dout = np.zeros(passed.loss.out.shape)
        dout[:, watched.example] = loss.slopes(watched.tensor, watched.cell, passed.loss, watched.example)
        return dout, passed.stack
    names = [layer.layer.name for layer in passed.stack]
    dout = np.zeros((*watched.array.shape, batch))
    dout[(*watched.index, watched.example)] = 1
    return dout, passed.stack[: names.index(watched.layer) + 1] if watched.layer in names else ()


def _passes_sign(trace: Trace, here: Place, watched: Place | None) -> bool:
    """True where a sign lies between the nudged number and the watched one (or the loss)."""
    records = list(trace.records)
    if watched is not None and watched.layer != "loss":
        names = ["input", *(record.layer for record in records)]
        records = records[: names.index(watched.layer)]
    layers = [record.layer for record in records]
    if here.role == "parameter":
        return here.layer in layers and is_estimate(records, here.layer, here.parameter)
    return bool(layers) and is_estimate(records, layers[0], "x")


def _loss_change(trace: Trace, here: Place, amount: float, before: _Pass, after: _Pass) -> Change:
    """The change of the mean loss of the batch."""
    gradient = _loss_gradient(trace, here)
    return Change(
        name="loss.loss",
        cell=0,
        index=(0,),
        example=None,
        estimate=_passes_sign(trace, here, None),
        **_numbers(gradient, amount, before.loss.loss, after.loss.loss),
    )


def _change(
    loss: Loss, trace: Trace, here: Place, watched: Place, amount: float, before: _Pass, after: _Pass
) -> Change:
    """The change of the watched number."""
    gradient = _gradient(loss, before, here, watched)
    return Change(
        name=watched.name,
        cell=watched.cell,
        index=watched.index,
        example=watched.example,
        estimate=_passes_sign(trace, here, watched),
        **_numbers(gradient, amount, before.value(watched), after.value(watched)),
    )


def _numbers(gradient: float, amount: float, before: float, after: float) -> dict[str, float | None]:
    """The numbers of a change; None where they are not finite."""
    return {
        "gradient": finite(gradient),
        "predicted": finite(gradient * amount),
        "before": finite(before),
        "after": finite(after),
        "actual": finite(after - before),
    }


def _words(
    here: Place,
    value: float | None,
    amount: float,
    loss: Change,
    watched: Change | None,
    *,
    is_aside: bool,
) -> Iterator[str]:
    """The sentences of the nudge: the number, the loss, the watched number.

    The loss of a pass that `is_aside` is that of the batch with the example in its first place.
    """
    where = f"{here.name}[{', '.join(map(str, here.index))}]"
    if value is None:
        yield f"{where} is not finite: there is nothing to nudge."
        return
    yield f"{where} goes from {number_text(value)} to {number_text(value + amount)}."
    yield _change_words(f"The mean loss of the batch{', were this example in it,' if is_aside else ''}", loss)
    if watched is not None:
        yield _change_words(f"{watched.name}[{', '.join(map(str, watched.index))}]", watched)
    yield (
        "The forward pass of this batch was computed anew, in float64, with this one number changed; nothing "
        "of it is kept."
    )


def _change_words(what: str, change: Change) -> str:
    """One change in one or two sentences."""
    if change.predicted is None or change.actual is None:
        return f"{what} is not finite, before or after."
    sentence = (
        f"{what} should change by gradient times amount, {number_text(change.predicted)}; it changes by "
        f"{number_text(change.actual)}."
    )
    off = abs(change.predicted - change.actual)
    if off <= CLOSE * abs(change.actual) or number_text(change.predicted) == number_text(change.actual):
        return sentence
    if change.estimate:
        return (
            f"{sentence} The gradient is a straight-through estimate, not the slope: on the way lies a sign, "
            "which stays until a number in front of it crosses 0, and then jumps by 2."
        )
    return f"{sentence} A gradient is the slope at one point, and on so long a way the slope changes."
