"""The states that a history keeps, so that any other can be replayed from the one before it."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.nn.step import State

MAX_SNAPSHOTS = 256
MAX_SNAPSHOT_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Snapshots:
    """States by iteration, one every `interval` iterations. A value: adding to it makes another.

    A replay takes fewer than `interval` iterations. Of states of up to 256 KB (LeNet-5 has 62,000
    parameters: 248 KB) MAX_SNAPSHOTS fit, and that is at most a 128th of what the run has computed; of the
    largest that a network may have (MAX_PARAMETERS in float64: 4 MB) 16 fit, and it is at most an eighth.
    What an optimizer keeps of each parameter counts too: Adam's states are three times as large.
    """

    states: Mapping[int, State]
    interval: int = 1

    @property
    def nbytes(self) -> int:
        """The memory of all states, each of the same size."""
        return len(self.states) * next(iter(self.states.values())).nbytes

    def add(self, state: State) -> "Snapshots":
        """With this state, if it is due. When there are too many, every other one goes; the first stays."""
        if state.iteration % self.interval:
            return self
        states, interval = {**self.states, state.iteration: state}, self.interval
        limit = max(2, min(MAX_SNAPSHOTS, MAX_SNAPSHOT_BYTES // max(1, state.nbytes)))
        while len(states) > limit:
            interval *= 2
            states = {iteration: kept for iteration, kept in states.items() if iteration % interval == 0}
        return Snapshots(states, interval)

    def until(self, iteration: int) -> "Snapshots":
        """Without the states after `iteration`."""
        return Snapshots({at: state for at, state in self.states.items() if at <= iteration}, self.interval)

    def nearest(self, iteration: int) -> State:
        """The latest state at or before `iteration`."""
        return self.states[max(at for at in self.states if at <= iteration)]
