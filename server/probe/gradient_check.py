"""The gradient check of a layer: its analytic gradients against central differences of the mean loss, in
float64.

A gradient that passes a sign is a straight-through estimate. There is no slope to compare it with; it is
listed instead. A central difference is wrong where the loss has a kink (a rectifier at 0, two equal cells in
a window). The check finds such cells with a second difference at half the step, and leaves them out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from server.explain.relation import gradient_names, is_estimate
from server.explain.tensors import record_of
from server.frozen import Frozen
from server.nn.arrays import Array, Cells, Shape, finite, number_text, unravel
from server.nn.losses import Loss
from server.nn.network import Network
from server.nn.ops.capabilities import Coupled
from server.nn.records import Record, Trace
from server.nn.rng import generator
from server.nn.step import Passed, State, backward, forward

STEP = 1e-5
TOLERANCE = 1e-4
FLOOR = 2e-6
"""Smaller gradients are compared absolutely: differences in float64 resolve about TOLERANCE * FLOOR."""
SAMPLE = 200
"""The largest number of cells of a tensor that are compared."""


class GradientCheck(Frozen):
    """The analytic gradients of a layer against central differences of the mean loss, in float64.

    `checked` of `total` cells were compared. `left_out` more were drawn, but the loss has a kink there and no
    derivative. `largest_error` is the largest relative error: that of `cell` of the gradient `name` (of
    `example` where the gradient is that of an input), with its `analytic` and `numeric` value. Numbers that
    are not finite are null. `estimates` names the gradients that pass a sign: straight-through estimates,
    which are not slopes and are not compared. `passed` and the numbers are null where all gradients of the
    layer are estimates.
    """

    layer: str
    checked: int
    total: int
    left_out: int
    largest_error: float | None
    name: str
    cell: int
    index: Shape
    example: int | None
    analytic: float | None
    numeric: float | None
    passed: bool | None
    tolerance: float
    estimates: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class _Compared:
    """One cell of a gradient: its analytic value and its numeric value (None on a kink)."""

    name: str
    cell: int
    shape: Shape
    example: int | None
    analytic: float
    numeric: float | None

    @property
    def error(self) -> float:
        """The relative error, infinite where a number is not finite."""
        if self.numeric is None:
            return 0.0
        error = abs(self.analytic - self.numeric) / max(abs(self.analytic), abs(self.numeric), FLOOR)
        return error if np.isfinite(error) else np.inf


def check_gradients(network: Network, loss: Loss, trace: Trace, layer: str, seed: int) -> GradientCheck:
    """Compare dL/d(input) and dL/d(parameters) of a layer, for the batch of the iteration.

    `seed` selects the sample of cells. Raises UnknownLayer.
    """
    record_of(trace, layer)
    with np.errstate(all="ignore"):
        stack, records = _in_float64(network, loss, trace)
        number = next(i for i, passed in enumerate(stack) if passed.layer.name == layer)
        compared = list(_compare(loss, trace, stack[number:], records[number:], seed))
    estimates = tuple(_estimates(records[number:]))
    if not compared:
        return _nothing_compared(layer, estimates)
    kept = [cell for cell in compared if cell.numeric is not None]
    worst = max(kept or compared, key=lambda cell: cell.error)
    sizes = {_name(records[number], key): source.x.size for key, source in records[number].inputs.items()}
    sizes |= {f"{layer}.d{name}": array.size for name, array in records[number].params.items()}
    total = sum(count for name, count in sizes.items() if name not in estimates)
    passed, left_out = bool(kept) and worst.error <= TOLERANCE, len(compared) - len(kept)
    words = " ".join(_words(worst, passed, len(kept), left_out, total, estimates))
    return GradientCheck(
        layer=layer,
        checked=len(kept),
        total=total,
        left_out=left_out,
        largest_error=finite(worst.error),
        name=worst.name,
        cell=worst.cell,
        index=unravel(worst.cell, worst.shape),
        example=worst.example,
        analytic=_finite(worst.analytic),
        numeric=_finite(worst.numeric),
        passed=passed,
        tolerance=TOLERANCE,
        estimates=estimates,
        words=words,
    )


def _estimates(records: Sequence[Record]) -> Iterator[str]:
    """The gradients of the first of these layers that pass a sign on their way from the loss."""
    record = records[0]
    for operand in record.inputs:
        if is_estimate(records, record.layer, operand):
            yield _name(record, operand)
    for name in record.params:
        if is_estimate(records, record.layer, name):
            yield f"{record.layer}.d{name}"


def _name(record: Record, operand: str) -> str:
    """The name of this layer's part of the gradient of one of its inputs."""
    return f"{record.layer}.dskip" if operand == "skip" else gradient_names(record, operand)[-1]


def _nothing_compared(layer: str, estimates: tuple[str, ...]) -> GradientCheck:
    return GradientCheck(
        layer=layer,
        checked=0,
        total=0,
        left_out=0,
        largest_error=None,
        name=estimates[0],
        cell=0,
        index=(),
        example=None,
        analytic=None,
        numeric=None,
        passed=None,
        tolerance=TOLERANCE,
        estimates=estimates,
        words=_estimate_words(estimates),
    )


def _in_float64(network: Network, loss: Loss, trace: Trace) -> tuple[list[Passed], tuple[Record, ...]]:
    """The forward and backward pass of the iteration, computed again by the same ops in float64."""
    params = {
        record.layer: {name: array.astype(np.float64) for name, array in record.params.items()}
        for record in trace.records
    }
    stack = forward(
        network, State(trace.iteration, params), trace.x.astype(np.float64), trace.drawn("float64")
    )
    dout = loss.forward(stack[-1].out, trace.loss.targets.astype(np.float64)).dout
    return stack, backward(list(stack), dout)


