"""The tracer runs a function line by line, finds the line that made a result, and disturbs no other
tracer."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from server.explain.lens.statements import statements, unpacked
from server.explain.lens.tracer import Listing, Note, execute, listing, listings, made_by
from server.nn.arrays import Array


def marked(shown: Listing, mark: str) -> list[str]:
    return [line.text.strip() for line in shown.lines if line.mark == mark]


def notes(shown: Listing, text: str) -> tuple[Note, ...]:
    (line,) = (line for line in shown.lines if line.text.strip() == text)
    return line.notes


def doubled(x: Array) -> Array:
    result = np.zeros_like(x)
    result += x + x
    return result


def fourfold(x: Array, extra: dict[str, Array]) -> tuple[Array, int]:
    twice = doubled(x)
    count = (
        len(x)
        + 1
    )  # fmt: skip
    out = doubled(twice)
    other = out * 2
    return out.reshape(-1, 1), count + other.ndim


def summed(x: Array, index: tuple[int, int]) -> float:
    i, j = index
    total = 0.0
    for k in range(len(x)):
        value = x[k] + 0 * (i + j)
        total += value
    return float(total)


def failing(x: Array) -> Array:
    return x[7:].reshape(5)


def test_the_call_that_made_the_result_is_followed_to_its_line() -> None:
    x = np.ones(3)
    run = execute(fourfold, x, {"y": np.zeros((2, 2))})
    shown = listings(run, run.result[0])
    assert [found.name for found in shown] == ["fourfold", "doubled"]
    assert marked(shown[0], "part") == ["out = doubled(twice)"]
    assert marked(shown[0], "lit") == []
    assert marked(shown[1], "lit") == ["result += x + x"]
    assert notes(shown[0], "out = doubled(twice)") == (
        Note.of_array("doubled()", (3,)),
        Note.of_array("out", (3,)),
    )
    assert notes(shown[0], "count = (") == (Note.of_number("count", 4.0),)
    assert shown[0].lines[0].notes == (Note.of_array("x", (3,)), Note.of_array("y", (2, 2)))


class Halves:
    @property
    def half(self) -> float:
        return 0.5


def of_halves(halves: Halves, x: Array) -> Array:
    return halves.half * x


def test_a_property_is_followed_like_any_other_call() -> None:
    made = execute(of_halves, Halves(), np.ones(2))
    assert marked(listings(made, made.result)[-1], "lit") == ["return halves.half * x"]


def test_a_statement_of_several_lines_is_lit_as_a_whole() -> None:
    run = execute(fourfold, np.ones(3), {})
    (line,) = (line for line in run.ran if "count" in statements(run.code)[line].writes)
    assert marked(listing(run, (line,)), "lit") == ["count = (", "len(x)", "+ 1", ")  # fmt: skip"]


def test_the_line_that_adds_up_is_lit_with_its_sum_and_numbers_that_change_are_left_out() -> None:
    run = execute(summed, np.arange(4.0), (1, 2))
    lit, parts = made_by(run, run.result)
    shown = listing(run, (lit,), parts)
    assert marked(shown, "lit") == ["total += value"]
    assert marked(shown, "part") == ["total = 0.0"]
    assert notes(shown, "total += value") == (Note.of_number("total", 6.0),)
    assert notes(shown, "value = x[k] + 0 * (i + j)") == ()
    assert shown.lines[0].notes == (Note.of_array("x", (4,)), Note.of_index("index", (1, 2)))
    assert notes(shown, "i, j = index") == (Note.of_number("i", 1.0), Note.of_number("j", 2.0))
    assert unpacked(summed, "index") == ("i", "j")
    assert unpacked(doubled, "index") == ()


def test_a_sum_without_terms_is_made_where_it_begins() -> None:
    run = execute(summed, np.empty(0), (0, 0))
    lit, parts = made_by(run, run.result)
    assert marked(listing(run, (lit,), parts), "lit") == ["total = 0.0"]


def test_after_the_line_limit_no_stale_value_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.explain.lens.tracer.MAX_LINES", 50)
    run = execute(summed, np.ones(1000), (0, 0))
    assert run.result == 1000
    lit, parts = made_by(run, run.result)
    shown = listing(run, (lit,), parts)
    assert marked(shown, "lit") == ["total += value"]
    assert notes(shown, "total += value") == ()
    assert notes(shown, "i, j = index") != ()


def test_an_installed_tracer_is_restored_and_other_threads_are_not_traced() -> None:
    def mine(frame: Any, event: str, argument: Any) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(mine)
    try:
        execute(doubled, np.ones(2))
        after = sys.gettrace()
        with pytest.raises(ValueError, match="reshape"):
            execute(failing, np.ones(9))
        after_failure = sys.gettrace()
    finally:
        sys.settrace(before)
    assert (after, after_failure) == (mine, mine)
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda n: execute(fourfold, np.ones(n), {}), range(1, 40)))
    assert [len(run.result[0]) for run in runs] == list(range(1, 40))
    assert all(len(run.calls) == 2 for run in runs)
