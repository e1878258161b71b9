"""The helpers with which other tests wait."""

import pytest

from tests.waiting import wait_until, while_it_progresses


def test_wait_until_returns_once_the_condition_holds() -> None:
    answers = iter([0, None, 1])
    wait_until(lambda: next(answers))
    assert list(answers) == []


def test_wait_until_fails_when_its_patience_ends() -> None:
    with pytest.raises(AssertionError, match=r"within 0\.02 s"):
        wait_until(lambda: False, 0.02)


def test_a_long_wait_is_repeated_for_as_long_as_there_is_progress() -> None:
    done = iter([False, False, True])

    def wait() -> None:
        assert next(done)

    steps = iter(range(10))
    while_it_progresses(wait, lambda: next(steps))
    assert list(done) == []
    assert next(steps) == 3, "progress is looked at once before, and after each failure"


def test_a_long_wait_without_progress_fails_as_its_condition_does() -> None:
    tries: list[int] = []

    def wait() -> None:
        tries.append(1)
        raise AssertionError("still 12 %")

    with pytest.raises(AssertionError, match="still 12 %"):
        while_it_progresses(wait, lambda: 12)
    assert len(tries) == 1
