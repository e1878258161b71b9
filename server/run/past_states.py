"""Evenly spaced states of a run, from its beginning up to an iteration."""

from collections.abc import Iterator, Sequence

import numpy as np

from server.nn.step import State
from server.run.history import History, step

MAX_REPLAYED = 512
"""The most iterations that are computed again for one question, unless snapshots are further apart."""


def past_states(history: History, until: int, most: int) -> Iterator[State]:
    """The states before up to `most` iterations from 0 to `until`, both included, with their edits.

    They are evenly spaced where few enough iterations have to be computed again; else they are those of the
    snapshots that come next to it. Takes no part of the history's caches. NotComputed.
    """
    last = history.state(until)
    snapshots = history.snapshots
    kept = sorted(at for at in snapshots.states if at <= until)
    wanted = np.unique(np.linspace(0, until, most).round().astype(np.intp)).tolist()[:-1]
    if _replayed(kept, wanted) > max(MAX_REPLAYED, snapshots.interval):
        nearest = {min(kept, key=lambda at: abs(at - target)) for target in wanted}
        wanted = sorted(nearest - {until})
    state = snapshots.states[0]
    for target in wanted:
        state = max(state, snapshots.nearest(target), key=lambda of: of.iteration)
        while state.iteration < target:
            state, _ = step(history.plan, state)
        yield history.plan.edited(state)
    yield last


def _replayed(kept: Sequence[int], wanted: Sequence[int]) -> int:
    """How many iterations are computed again to reach all `wanted` ones, in order, from those `kept`."""
    total, at = 0, 0
    for target in wanted:
        at = max(at, kept[int(np.searchsorted(kept, target, "right")) - 1])
        total += target - at
        at = target
    return total
