"""A cache of features, by run, iteration and split."""

from collections import OrderedDict

from anyio import CapacityLimiter, to_thread

from server.probe.nearest_neighbours import Features, features
from server.recipe.splits import Split
from server.run.history import History

KEPT = 4
"""The number of entries, of at most MAX_BYTES each. The least recently used makes room."""


class FeatureStore:
    """The features that one server has computed. One computation runs at a time, in a thread."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(1)
        self.kept: OrderedDict[tuple[str, int, Split], Features] = OrderedDict()

    async def get(self, history: History, iteration: int, split: Split) -> Features:
        """The features of a split, computed by the network before an iteration of a run. NotComputed."""
        key = history.plan.recipe.id, iteration, split
        async with self.limiter:
            if key not in self.kept:
                self.kept[key] = await to_thread.run_sync(_computed, history, iteration, split)
                if len(self.kept) > KEPT:
                    self.kept.popitem(last=False)
            self.kept.move_to_end(key)
            return self.kept[key]


def _computed(history: History, iteration: int, split: Split) -> Features:
    return features(history.plan, history.state(iteration), split)
