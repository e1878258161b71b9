"""The search for NaN and infinity in the tensors of a training step."""

import math

import numpy as np

from server.nn.records import Trace
from server.nn.step import State


def first_nonfinite(trace: Trace, state: State) -> str | None:
    """The name of the first tensor, in the order of computation, that holds a NaN or an infinity.

    None when all numbers are finite. `state` is the state after the traced iteration.
    """
    tensors = [*trace.computed()]
    tensors += [
        (f"{layer}.{name}", w) for layer, params in state.params.items() for name, w in params.items()
    ]
    # A finite sum of squares proves that all cells are finite. It is much faster than a test of each cell.
    # Integers are always finite.
    with np.errstate(over="ignore", invalid="ignore"):
        if math.isfinite(sum(np.vdot(array, array) for _, array in tensors if array.dtype.kind == "f")):
            return None
    return next((name for name, array in tensors if not np.isfinite(array).all()), None)
