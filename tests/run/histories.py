"""Histories of fast runs, and what they hold as bytes to compare."""

from typing import Any

from server.nn.records import Trace
from server.recipe.plan import plan
from server.run.history import History
from tests.networks import recipe

# The product of four linear layers with growing weights diverges at this learning rate.
DIVERGING = recipe(
    1000, network=[{"kind": "flatten"}, *[{"kind": "dense", "units": 32}] * 3, {"kind": "dense", "units": 10}]
)


def history(*, learning_rate: float = 0.03, parent: History | None = None, **fields: Any) -> History:
    """A history in which no iteration is computed yet, or a branch of `parent`."""
    return History(plan(recipe(learning_rate, **fields)), parent)


def advanced(count: int, **fields: Any) -> History:
    """A history in which `count` iterations are computed."""
    run = history(**fields)
    run.advance(count)
    return run


def bytes_of(trace: Trace) -> list[bytes]:
    """The bytes of the input, of the parameters, and of all computed arrays."""
    params = [array for record in trace.records for array in record.params.values()]
    return [trace.x.tobytes(), *(a.tobytes() for a in params), *(a.tobytes() for _, a in trace.computed())]
