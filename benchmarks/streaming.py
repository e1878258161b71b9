"""The effect of a run at full speed on other clients: `python -m benchmarks.streaming`.

Prints

- the time of a step of another client, on an idle server and while a run trains;
- the events and the iterations per second that reach a page;
- the training speed of one run, and of eight runs together, while a page plays each of them and its stream
  carries all tensors of the stage up to 30 times a second, and while nobody watches. Periods with and without
  pages take turns.
"""

import asyncio
import http.client
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.classroom import HERE, Page, Server, opened, serving

ROUNDS = 3
STEPS = 200
SECONDS = 3.0
SETTLING = 0.5
"""The time after a change before the speed is measured, in seconds."""


def ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> dict[str, object]:
    """Send one request, and return its JSON answer."""
    connection.request(method, path, json.dumps(body or {}), {"Content-Type": "application/json"})
    answer: dict[str, object] = json.loads(connection.getresponse().read())
    return answer


def step_milliseconds(connection: http.client.HTTPConnection, run: object) -> list[float]:
    """The times of STEPS single steps, sorted."""
    times = []
    for _ in range(STEPS):
        began = time.perf_counter()
        ask(connection, "POST", f"/api/runs/{run}/step")
        times.append(1000 * (time.perf_counter() - began))
    return sorted(times)


def events(host: str, run: object) -> tuple[float, float]:
    """The events and the iterations per second of one event stream."""
    connection = http.client.HTTPConnection(host)
    connection.request("GET", f"/api/runs/{run}/events")
    reply = connection.getresponse()
    seen: list[int] = []
    began = time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        if (line := reply.readline()).startswith(b"id: "):
            seen.append(int(line[4:]))
    connection.close()
    return (len(seen) - 1) / SECONDS, (seen[-1] - seen[0]) / SECONDS


@dataclass(frozen=True)
class Speed:
    """Iterations a second, and a second of processor time: that depends less on the rest of the machine."""

    second: float
    processor_second: float


async def watched(server: Server, pages: Sequence[Page]) -> tuple[Speed, float]:
    """The speed of runs that pages play and watch.

    Returns their speed, and the pictures per second of all pages together.
    """
    streams = [asyncio.create_task(page.listen()) for page in pages]
    await asyncio.gather(*(page.play(True) for page in pages))
    await asyncio.sleep(SETTLING)
    frames = sum(page.stream.frames for page in pages)
    rate = await trained(server, pages)
    frames = sum(page.stream.frames for page in pages) - frames
    await asyncio.gather(*(page.play(False) for page in pages))
    for page, stream in zip(pages, streams, strict=True):
        stream.cancel()
        page.stream.close()
    return rate, frames / SECONDS


async def unwatched(server: Server, pages: Sequence[Page]) -> Speed:
    """The speed of the same runs while no page watches."""
    for page in pages:
        await page.connection.ask("POST", f"/api/runs/{page.run}/run", {})
    await asyncio.sleep(SETTLING)
    rate = await trained(server, pages)
    for page in pages:
        await page.connection.ask("POST", f"/api/runs/{page.run}/pause", {})
    return rate


async def trained(server: Server, pages: Sequence[Page]) -> Speed:
    """The speed of runs that train, of all together."""
    before, began = [await page.computed() for page in pages], time.perf_counter()
    processor = server.processor_seconds()
    await asyncio.sleep(SECONDS)
    after, seconds = [await page.computed() for page in pages], time.perf_counter() - began
    iterations = sum(after) - sum(before)
    return Speed(iterations / seconds, iterations / (server.processor_seconds() - processor))


async def compare(server: Server, count: int) -> None:
    """Measure `count` runs with and without a page each, in turns, and print two lines."""
    pages = [await opened(server.port, 100 * count + number, epochs=4000) for number in range(count)]
    rates = [(await unwatched(server, pages), *await watched(server, pages)) for _ in range(ROUNDS)]
    pictures = statistics.median(pictures for _, _, pictures in rates)
    print(f"{count} run{'s' * (count > 1)}, watched with {pictures:.0f} pictures/s:")
    for name, unit in (
        ("second", "a second"),
        ("processor_second", "a second of the server's processor time"),
    ):
        alone, seen = (
            [getattr(speed, name) for speed in column] for column in list(zip(*rates, strict=True))[:2]
        )
        ratio = statistics.median(each / other for each, other in zip(seen, alone, strict=True))
        print(
            f"  iterations {unit}: unwatched {statistics.median(alone):.0f}, "
            f"watched {statistics.median(seen):.0f} ({ratio:.0%})"
        )


def print_steps(idle: Sequence[float], busy: Sequence[float]) -> None:
    """Print the times of steps, in milliseconds and sorted: two lines, and their ratio."""
    for name, times in (("idle", idle), ("while training", busy)):
        print(
            f"step, {name}: median {statistics.median(times):.2f} ms, 95 % {times[int(0.95 * STEPS)]:.2f} ms"
        )
    print(f"ratio of the medians: {statistics.median(busy) / statistics.median(idle):.2f}")


def main() -> None:
    """Measure, and print."""
    with serving(HERE) as server:
        host = f"127.0.0.1:{server.port}"
        connection = http.client.HTTPConnection(host)
        stepped = ask(connection, "POST", "/api/runs", {"seed": 1})["id"]
        trained = ask(connection, "POST", "/api/runs", {"seed": 2, "epochs": 100})["id"]
        step_milliseconds(connection, stepped)
        idle = step_milliseconds(connection, stepped)
        ask(connection, "POST", f"/api/runs/{trained}/run")
        busy = step_milliseconds(connection, stepped)
        events_per_second, iterations_per_second = events(host, trained)
        ask(connection, "POST", f"/api/runs/{trained}/pause")
        print_steps(idle, busy)
        print(f"one stream: {events_per_second:.0f} events/s, {iterations_per_second:.0f} iterations/s")
        for count in (1, 8):
            asyncio.run(compare(server, count))


if __name__ == "__main__":
    main()
