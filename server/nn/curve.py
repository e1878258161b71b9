"""A function of one number, as explanations name it, write it and evaluate it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one number: its `name` in messages, its `symbol` in formulas, its `value` in float64."""

    name: str
    symbol: str
    value: Callable[[float], float]
