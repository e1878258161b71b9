"""Schedules: their definitions and the bounds of their settings."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from server.nn.schedules import SCHEDULES, Constant, Cosine, Schedule, StepDecay

CASES: list[Schedule] = [Constant(), StepDecay(every=2, by=0.5), Cosine(over=10, least=0.1)]
every_schedule = pytest.mark.parametrize("schedule", CASES, ids=lambda schedule: schedule.kind)


def factors(schedule: Schedule, *iterations: int) -> list[float]:
    return [schedule.factor(iteration) for iteration in iterations]


def test_every_schedule_has_a_case() -> None:
    assert [type(schedule) for schedule in CASES] == [*SCHEDULES]


@every_schedule
def test_the_factor_starts_at_1_and_stays_between_0_and_1(schedule: Schedule) -> None:
    assert schedule.factor(0) == 1
    assert all(0 <= factor <= 1 for factor in factors(schedule, *range(100), 10**7))
    assert schedule.about.endswith(".")


def test_a_constant_rate_stays() -> None:
    assert factors(Constant(), 0, 10, 10**6) == [1, 1, 1]


def test_step_decay_multiplies_after_every_interval() -> None:
    assert factors(StepDecay(every=10, by=0.5), 0, 9, 10, 19, 20, 35) == [1, 1, 0.5, 0.5, 0.25, 0.125]
    assert factors(StepDecay(every=1, by=0.5), 0, 1, 2) == [1, 0.5, 0.25]


def test_a_cosine_falls_from_the_whole_rate_to_the_least_and_stays() -> None:
    cosine = Cosine(over=100, least=0.2)
    assert factors(cosine, 0, 50, 100, 101, 1000) == pytest.approx([1, 0.6, 0.2, 0.2, 0.2])
    assert cosine.factor(25) == pytest.approx(0.2 + 0.8 * (1 + math.cos(math.pi / 4)) / 2)
    assert cosine.factor(99) > 0.2
    fall = factors(cosine, *range(101))
    assert fall == sorted(fall, reverse=True)


@every_schedule
def test_a_warm_up_rises_in_equal_steps_and_then_the_schedule_begins(schedule: Schedule) -> None:
    warm = replace(schedule, warmup=4)
    assert factors(warm, 0, 1, 2, 3) == [0.25, 0.5, 0.75, 1]
    assert factors(warm, *range(4, 20)) == factors(schedule, *range(16))


@every_schedule
def test_a_warm_up_of_one_iteration_changes_nothing_but_the_start(schedule: Schedule) -> None:
    assert factors(replace(schedule, warmup=1), 0, 1, 2) == [1, *factors(schedule, 0, 1)]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Constant(-1), "warmup must be between 0 and 10,000,000 iterations, not -1"),
        (lambda: StepDecay(every=0), "every must be between 1"),
        (lambda: StepDecay(by=0), "by must be above 0 and at most 1, not 0"),
        (lambda: StepDecay(by=1.5), "by must be above 0 and at most 1, not 1.5"),
        (lambda: Cosine(over=0), "over must be between 1"),
        (lambda: Cosine(least=2), "least must be between 0 and 1, not 2"),
    ],
)
def test_impossible_schedules_are_refused(make: Callable[[], Schedule], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
