"""Text from a client, shortened so that a sentence can quote it."""

LONGEST = 60
"""The maximal number of characters that are quoted."""


def shortened(text: str) -> str:
    """The text, cut off with an ellipsis beyond LONGEST characters."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def quoted(value: object) -> str:
    """The `repr` of a value, shortened."""
    return shortened(repr(value))
