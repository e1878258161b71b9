"""Frames as messages: one for each iteration that an event stream sends, with the requested tensors."""

import base64
from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from server.explain.catalogue import TensorInfo, catalogue, tensor_names
from server.explain.tensors import read_tensors, unknown_tensor
from server.nn.arrays import Array, finite
from server.recipe.plan import Plan
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire.encode.runs import MAX_FRAME_BYTES, SHADE_BYTES, TooMuch, head, limits, typed_array
from server.wire.messages.arrays import TypedArray
from server.wire.messages.frames import ArrayForm, Frame, FrameTensor, ListedArray, ShadedArray

MAX_EXACT_CELLS = 64
"""With arrays=shades, tensors of at most so many cells are exact: scores, losses, biases, small kernels."""
NOT_FINITE = 255
"""The byte of a number that is not finite. Bytes from 0 to 254 are finite numbers."""
DIGITS: Mapping[int, int] = {4: 9, 8: 17}
"""The significant digits that distinguish all floats of a size in bytes."""
PUNCTUATION = 8
"""The other characters of a listed number: its sign, point, exponent and comma."""


def names_of(plan: Plan, patterns: Sequence[str], form: ArrayForm) -> tuple[str, ...]:
    """The names of the tensors that match any of the patterns ("conv1.dw", "conv1.*"), in catalogue order.

    Raises UnknownTensor for a pattern without a match, and TooMuch for a frame above MAX_FRAME_BYTES.
    """
    network, optimizer = plan.network, plan.recipe.optimizer
    known = catalogue(network, optimizer)
    names = frozenset(tensor_names(network, optimizer, tuple(patterns)))
    found = [info for info in known if info.name in names]
    if unknown := names.difference(info.name for info in found):
        raise unknown_tensor(min(unknown), [info.name for info in known])
    _check_size(found, form, np.dtype(plan.recipe.dtype).itemsize)
    return tuple(info.name for info in found)


def frame(
    history: History, iteration: int, names: Sequence[str], choice: ExampleChoice, form: ArrayForm
) -> Frame:
    """The frame of a computed iteration, with the named tensors of the chosen example.

    If the batch is too small for the slot of the example, as at the end of an epoch, the last slot is used.
    Raises NotComputed, UnknownTrainingExample.
    """
    trace, slot = history.trace_with(iteration, choice)
    slot = min(slot, trace.examples.size - 1)
    arrays = read_tensors(trace, names, slot)
    return Frame(
        **vars(head(history.plan, trace, slot)),
        tensors=tuple(frame_tensor(name, array, form) for name, array in zip(names, arrays, strict=True)),
    )


def frame_tensor(name: str, array: Array, form: ArrayForm) -> FrameTensor:
    """A tensor in one of the forms of an array, with its limits."""
    minimum, maximum, nonfinite = limits(array)
    return FrameTensor(
        name=name,
        data=_data(array, form, minimum, maximum, nonfinite),
        minimum=minimum,
        maximum=maximum,
        nonfinite=nonfinite,
    )


def _data(
    array: Array, form: ArrayForm, minimum: float | None, maximum: float | None, nonfinite: int
) -> TypedArray | ShadedArray | ListedArray:
    match form:
        case "list":
            return ListedArray(shape=array.shape, values=_listed(array))
        case "shades" if array.size > MAX_EXACT_CELLS:
            shades = _shades(array, minimum or 0.0, maximum or 0.0, nonfinite)
            return ShadedArray(shape=array.shape, bdata=base64.b64encode(shades.tobytes()).decode())
    return typed_array(array)


def _listed(array: Array) -> tuple[float | None, ...]:
    """The numbers in row-major order, with as many digits as their dtype needs; None if not finite."""
    digits = DIGITS.get(array.dtype.itemsize, DIGITS[8])
    return tuple(
        None if (number := finite(value)) is None else float(f"{number:.{digits}g}")
        for value in array.ravel().tolist()
    )


def _shades(array: Array, minimum: float, maximum: float, nonfinite: int) -> Array:
    """The byte of each cell, uint8, in the shape of `array`: see `ShadedArray`."""
    is_finite = np.isfinite(array) if nonfinite else ...
    shades = np.full(array.shape, NOT_FINITE, np.uint8)
    # The difference of two finite numbers can overflow; that of their halves cannot.
    reach = (maximum / 2 - minimum / 2) or 1.0
    parts = (array[is_finite].astype(np.float64) / 2 - minimum / 2) / reach
    shades[is_finite] = np.rint(parts * (NOT_FINITE - 1))
    return shades


def _check_size(found: Sequence[TensorInfo], form: ArrayForm, itemsize: int) -> None:
    cells = sum(prod(info.shape) for info in found)
    if (size := cells * _bytes_a_cell(form, itemsize)) <= MAX_FRAME_BYTES:
        return
    most = int(MAX_FRAME_BYTES / _bytes_a_cell(form, itemsize))
    way = f"Ask for tensors with at most {most:,} cells in total"
    if cells * _bytes_a_cell("shades", itemsize) <= MAX_FRAME_BYTES and form != "shades":
        way += ", or for arrays=shades"
    raise TooMuch(
        f"A frame of these {len(found)} tensors has {cells:,} cells, which take up to {size / 1e6:.1f} MB "
        f"with arrays={form}. The limit is {MAX_FRAME_BYTES / 1e6:.0f} MB. {way}."
    )


def _bytes_a_cell(form: ArrayForm, itemsize: int) -> float:
    """The maximum number of bytes that one cell takes in a frame."""
    return {"typed": itemsize * 4 / 3, "shades": SHADE_BYTES, "list": DIGITS[itemsize] + PUNCTUATION}[form]
