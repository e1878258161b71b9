"""Runs that are kept in the cache, for tests."""

from server.run.checkpoints import read
from server.run.history import History


def restore(history: History) -> bool:
    """Read a run from the cache into a history. True where that has more iterations than the history had."""
    past = read(history.plan)
    return past is not None and history.adopt(past)
