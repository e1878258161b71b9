"""Frames as messages: one for each iteration that an event stream sends, with the requested tensors."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod

import numpy as np

from server.explain.catalogue import TensorInfo, catalogue, tensor_names
from server.explain.tensors import read_tensors, unknown_tensor
from server.nn.arrays import Array, Shape, finite
from server.recipe.plan import Plan
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire.encode.arrays import (
    Limits,
    base64_of,
    limits_of_each,
    tensors_json,
    typed_json,
    with_member,
)
from server.wire.encode.runs import MAX_FRAME_BYTES, SHADE_BYTES, TooMuch, head
from server.wire.messages.frames import ArrayForm, FrameTensor

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
) -> bytes:
    """The frame of a computed iteration, with the named tensors of the chosen example: the JSON of a `Frame`.

    If the batch is too small for the slot of the example, as at the end of an epoch, the last slot is used.
    Raises NotComputed, UnknownTrainingExample.
    """
    trace, slot = history.trace_with(iteration, choice)
    slot = min(slot, trace.examples.size - 1)
    arrays = read_tensors(trace, names, slot)
    limits = limits_of_each(arrays)
    tensors = tensors_json(names, _data(arrays, limits, form), limits)
    return with_member(head(history.plan, trace, slot), "tensors", tensors)


def frame_tensor(name: str, array: Array, form: ArrayForm) -> FrameTensor:
    """A tensor in one of the forms of an array, with its limits."""
    limits = limits_of_each([array])
    (sent,) = json.loads(tensors_json([name], _data([array], limits, form), limits))
    return FrameTensor.model_validate(sent)


def _data(arrays: Sequence[Array], limits: Sequence[Limits], form: ArrayForm) -> Iterable[bytes]:
    """The JSON of the data of each tensor."""
    match form:
        case "list":
            return map(_listed, arrays)
        case "typed":
            return map(typed_json, arrays)
        case "shades":
            shaded = iter(_shaded([pair for pair in zip(arrays, limits, strict=True) if _is_shaded(pair[0])]))
            return [next(shaded) if _is_shaded(array) else typed_json(array) for array in arrays]


def _is_shaded(array: Array) -> bool:
    """True for a tensor that is not exact among shades."""
    return array.size > MAX_EXACT_CELLS


def _shaded(tensors: Sequence[tuple[Array, Limits]]) -> list[bytes]:
    """Tensors as shades: see `ShadedArray`."""
    if not tensors:
        return []
    sizes = [array.size for array, _ in tensors]
    # All together, because calls of NumPy cost more than the cells of small tensors. Halves, because the
    # distance between two finite numbers can overflow.
    halves = np.concatenate([array.ravel() for array, _ in tensors]).astype(np.float64)
    halves /= 2
    least = np.array([minimum or 0.0 for _, (minimum, _, _) in tensors]) / 2
    reach = np.array([maximum or 0.0 for _, (_, maximum, _) in tensors]) / 2 - least
    halves -= np.repeat(least, sizes)
    halves /= np.repeat(np.where(reach == 0, 1.0, reach), sizes)
    halves *= NOT_FINITE - 1
    if any(nonfinite for _, (_, _, nonfinite) in tensors):
        halves[~np.isfinite(halves)] = NOT_FINITE
    shades = np.rint(halves, out=halves).astype(np.uint8)
    ends = np.cumsum(sizes).tolist()
    return [
        b'{"shape":%b,"bdata":"%b"}' % (_shape_json(array.shape), base64_of(shades[end - array.size : end]))
        for (array, _), end in zip(tensors, ends, strict=True)
    ]


@lru_cache(maxsize=1024)
def _shape_json(shape: Shape) -> bytes:
    return json.dumps(shape).encode()


def _listed(array: Array) -> bytes:
    """The numbers in row-major order, with as many digits as their dtype needs; null if not finite."""
    digits = DIGITS.get(array.dtype.itemsize, DIGITS[8])
    values = [
        None if (number := finite(value)) is None else float(f"{number:.{digits}g}")
        for value in array.ravel().tolist()
    ]
    return b'{"shape":%b,"values":%b}' % (
        _shape_json(array.shape),
        json.dumps(values, separators=(",", ":")).encode(),
    )


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
