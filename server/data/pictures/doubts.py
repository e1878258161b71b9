"""What may have gone wrong when a digit was read from a picture."""

from dataclasses import dataclass
from typing import Literal

from server.data.pictures.components import Component
from server.data.pictures.corrections import Corrections

DoubtKey = Literal["several", "at_border", "faint"]

FAINT_CONTRAST = 0.15
"""Ink with less contrast may be incomplete."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that may have gone wrong, and what a person can do about it."""

    key: DoubtKey
    words: str


def find_doubts(
    digits: tuple[Component, ...], corrections: Corrections, contrast: float
) -> tuple[Doubt, ...]:
    """The doubts about a picture with these digits, whose ink has this contrast (0 to 1)."""
    doubts = []
    if len(digits) > 1 and corrections.chosen is None:
        doubts.append(
            Doubt(
                "several",
                f"{len(digits)} digits were found, and the one with most ink was taken. "
                "Choose another if you mean another.",
            )
        )
    if any(digit.at_border for digit in digits) and corrections.crop is None:
        doubts.append(
            Doubt("at_border", "It touches the border of the picture: a part of it may be missing.")
        )
    if contrast < FAINT_CONTRAST:
        doubts.append(
            Doubt("faint", f"The ink is only {contrast:.0%} darker than the paper: a part of it may be lost.")
        )
    return tuple(doubts)
