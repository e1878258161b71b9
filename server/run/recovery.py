"""When to write a run into the user's cache, and when to read it. A restarted server continues from there."""

MIN_SECONDS, MIN_SHARE = 0.25, 0.1
"""The computing between two writes of a run: at least so many seconds, and so large a share of all of it."""
FAR = 50
"""The number of iterations from which reading the cache is faster than computing."""


def is_due(seconds: float, kept: float) -> bool:
    """True if a run is to be written again after `seconds` of computing, of which `kept` are in the cache.

    The number of writes grows with the logarithm of `seconds`.
    """
    return seconds - kept >= max(MIN_SECONDS, MIN_SHARE * seconds)


def is_worth_keeping(computed: int, seconds: float, kept: float) -> bool:
    """True if a run is to be written when the server ends: it has more than FAR iterations, and some new."""
    return computed > FAR and seconds > kept


def is_far(iteration: int, computed: int) -> bool:
    """True if `iteration` is at least FAR beyond the `computed` ones, so that the cache is read first."""
    return iteration - computed >= FAR
