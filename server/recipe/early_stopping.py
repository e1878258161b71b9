"""Early stopping: a run ends when the loss on its monitored split no longer falls."""

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any, ClassVar, Literal

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Off:
    """The run ends with its last epoch."""

    kind: Literal["off"] = "off"

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}
    about: ClassVar[str] = "The run goes on to the end of its last epoch."


@dataclass(frozen=True, slots=True)
class Patience:
    """The run ends after `patience` evaluations without an improvement (Prechelt 1998).

    An improvement is a loss more than `minimum_improvement` below that of the last improvement. ValueError
    when `patience` is not in 1..MOST, or `minimum_improvement` is negative or not finite.
    """

    patience: int = 5
    minimum_improvement: float = 0.0
    kind: Literal["patience"] = "patience"

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}
    about: ClassVar[str] = (
        "The run is evaluated up to 20 times an epoch, on examples that it does not learn from. It ends when "
        "as many evaluations as the patience says have not brought that loss down by more than the minimum "
        "improvement."
    )

    def __post_init__(self) -> None:
        if not 1 <= self.patience <= MOST:
            raise ValueError(f"The patience is between 1 and {MOST:,} evaluations, not {self.patience}.")
        if not (isfinite(self.minimum_improvement) and self.minimum_improvement >= 0):
            raise ValueError(
                f"The minimum improvement is a number from 0 on, not {self.minimum_improvement}."
            )


Stopping = Off | Patience


@dataclass(frozen=True, slots=True)
class Watch:
    """A summary of the losses so far.

    `reference` is the loss of the last improvement, `waited` the number of evaluations since then. `lowest`
    is the lowest loss, after `lowest_at` iterations.
    """

    reference: float = inf
    waited: int = 0
    lowest: float = inf
    lowest_at: int = 0

    def seen(self, rule: Stopping, iteration: int, loss: float) -> "Watch":
        """The summary with one more loss, that after `iteration` iterations."""
        known = replace(self, lowest=loss, lowest_at=iteration) if loss < self.lowest else self
        least = rule.minimum_improvement if isinstance(rule, Patience) else 0
        if loss < self.reference - least:
            return replace(known, reference=loss, waited=0)
        return replace(known, waited=self.waited + 1)

    def is_over(self, rule: Stopping) -> bool:
        """True when the patience is used up."""
        return isinstance(rule, Patience) and self.waited >= rule.patience
