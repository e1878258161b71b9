"""A server under the use of a class for a long time: `python -m benchmarks.soak`.

Thirty virtual students open runs of their own, step through them, play, close the page and open another
run, for ten minutes or for `--seconds`. Each has an address of its own of the loopback interface. Prints each
minute the memory, the threads and the open descriptors of the server. In the end it prints how much the
memory has grown after the first two minutes (after the first fifth of a shorter soak), and what threads and
descriptors are left once all have gone. A request that is refused ends the soak with its sentence.

The server listens on the loopback interface. The load ends by itself, and with it the server.
"""

import argparse
import asyncio
import contextlib
import random
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classroom import Server, opened, serving

STUDENTS = 30
SECONDS = 600.0
WARM_UP_SECONDS = 120.0
STEPS = (5, 30)
"""The fewest and the most steps in a run before a student leaves it."""
PLAYED_SECONDS = 2.0
REST_SECONDS = 5.0
"""The time after the last student has gone, in which streams and connections end."""


@dataclass(frozen=True)
class Use:
    """What the server uses at one moment. `megabytes` is its resident memory."""

    megabytes: float
    threads: int
    descriptors: int

    def __str__(self) -> str:
        return f"{self.megabytes:7.1f} MB {self.threads:4} threads {self.descriptors:5} descriptors"


def use_of(server: Server) -> Use:
    """What the server uses now."""
    process = Path(f"/proc/{server.pid}")
    count = [sum(1 for _ in (process / name).iterdir()) for name in ("task", "fd")]
    return Use(server.megabytes(), *count)


async def visit(server: Server, address: str, seed: int, chance: random.Random) -> None:
    """Open a run, step through it, play it for a while, and leave it."""
    page = await opened(server.port, seed, address)
    listening = asyncio.create_task(page.listen())
    try:
        for iteration in range(chance.randint(*STEPS)):
            await page.step(iteration)
            await page.stand(iteration)
            await asyncio.sleep(chance.uniform(0.1, 0.5))
        await page.play(True)
        await asyncio.sleep(PLAYED_SECONDS)
        await page.play(False)
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        page.connection.close()
        page.stream.close()


async def student(server: Server, number: int, until: float) -> int:
    """Visit run after run until this time of the clock; the number of runs."""
    chance, runs = random.Random(number), 0
    address = f"127.0.1.{1 + number % 250}"
    while time.perf_counter() < until:
        await visit(server, address, 100_000 * number + runs, chance)
        runs += 1
    return runs


async def reports(server: Server, began: float, every: float) -> None:
    """Print what the server uses, time after time, until the task is cancelled."""
    while True:
        await asyncio.sleep(every)
        print(f"{time.perf_counter() - began:6.0f} s {use_of(server)}", flush=True)


async def soak(server: Server, students: int, seconds: float) -> None:
    """Use the server for so long, and print what it uses."""
    # The server has loaded everything once it has answered.
    await visit(server, "127.0.1.1", 0, random.Random(0))
    before, began = use_of(server), time.perf_counter()
    warm_up = min(WARM_UP_SECONDS, seconds / 5)
    print(f"before   {before}", flush=True)
    reporting = asyncio.create_task(reports(server, began, min(60.0, seconds / 5)))
    use = asyncio.gather(*(student(server, number, began + seconds) for number in range(students)))
    await asyncio.sleep(warm_up)
    warm = use_of(server)
    runs = sum(await use)
    reporting.cancel()
    last = use_of(server)
    await asyncio.sleep(REST_SECONDS)
    after = use_of(server)
    print(f"after    {after}")
    print(f"{students} students opened and left {runs} runs in {time.perf_counter() - began:.0f} s")
    print(f"memory grew by {last.megabytes - warm.megabytes:.1f} MB after the first {warm_up:.0f} s")
    left = after.threads - before.threads, after.descriptors - before.descriptors
    print("left: {} threads, {} descriptors".format(*left))


def main() -> None:
    """Use a server, and print what it uses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    with serving(Path(__file__).parents[1]) as server:
        asyncio.run(soak(server, options.students, options.seconds))


if __name__ == "__main__":
    main()
