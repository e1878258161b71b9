"""The features of examples, by run, iteration and part: computed once, and kept for the next question."""

from collections import OrderedDict

from anyio import CapacityLimiter, to_thread

from server.probe.nearest_neighbours import Features, features
from server.recipe.splits import Split
from server.run.history import History

KEPT = 4
"""How many are kept, at most MAX_BYTES each; those used longest ago make room."""


class FeatureStore:
    """The features that one server has computed, one after the other in a thread of their own."""

    def __init__(self) -> None:
        self.limiter = CapacityLimiter(1)
        self.kept: OrderedDict[tuple[str, int, Split], Features] = OrderedDict()

    async def get(self, history: History, iteration: int, part: Split) -> Features:
        """The features of a part of the data before an iteration of a run. NotComputed."""
        key = history.plan.recipe.id, iteration, part
        async with self.limiter:
            if key not in self.kept:
                self.kept[key] = await to_thread.run_sync(_computed, history, iteration, part)
                if len(self.kept) > KEPT:
                    self.kept.popitem(last=False)
            self.kept.move_to_end(key)
            return self.kept[key]


def _computed(history: History, iteration: int, part: Split) -> Features:
    return features(history.plan, history.state(iteration), part)
