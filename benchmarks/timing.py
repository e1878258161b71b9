"""How the benchmarks take times: in turns, so that a busy machine slows down all alike."""

import math
import statistics
import time
from collections.abc import Callable, Sequence

TURN = 0.02
"""Seconds that one of several competitors runs before the next does."""

Timer = Callable[[int], float]
"""Runs something `count` times, and returns the seconds of one run."""


def processor_timer(function: Callable[[], object]) -> Timer:
    """A timer of a function, in seconds of processor time."""

    def timer(count: int) -> float:
        began = time.process_time()
        for _ in range(count):
            function()
        return (time.process_time() - began) / count

    return timer


def medians(timers: Sequence[Timer], seconds: float, turn: float = TURN) -> list[float]:
    """The median microseconds of each timer.

    After a warm-up they take turns of `turn` seconds each until the total is `seconds`, and at least seven
    turns each. With `turn` 0 a turn is a single run.
    """
    for timer in timers:
        timer(5)
    counts = [max(1, round(turn / timer(2))) for timer in timers]
    times: list[list[float]] = [[] for _ in timers]
    total = 0.0
    while total < seconds or len(times[0]) < 7:
        for taken, timer, count in zip(times, timers, counts, strict=True):
            taken.append(timer(count))
            total += taken[-1] * count
    return [1e6 * statistics.median(taken) for taken in times]


def milliseconds(function: Callable[[], object], rounds: int) -> float:
    """The median milliseconds of a call, in wall time."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def geometric_mean(numbers: Sequence[float]) -> float:
    """The geometric mean of positive numbers."""
    return math.exp(statistics.fmean(map(math.log, numbers)))
