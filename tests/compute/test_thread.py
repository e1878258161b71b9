"""One thread computes: questions go first, then each training has its turn."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from server.compute.thread import FRAME_SHARE, SLICE_SECONDS, ComputeThread
from tests.scenes import played
from tests.waiting import PATIENCE


@pytest.fixture
def compute() -> Iterator[ComputeThread]:
    compute = ComputeThread()
    yield compute
    compute.close()


class Turns:
    """A training with a number of turns, which notes each of them and its end."""

    def __init__(self, name: str, turns: int, told: list[str], pause: float = 0.0) -> None:
        self.name, self.left, self.told, self.pause = name, turns, told, pause
        self.ended = threading.Event()
        self.error: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def advance(self, seconds: float) -> float | None:
        assert seconds > 0
        self.told.append(self.name)
        self.meanwhile()
        self.left -= 1
        if self.left:
            return self.pause
        self.ended.set()
        return None

    def fail(self, error: Exception) -> None:
        self.error = error
        self.ended.set()


def test_answers_come_from_one_thread_and_errors_reach_the_asker(compute: ComputeThread) -> None:
    async def scene() -> None:
        idents = await asyncio.gather(*(compute.ask(threading.get_ident) for _ in range(20)))
        assert len(set(idents)) == 1
        assert idents[0] != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await compute.ask(lambda: 1 // 0)
        assert await compute.ask(lambda: "still there") == "still there"

    played(scene())


def test_questions_are_answered_in_their_order_before_training_goes_on(compute: ComputeThread) -> None:
    told: list[str] = []
    training = Turns("training", 2, told)
    begun, asked = threading.Event(), threading.Event()
    # The first turn ends when three questions wait.
    training.meanwhile = lambda: begun.set() or (asked.wait(PATIENCE) and None)

    async def scene() -> None:
        compute.train(training)
        await asyncio.to_thread(begun.wait, PATIENCE)
        questions = [
            asyncio.create_task(compute.ask(lambda i=i: told.append(f"question {i}"))) for i in range(3)
        ]
        await asyncio.sleep(0.01)
        asked.set()
        await asyncio.gather(*questions)

    played(scene())
    assert training.ended.wait(PATIENCE)
    assert told == ["training", "question 0", "question 1", "question 2", "training"]


def test_runs_in_training_take_turns(compute: ComputeThread) -> None:
    told: list[str] = []
    began = threading.Event()
    trainings = [Turns(name, 3, told) for name in "abc"]
    trainings[0].meanwhile = lambda: began.wait(PATIENCE) and None
    for training in trainings:
        compute.train(training)
    began.set()
    assert all(training.ended.wait(PATIENCE) for training in trainings)
    assert told == list("abcabcabc")


def test_training_that_is_wanted_again_keeps_its_place(compute: ComputeThread) -> None:
    told: list[str] = []
    waiting = Turns("waiting", 1, told)
    others = [Turns(name, 3, told) for name in "ab"]
    began = threading.Event()

    def once_more() -> None:
        began.wait(PATIENCE)
        compute.train(waiting)

    for other in others:
        other.meanwhile = once_more
        compute.train(other)
    compute.train(waiting)
    began.set()
    assert waiting.ended.wait(PATIENCE)
    assert told[:3] == ["a", "b", "waiting"]


def test_a_question_can_wait_for_its_turn_among_trainings(compute: ComputeThread) -> None:
    told: list[str] = []
    training = Turns("training", 3, told)
    begun, asked = threading.Event(), threading.Event()
    training.meanwhile = lambda: begun.set() or (asked.wait(PATIENCE) and None)

    async def scene() -> None:
        compute.train(training)
        await asyncio.to_thread(begun.wait, PATIENCE)
        patient = asyncio.create_task(compute.take_turn(lambda: told.append("patient")))
        await asyncio.sleep(0)
        urgent = asyncio.create_task(compute.ask(lambda: told.append("urgent")))
        await asyncio.sleep(0)
        asked.set()
        await asyncio.gather(patient, urgent)

    played(scene())
    assert training.ended.wait(PATIENCE)
    assert told == ["training", "urgent", "patient", "training", "training"]


def test_a_question_that_waits_for_its_turn_ends_with_the_thread(compute: ComputeThread) -> None:
    begun, busy = threading.Event(), threading.Event()

    def first_question() -> None:
        begun.set()
        busy.wait(PATIENCE)

    async def scene() -> None:
        first = asyncio.create_task(compute.ask(first_question))
        await asyncio.to_thread(begun.wait, PATIENCE)
        waiting = asyncio.create_task(compute.take_turn(lambda: 1))
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(compute.close))
        with pytest.raises(RuntimeError, match="has ended"):
            await waiting
        busy.set()
        await asyncio.gather(first, closing)

    played(scene())


def test_training_that_pauses_leaves_its_turns_to_others(compute: ComputeThread) -> None:
    told: list[str] = []
    slow = Turns("slow", 2, told, pause=0.05)
    quick = Turns("quick", 10**9, told)

    def until_slow_has_ended() -> None:
        quick.left = 1 if slow.ended.is_set() else 2

    quick.meanwhile = until_slow_has_ended
    compute.train(slow)
    compute.train(quick)
    assert quick.ended.wait(PATIENCE)
    between = told[told.index("slow") + 1 : -told[::-1].index("slow") - 1]
    assert set(between) == {"quick"}


def test_training_that_fails_is_told_and_the_thread_goes_on(
    compute: ComputeThread, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Turns("broken", 1, [])
    broken.meanwhile = lambda: [][1]
    compute.train(broken)
    assert broken.ended.wait(PATIENCE)
    assert isinstance(broken.error, IndexError)
    assert "A training failed." in caplog.text
    assert played(compute.ask(lambda: 7)) == 7


def test_a_question_whose_asker_has_gone_is_not_answered(compute: ComputeThread) -> None:
    answered: list[int] = []

    async def scene() -> None:
        busy = threading.Event()
        first = asyncio.create_task(compute.ask(lambda: busy.wait(PATIENCE)))
        second = asyncio.create_task(compute.ask(lambda: answered.append(2)))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.wait([second])
        busy.set()
        await first
        await compute.ask(lambda: answered.append(3))

    played(scene())
    assert answered == [3]


def test_after_its_end_nothing_is_computed() -> None:
    compute = ComputeThread()
    assert played(compute.ask(lambda: 1)) == 1
    compute.close()
    with pytest.raises(RuntimeError, match="has ended"):
        played(compute.ask(lambda: 1))
    with pytest.raises(RuntimeError, match="has ended"):
        compute.train(Turns("late", 1, []))


def test_a_thread_that_was_never_asked_ends_too() -> None:
    ComputeThread().close()


def test_frames_take_a_part_of_the_time_of_training() -> None:
    now, told = 0.0, list[str]()
    compute = ComputeThread(clock=lambda: now)
    trainings = [Turns(name, 10**9, told) for name in "abc"]
    begun, asked = threading.Event(), threading.Event()

    def turn() -> None:
        nonlocal now
        now += SLICE_SECONDS
        begun.set()
        asked.wait(PATIENCE)

    def frame() -> None:
        nonlocal now
        now += SLICE_SECONDS
        told.append("frame")

    async def scene() -> None:
        frames = [asyncio.create_task(compute.draw(frame)) for _ in range(20)]
        await asyncio.sleep(0)
        asked.set()
        await asyncio.gather(*frames)

    for training in trainings:
        training.meanwhile = turn
        compute.train(training)
    assert begun.wait(PATIENCE)
    played(scene())
    for training in trainings:
        training.left = 1
    compute.close()
    last = len(told) - told[::-1].index("frame")
    turns = sum(name != "frame" for name in told[:last])
    # The first frame comes after one turn, and each further frame once the one before is paid for.
    assert 19 / FRAME_SHARE <= turns <= 1 + 20 / FRAME_SHARE


def test_a_frame_is_drawn_at_once_if_nothing_trains() -> None:
    compute = ComputeThread(clock=lambda: 0.0)
    assert played(compute.draw(lambda: "frame")) == "frame"
    compute.close()
