"""The meaning of a gradient or an update in one sentence: its number, its direction, and what follows."""

from math import isfinite

from server.explain.place import Place
from server.explain.start import NOUNS
from server.nn.arrays import number_text
from server.nn.records import Record


def meaning(place: Place, value: float, is_partial: bool) -> str | None:
    """A sentence about the cell at `place`, whose number is `value`; None for one without a direction.

    `is_partial` is true for a gradient that still accumulates.
    """
    match place.role:
        case "gradient" if place.record is not None:
            return _gradient(place.record, place, value, is_partial)
        case "dout" | "part":
            through = f" through {place.layer} alone" if place.role == "part" else ""
            estimate = place.record is not None and place.role == "part" and "x" in place.record.op.binarised
            return _slope(f"dL/d{_operand(place)}", "number", value, is_partial, through, estimate)
        case "parameter" if place.record is not None:
            return _parameter(place.record, place, value)
        case "delta" if place.record is not None:
            return _change(place.record, place, value)
        case "updated" if place.record is not None:
            return _updated(place.record, place, value)
    return None


def _operand(place: Place) -> str:
    return "out" if place.role == "dout" else place.tensor.removeprefix("d")


def _slope(
    symbol: str, noun: str, value: float, is_partial: bool, through: str = "", is_estimate: bool = False
) -> str:
    """What a gradient says about the loss, as a sentence with its full stop."""
    if not isfinite(value):
        return f"{symbol} is not finite: the run has diverged here, and no direction can be read from it."
    so_far, still = (" so far", "; more is still to be added") if is_partial else ("", "")
    if value == 0:
        return f"A small change of this {noun} would not change the loss ({symbol} is 0{so_far}){still}."
    grows = "grow" if value > 0 else "fall"
    estimate = ", by the estimate that stands in for the slope of a sign" if is_estimate else ""
    moves = f"If this {noun} grew, the loss would {grows}{through}{estimate}"
    return f"{moves} ({symbol} is {_signed(value)}{so_far}){still}."


def _gradient(record: Record, place: Place, value: float, is_partial: bool) -> str:
    parameter = place.parameter
    noun, is_estimate = NOUNS[parameter], parameter in record.op.binarised
    words = _slope(f"dL/d{parameter}", noun, value, is_partial, is_estimate=is_estimate)
    if is_partial or not isfinite(value):
        return words
    return f"{words.removesuffix('.')}; {_consequence(record, place, value)}."


def _consequence(record: Record, place: Place, gradient: float) -> str:
    """What the step does with a gradient, in words without a full stop."""
    if place.parameter in record.frozen:
        return "it is held fixed, and does not move"
    change = float(record.deltas[place.parameter].ravel()[place.cell])
    if not isfinite(change):
        return "the step is not finite"
    if change == 0:
        return "so the step leaves it as it is" if gradient == 0 else "the step is too small to move it"
    moves = f"the step makes it {_size(change)}"
    if gradient * change < 0:
        return f"so {moves}"
    return f"yet {moves}: the optimizer counts more than this gradient"


def _parameter(record: Record, place: Place, value: float) -> str:
    gradient = float(record.dparams[place.parameter].ravel()[place.cell])
    after = float(record.updated[place.parameter].ravel()[place.cell])
    words = _gradient(record, place, gradient, is_partial=False)
    if after == value or not isfinite(after) or not isfinite(gradient):
        return words
    return f"{words.removesuffix('.')}, from {number_text(value)} to {number_text(after)}."


def _change(record: Record, place: Place, value: float) -> str:
    noun, parameter = NOUNS[place.parameter], place.parameter
    if not isfinite(value):
        return f"Δ{parameter} is not finite: the run has diverged here."
    if parameter in record.frozen:
        return f"Δ{parameter} is 0: this {noun} is held fixed."
    if value == 0:
        return f"Δ{parameter} is 0: the step leaves this {noun} as it is."
    gradient = float(record.dparams[parameter].ravel()[place.cell])
    words = f"The step makes this {noun} {_size(value)} (Δ{parameter} is {_signed(value)})"
    if gradient * value < 0:
        return f"{words}, because the loss {'grows' if gradient > 0 else 'falls'} when it grows."
    return (
        f"{words}, though its gradient is {_signed(gradient)}: the optimizer counts more than this gradient."
    )


def _updated(record: Record, place: Place, value: float) -> str:
    noun, parameter = NOUNS[place.parameter], place.parameter
    before = float(record.params[parameter].ravel()[place.cell])
    if not (isfinite(value) and isfinite(before)):
        return f"This {noun} is not finite: the run has diverged here."
    if value == before:
        return f"The step leaves this {noun} at {number_text(value)}."
    change = float(record.deltas[parameter].ravel()[place.cell])
    return (
        f"The step makes this {noun} {_size(value - before)}: from {number_text(before)} to "
        f"{number_text(value)}, by {_signed(change)}."
    )


def _size(change: float) -> str:
    return "larger" if change > 0 else "smaller"


def _signed(value: float) -> str:
    return f"+{number_text(value)}" if value > 0 else number_text(value)
