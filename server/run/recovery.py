"""When a run is kept in the user's cache, for another server to go on from there, and when it is read."""

MIN_SECONDS, MIN_SHARE = 0.25, 0.1
"""A run is kept again after so much more computing: seconds, and the share of all its computing."""
FAR = 50
"""So many iterations are computed sooner than they are read."""


def is_due(seconds: float, kept: float) -> bool:
    """True when a run is to be kept again, after `seconds` of computing, of which `kept` are in the cache.

    The number of files that are written grows with the logarithm of the time.
    """
    return seconds - kept >= max(MIN_SECONDS, MIN_SHARE * seconds)


def is_worth_keeping(computed: int, seconds: float, kept: float) -> bool:
    """True when a run that ends now is to be kept: more is computed than is kept, and than is FAR."""
    return computed > FAR and seconds > kept


def is_far(iteration: int, computed: int) -> bool:
    """True when an iteration is so far beyond what is computed that the cache is read first."""
    return iteration - computed >= FAR
