"""When a run is kept in the user's cache, and when it is read from there."""

from server.run.checkpoints import keep, restore
from server.run.history import History

MIN_SECONDS, MIN_SHARE = 0.25, 0.1
"""A run is kept again after so much more computing: seconds, and the share of all its computing."""
FAR = 50
"""Up to so many iterations are computed sooner than they are read."""


class Recovery:
    """The checkpoints of one run, made as it is computed, so that another server can go on from there.

    `keep` and `restore` may be called from any thread. Each takes tens of milliseconds.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._kept = 0.0

    @property
    def is_due(self) -> bool:
        """True when so much is computed since it was kept that it is to be kept again."""
        seconds = self._history.seconds
        return seconds - self._kept >= max(MIN_SECONDS, MIN_SHARE * seconds)

    @property
    def is_behind(self) -> bool:
        """True when something is computed since it was kept, and the run is worth a file."""
        return self._history.computed > FAR and self._history.seconds > self._kept

    def keep(self) -> None:
        """Write the run into the cache. A failure is logged, and is tried again when the next one is due."""
        self._kept = self._history.seconds
        keep(self._history)

    def restore(self, iteration: int) -> bool:
        """Read the run from the cache where `iteration` is FAR beyond what is computed.

        True where that has more iterations. What is kept may end before `iteration`, or after it.
        """
        return iteration - self._history.computed > FAR and restore(self._history)
