from server.run.recovery import FAR, is_due, is_far, is_worth_keeping


def test_a_run_is_due_after_a_quarter_of_a_second_of_computing() -> None:
    assert [is_due(seconds, 0) for seconds in (0, 0.24, 0.25, 3)] == [False, False, True, True]
    assert [is_due(seconds, 0.25) for seconds in (0.25, 0.49, 0.5)] == [False, False, True]


def test_a_long_run_is_due_after_a_tenth_of_all_its_computing() -> None:
    assert [is_due(seconds, 90) for seconds in (99, 100, 101)] == [False, True, True]


def test_an_hour_of_computing_is_kept_less_than_a_hundred_times() -> None:
    kept = times = 0
    for tenths in range(36_000):
        if is_due(tenths / 10, kept):
            kept, times = tenths / 10, times + 1
    assert 50 < times < 100


def test_a_run_that_ends_is_worth_keeping_when_it_is_long_and_not_yet_kept() -> None:
    assert not is_worth_keeping(FAR, 5, 0)
    assert is_worth_keeping(FAR + 1, 5, 0)
    assert not is_worth_keeping(FAR + 1, 5, 5)


def test_an_iteration_is_far_when_it_is_fifty_beyond_what_is_computed() -> None:
    assert [is_far(iteration, 100) for iteration in (99, 149, 150)] == [False, False, True]
