"""An outbox sends the newest of each kind, no more often than its interval."""

import asyncio

from server.web.outbox import Outbox
from tests.scenes import played
from tests.waiting import PATIENCE

LONG = 3600.0
"""An interval that no test waits for."""


def test_a_kind_is_sent_once_however_often_it_was_put_and_the_first_one_comes_first() -> None:
    async def scene() -> None:
        outbox = Outbox({})
        outbox.put("frame", "player")
        outbox.put("progress")
        outbox.put("frame")
        assert await outbox.take(LONG) == ["frame", "player", "progress"]
        assert await outbox.take(0) == []

    played(scene(), PATIENCE)


def test_a_kind_waits_for_its_interval_and_holds_up_no_other() -> None:
    async def scene() -> None:
        outbox = Outbox({"frame": LONG})
        outbox.put("frame")
        assert await outbox.take(LONG) == ["frame"], "the first one is sent at once"
        outbox.put("frame", "player")
        assert await outbox.take(LONG) == ["player"]
        assert await outbox.take(0) == [], "the frame still waits"

    played(scene(), PATIENCE)


def test_a_kind_is_sent_when_its_interval_is_over() -> None:
    async def scene() -> None:
        outbox = Outbox({"frame": 0.01})
        for _ in range(3):
            outbox.put("frame")
            assert await outbox.take(LONG) == ["frame"]

    played(scene(), PATIENCE)


def test_an_interval_can_be_changed_for_what_comes_next() -> None:
    async def scene() -> None:
        outbox = Outbox({"frame": LONG})
        outbox.intervals["frame"] = 0.0
        for _ in range(2):
            outbox.put("frame")
            assert await outbox.take(LONG) == ["frame"]

    played(scene(), PATIENCE)


def test_who_waits_is_woken_by_what_is_put() -> None:
    async def scene() -> None:
        outbox = Outbox({})
        waiting = asyncio.create_task(outbox.take(LONG))
        await asyncio.sleep(0)
        assert not waiting.done()
        outbox.put("player")
        assert await waiting == ["player"]

    played(scene(), PATIENCE)


def test_a_restart_forgets_what_waits_and_sends_at_once() -> None:
    async def scene() -> None:
        outbox = Outbox({"frame": LONG, "progress": LONG})
        outbox.put("frame")
        assert await outbox.take(LONG) == ["frame"]
        outbox.put("leader")
        outbox.restart("progress", "frame")
        assert await outbox.take(LONG) == ["progress", "frame"]
        assert await outbox.take(0) == []

    played(scene(), PATIENCE)
