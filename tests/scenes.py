"""Coroutines in tests: each runs in a loop of a thread of its own.

The browser tests keep a loop in the main thread of their process, and `asyncio.run`
is refused there from then on.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def played(scene: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
    """The result of a coroutine. TimeoutError when it takes longer than `seconds`."""

    async def timed() -> T:
        async with asyncio.timeout(seconds):
            return await scene

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, timed()).result()