def _compare(
    loss: Loss, trace: Trace, stack: list[Passed], records: Sequence[Record], seed: int
) -> Iterator[_Compared]:
    """Compare the gradients of the first layer that are slopes, cell by cell.

    All cells of a small tensor are compared, of a large one a random sample.
    """
    record, batch = records[0], trace.examples.size
    coupled = any(isinstance(passed.layer.op, Coupled) for passed in stack)
    for operand, source in record.inputs.items():
        if is_estimate(records, record.layer, operand):
            continue
        here: dict[int, float] = {}
        for cell in _sample(source.x.size, seed, f"check {record.layer}.{operand}").tolist():
            place, example = divmod(cell, batch)
            # Without coupling only the loss of this example changes.
            examples = slice(None) if coupled else slice(example, example + 1)
            at = np.ascontiguousarray(source.x[..., examples])
            function = partial(_mean_loss, loss, trace, stack, operand, examples)
            if example not in here:
                here[example] = function(at)
            numeric = _slope(function, at, cell if coupled else place, here[example])
            analytic = float(source.dx[..., example].ravel()[place])
            yield _Compared(_name(record, operand), place, source.x.shape[:-1], example, analytic, numeric)
    for name, array in record.params.items():
        if is_estimate(records, record.layer, name):
            continue
        function = partial(_mean_loss, loss, trace, stack, name, slice(None))
        center = function(array)
        for cell in _sample(array.size, seed, f"check {record.layer}.{name}").tolist():
            numeric = _slope(function, array, cell, center)
            analytic = float(record.dparams[name].ravel()[cell])
            yield _Compared(f"{record.layer}.d{name}", cell, array.shape, None, analytic, numeric)


def _mean_loss(
    loss: Loss, trace: Trace, stack: list[Passed], operand: str, examples: slice, array: Array
) -> float:
    """The part of these examples in the mean loss, with `array` as an operand of the first layer of the
    stack."""
    outs: dict[str, Array] = {}
    x = array if operand == "x" else stack[0].x[..., examples]
    for passed in stack:
        beside = {name: passed.saved[name][..., examples] for name in passed.layer.op.drawn}
        if passed.layer.skip is not None and passed.skip is not None:
            beside["skip"] = outs.get(passed.layer.skip, passed.skip[..., examples])
        params = passed.params
        if passed is stack[0]:
            beside, params = {**beside, operand: array}, {**params, operand: array}
        x, _ = passed.layer.op.forward(x, params, beside)
        outs[passed.layer.name] = x
    targets = trace.loss.targets.astype(np.float64)[:, examples]
    return float(loss.forward(x, targets).losses.sum()) / trace.examples.size


def _sample(size: int, seed: int, purpose: str) -> Cells:
    if size <= SAMPLE:
        return np.arange(size)
    return np.sort(generator(seed, purpose).choice(size, SAMPLE, replace=False))


def _slope(function: Callable[[Array], float], at: Array, cell: int, here: float) -> float | None:
    """The central difference of `function` along one cell of `at`; None on a kink. `here` is function(at)."""

    def around(step: float) -> tuple[float, float]:
        """The one-sided differences (below, above)."""
        below, above = at.copy(), at.copy()
        below.reshape(-1)[cell] -= step
        above.reshape(-1)[cell] += step
        return (here - function(below)) / step, (function(above) - here) / step

    left, right = around(STEP)
    numeric = (left + right) / 2
    allowed = TOLERANCE * max(abs(numeric), FLOOR)
    if abs(right - left) <= allowed:
        return numeric
    # A smooth curve bends: at half the step the two sides differ half as much, and their mean stays.
    nearer_left, nearer_right = around(STEP / 2)
    bends = abs(2 * (nearer_right - nearer_left) - (right - left)) <= 4 * allowed
    stays = abs((nearer_left + nearer_right) / 2 - numeric) <= allowed
    return None if not (bends and stays) and np.isfinite(numeric) else numeric


def _finite(value: float | None) -> float | None:
    """The number with the sign of its zero, which a check compares; None where it is not finite."""
    return value if value is not None and np.isfinite(value) else None


def _estimate_words(estimates: Sequence[str]) -> str:
    """Why these gradients are not compared."""
    names = " and ".join(estimates)
    are = (
        "is a straight-through estimate, not the slope"
        if len(estimates) == 1
        else ("are straight-through estimates, not slopes")
    )
    them = "it was" if len(estimates) == 1 else "they were"
    return (
        f"{names} {are}: on the way lies a sign, which is flat wherever it does not jump, so that every "
        f"difference of the loss would be 0 or a jump; {them} not compared."
    )


def _words(
    worst: _Compared, passed: bool, checked: int, left_out: int, total: int, estimates: Sequence[str]
) -> Iterator[str]:
    """The sentences of the check: the verdict, the cells that were left out, the estimates."""
    drawn = checked + left_out
    sample = f"All {drawn:,} cells" if drawn == total else f"A random sample of {drawn:,} of {total:,} cells"
    if checked and not np.isfinite(worst.error):
        yield f"{sample}: {worst.name} is not finite, so there is nothing to compare."
        return
    if checked:
        yield "The gradients agree." if passed else "The gradients disagree."
        yield (
            f"{sample}, moved by {STEP:g} to both sides in float64: the largest relative error is "
            f"{number_text(worst.error)} (allowed: {number_text(TOLERANCE)})."
        )
    else:
        yield f"{sample} could not be compared."
    if left_out:
        yield (
            f"{left_out:,} were left out: the loss has a kink there (a gate about to open, a tie in a "
            "window), and no derivative."
        )
    if estimates:
        yield _estimate_words(estimates)
