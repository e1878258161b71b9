"""A cache of features, by run, iteration and split."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial

from server.compute.computing import Question
from server.probe.nearest_neighbours import Features, features
from server.recipe.splits import Split
from server.run.history import History

Study = Callable[[Question[Features]], Awaitable[Features]]
KEPT = 4
"""The number of entries, of at most MAX_BYTES each. The least recently used is dropped first."""


class FeatureStore:
    """The features that one server has computed. One computation runs at a time."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.kept: OrderedDict[tuple[str, int, Split], Features] = OrderedDict()

    async def get(self, study: Study, run: str, iteration: int, split: Split) -> Features:
        """The features of a split, computed by the network before an iteration of a run.

        `study` asks long questions about the run. Raises NotComputed.
        """
        key = run, iteration, split
        # What is kept is answered beside a computation.
        if key not in self.kept:
            async with self.turn:
                if key not in self.kept:
                    self.kept[key] = await study(partial(_computed, iteration=iteration, split=split))
                    if len(self.kept) > KEPT:
                        self.kept.popitem(last=False)
        self.kept.move_to_end(key)
        return self.kept[key]


def _computed(history: History, iteration: int, split: Split) -> Features:
    return features(history.plan, history.state(iteration), split)
