"""Learning rate schedules: pure functions of the iteration."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cos, pi
from typing import Any, ClassVar, Literal

MOST = 10_000_000


@dataclass(frozen=True, slots=True)
class Schedule(ABC):
    """The factor of the learning rate, iteration by iteration. Its fields are its hyper-parameters.

    For the first `warmup` iterations the factor rises in equal steps to 1, and the schedule itself begins
    after them (Goyal et al. 2017, "Accurate, Large Minibatch SGD"). A new schedule is a frozen dataclass with
    slots here, an entry in `SCHEDULES`, and its cases in `tests/nn/test_schedules.py`.
    """

    warmup: int = 0
    kind: str = ""

    # Pydantic reads this when a recipe arrives: a field that is not declared is an error.
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    about: ClassVar[str]
    """What it does, in a sentence for the page."""

    def __post_init__(self) -> None:
        check_iterations("warmup", self.warmup, 0)
        self.check()

    def check(self) -> None:  # noqa: B027 a schedule without hyper-parameters of its own checks nothing
        """Raise ValueError when one of the schedule's own hyper-parameters is out of range."""

    def factor(self, iteration: int) -> float:
        """The factor at `iteration`, counted from 0: a number from 0 to 1."""
        if iteration < self.warmup:
            return (iteration + 1) / self.warmup
        return self.factor_after(iteration - self.warmup)

    @abstractmethod
    def factor_after(self, iteration: int) -> float:
        """The factor at `iteration`, counted from the end of the warm-up."""


@dataclass(frozen=True, slots=True)
class Constant(Schedule):
    """The same learning rate all the time."""

    kind: Literal["constant"] = "constant"
    about: ClassVar[str] = "The same learning rate all the time."

    def factor_after(self, iteration: int) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class StepDecay(Schedule):
    """The learning rate is multiplied by `by` after every `every` iterations, as by PyTorch's StepLR."""

    kind: Literal["step"] = "step"
    about: ClassVar[str] = "After every so many iterations the learning rate is multiplied by a number."
    every: int = 1000
    by: float = 0.5

    def check(self) -> None:
        check_iterations("every", self.every, 1)
        if not 0 < self.by <= 1:
            raise ValueError(f"by must be above 0 and at most 1, not {self.by}.")

    def factor_after(self, iteration: int) -> float:
        return float(self.by ** (iteration // self.every))


@dataclass(frozen=True, slots=True)
class Cosine(Schedule):
    """The learning rate falls along half a cosine, over `over` iterations, to the fraction `least` of it.

    It stays there (Loshchilov and Hutter 2017, "SGDR"). PyTorch's CosineAnnealingLR is the same for the first
    `over` iterations, and rises again afterwards.
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

    def factor_after(self, iteration: int) -> float:
        progress = min(1.0, iteration / self.over)
        return self.least + (1 - self.least) * (1 + cos(pi * progress)) / 2


SCHEDULES: tuple[type[Schedule], ...] = (Constant, StepDecay, Cosine)
"""Every schedule that a recipe can name, in the order in which forms offer them."""


def check_iterations(name: str, value: int, least: int) -> None:
    """Raise ValueError unless least <= value <= MOST."""
    if not least <= value <= MOST:
        raise ValueError(f"{name} must be between {least} and {MOST:,} iterations, not {value:,}.")
