"""Early stopping: a run ends when its loss on examples that it does not learn from falls no longer."""

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any, ClassVar, Literal

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Off:
    """The run goes on to the end of its last epoch."""

    kind: Literal["off"] = "off"

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}
    about: ClassVar[str] = "The run goes on to the end of its last epoch."


@dataclass(frozen=True, slots=True)
class Patience:
    """The run ends when for `patience` evaluations the loss has not fallen by more than
    `minimum_improvement` below what it was when it last did (Prechelt 1998)."""

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
    """What is known of the losses seen so far.

    `reference` is the one that last was an improvement, `waited` counts the evaluations since; `lowest` is
    the lowest of all, seen after `lowest_at` iterations.
    """

    reference: float = inf
    waited: int = 0
    lowest: float = inf
    lowest_at: int = 0

    def seen(self, rule: Stopping, iteration: int, loss: float) -> "Watch":
        """What is known with one more loss, that after `iteration` iterations."""
        known = replace(self, lowest=loss, lowest_at=iteration) if loss < self.lowest else self
        least = rule.minimum_improvement if isinstance(rule, Patience) else 0
        if loss < self.reference - least:
            return replace(known, reference=loss, waited=0)
        return replace(known, waited=self.waited + 1)

    def is_over(self, rule: Stopping) -> bool:
        """Whether the run has waited long enough."""
        return isinstance(rule, Patience) and self.waited >= rule.patience
