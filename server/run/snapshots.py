"""Snapshots: the states that a history keeps, from which all others are replayed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from server.nn.step import State

MAX_SNAPSHOTS = 256
MAX_SNAPSHOT_BYTES = 64 * 2**20


@dataclass(frozen=True, eq=False)
class Snapshots:
    """States by iteration, one every `interval` iterations. Immutable: `add` returns new snapshots.

    A replay takes fewer than `interval` iterations. MAX_SNAPSHOTS states of up to 256 KB fit (LeNet-5 has
    62,000 parameters: 248 KB): `interval` is then at most a 128th of the computed iterations. 16 of the
    largest states fit (MAX_PARAMETERS in float64: 4 MB): at most an eighth. Optimizer slots count too: states
    with Adam are three times as large.
    """

    states: Mapping[int, State]
    interval: int = 1

    @cached_property
    def nbytes(self) -> int:
        """The memory of all states in bytes. All have the same size."""
        return len(self.states) * next(iter(self.states.values())).nbytes

    def add(self, state: State) -> "Snapshots":
        """The snapshots with this state, if one is due. Beyond the limit, every other one is dropped."""
        if state.iteration % self.interval:
            return self
        limit = max(2, min(MAX_SNAPSHOTS, MAX_SNAPSHOT_BYTES // max(1, state.nbytes)))
        return Snapshots({**self.states, state.iteration: state}, self.interval).thinned(limit)

    def thinned(self, most: int) -> "Snapshots":
        """The snapshots, with every other one dropped until at most `most` are left."""
        states, interval = self.states, self.interval
        while len(states) > most:
            interval *= 2
            states = {iteration: kept for iteration, kept in states.items() if iteration % interval == 0}
        return Snapshots(states, interval)

    def until(self, iteration: int) -> "Snapshots":
        """The snapshots up to `iteration`."""
        return Snapshots({at: state for at, state in self.states.items() if at <= iteration}, self.interval)

    def nearest(self, iteration: int) -> State:
        """The latest state at or before `iteration`."""
        return self.states[max(at for at in self.states if at <= iteration)]
