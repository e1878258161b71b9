"""Schedules: their definitions, and what is refused."""

import math
from collections.abc import Callable

import pytest

from server.nn.schedules import Constant, Cosine, Schedule, StepDecay


def factors(schedule: Schedule, *iterations: int) -> list[float]:
    return [schedule.factor(iteration) for iteration in iterations]


def test_a_constant_rate_stays() -> None:
    assert factors(Constant(), 0, 10, 10**6) == [1, 1, 1]


def test_steps_multiply_again_and_again() -> None:
    assert factors(StepDecay(every=10, by=0.5), 0, 9, 10, 19, 20, 35) == [1, 1, 0.5, 0.5, 0.25, 0.125]


def test_a_cosine_falls_from_the_whole_rate_to_the_least_and_stays() -> None:
    cosine = Cosine(over=100, least=0.2)
    assert factors(cosine, 0, 50, 100, 1000) == pytest.approx([1, 0.6, 0.2, 0.2])
    assert cosine.factor(25) == pytest.approx(0.2 + 0.8 * (1 + math.cos(math.pi / 4)) / 2)
    fall = factors(cosine, *range(101))
    assert fall == sorted(fall, reverse=True)


@pytest.mark.parametrize("schedule", [Constant(4), StepDecay(4, every=2, by=0.5), Cosine(4, over=10)])
def test_a_warm_up_rises_in_equal_steps_and_then_the_schedule_begins(schedule: Schedule) -> None:
    assert factors(schedule, 0, 1, 2, 3) == [0.25, 0.5, 0.75, 1]
    cold = type(schedule)(
        **{name: getattr(schedule, name) for name in ("every", "by", "over") if hasattr(schedule, name)}
    )
    assert factors(schedule, *range(4, 20)) == factors(cold, *range(16))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Constant(-1), "warmup must be between 0 and 10,000,000 iterations, not -1"),
        (lambda: StepDecay(every=0), "every must be between 1"),
        (lambda: StepDecay(by=0), "by must be above 0 and at most 1, not 0"),
        (lambda: Cosine(over=0), "over must be between 1"),
        (lambda: Cosine(least=2), "least must be between 0 and 1, not 2"),
    ],
)
def test_impossible_schedules_are_refused(make: Callable[[], Schedule], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
