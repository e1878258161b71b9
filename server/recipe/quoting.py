"""A client's own words, short enough to stand in one of our sentences."""

LONGEST = 60
"""How many characters of them are repeated."""


def shortened(text: str) -> str:
    """The text, cut off with an ellipsis where it is longer than LONGEST characters."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def quoted(value: object) -> str:
    """The value as it would stand in a program, shortened."""
    return shortened(repr(value))
