"""How the learning rate changes on its way: pure functions of the iteration."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cos, pi
from typing import Any, ClassVar, Literal

MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Schedule(ABC):
    """By what the learning rate is multiplied at an iteration.

    For the first `warmup` iterations it rises in equal steps to the full one; what a schedule does begins
    after them (Goyal et al. 2017).
    """

    warmup: int = 0
    kind: str = ""

    # Pydantic reads this when a recipe arrives: a field nobody declared is an error, not noise.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    about: ClassVar[str]

    def __post_init__(self) -> None:
        check_iterations("warmup", self.warmup, 0)
        self.check()

    def check(self) -> None:  # noqa: B027 a schedule without numbers of its own has nothing to check
        """ValueError when one of the schedule's own numbers is impossible."""

    def factor(self, iteration: int) -> float:
        """What the learning rate is multiplied with at `iteration`: 0 to 1."""
        if iteration < self.warmup:
            return (iteration + 1) / self.warmup
        return self.after(iteration - self.warmup)

    @abstractmethod
    def after(self, iteration: int) -> float:
        """The factor so many iterations after the warm-up."""


@dataclass(frozen=True, slots=True)
class Constant(Schedule):
    """The same learning rate all the time."""

    kind: Literal["constant"] = "constant"
    about: ClassVar[str] = "The same learning rate all the time."

    def after(self, iteration: int) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class StepDecay(Schedule):
    """After every `every` iterations the learning rate is multiplied by `by`: torch's StepLR."""

    kind: Literal["step"] = "step"
    about: ClassVar[str] = "After every so many iterations the learning rate is multiplied by a number."
    every: int = 1000
    by: float = 0.5

    def check(self) -> None:
        check_iterations("every", self.every, 1)
        if not 0 < self.by <= 1:
            raise ValueError(f"by must be above 0 and at most 1, not {self.by}.")

    def after(self, iteration: int) -> float:
        return float(self.by ** (iteration // self.every))


@dataclass(frozen=True, slots=True)
class Cosine(Schedule):
    """The learning rate falls along half a cosine, `over` so many iterations, to the part `least` of it.

    There it stays. Loshchilov and Hutter 2017; torch's CosineAnnealingLR, which rises again afterwards.
    """

    kind: Literal["cosine"] = "cosine"
    about: ClassVar[str] = (
        "The learning rate falls along half a cosine, over so many iterations, and stays there."
    )
    over: int = 10_000
    least: float = 0.0

    def check(self) -> None:
        check_iterations("over", self.over, 1)
        if not 0 <= self.least <= 1:
            raise ValueError(f"least must be between 0 and 1, not {self.least}.")

    def after(self, iteration: int) -> float:
        done = min(1.0, iteration / self.over)
        return self.least + (1 - self.least) * (1 + cos(pi * done)) / 2


SCHEDULES: tuple[type[Schedule], ...] = (Constant, StepDecay, Cosine)
"""Every schedule that a recipe can name, in the order in which forms offer them."""


def check_iterations(name: str, value: int, least: int) -> None:
    """ValueError unless least <= value <= MOST."""
    if not least <= value <= MOST:
        raise ValueError(f"{name} must be between {least} and {MOST:,} iterations, not {value:,}.")
