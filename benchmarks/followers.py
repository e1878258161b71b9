"""A leader with 500 followers: `python -m benchmarks.followers`.

One page leads and steps twice a second. Its followers, each on a connection of its own from one of many
loopback addresses, read the frames of the layer in focus. Prints the time from the leader's command to the
frame of a follower (50, 95 and 99 %), the processor time of the server, its memory above idle, and the bytes
that one follower gets.

The server listens on the loopback interface. The load ends by itself, and with it the server.
"""

import argparse
import asyncio
import contextlib
import json
import secrets
import time
from dataclasses import dataclass, field

from benchmarks.classroom import HERE, Connection, serving

NAMES = ("conv1.*",)
MOVES_A_SECOND = 2.0
ADDRESSES = 100


@dataclass
class Audience:
    """What the followers got. Times are in milliseconds."""

    sent: dict[int, float] = field(default_factory=dict)
    """When the leader's command for an iteration was sent."""
    delays: list[float] = field(default_factory=list)
    received: int = 0

    async def follow(self, connection: Connection, path: str) -> None:
        """Read a leader's stream until the task is cancelled."""
        reader = await connection.send("GET", path)
        is_frame = False
        while line := await reader.readline():
            self.received += len(line)
            if is_frame and line.startswith(b"data:"):
                number = json.loads(line[5:])["iteration"]
                if (sent := self.sent.get(number)) is not None:
                    self.delays.append(1000 * (time.perf_counter() - sent))
            is_frame = line.startswith(b"event:") and line[6:].strip() == b"frame"


async def measure(followers: int, seconds: float) -> None:
    """Measure one leader with its followers, and print a table."""
    flags = ("--max-streams", str(followers + 8))
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(serving(HERE, flags))
        leader = Connection(server.port)
        run = json.loads(
            await leader.ask("POST", "/api/runs", json.loads(await leader.ask("GET", "/api/recipe")))
        )
        path, player = f"/api/runs/{run['id']}/iterations", f"/api/players/{secrets.token_hex(16)}"
        await leader.ask("PUT", player, {"run": run["id"]})
        token = json.loads(await leader.ask("POST", f"{player}/lead"))["leading"]
        idle, audience = server.megabytes(), Audience()
        names = "".join(f"&names={name}" for name in NAMES)
        streams = [
            asyncio.create_task(
                audience.follow(
                    Connection(server.port, f"127.0.1.{1 + number % ADDRESSES}"),
                    f"/api/leaders/{token}/events?arrays=shades{names}",
                )
            )
            for number in range(followers)
        ]
        await asyncio.sleep(2)
        began, processor = time.perf_counter(), server.processor_seconds()
        audience.received, iteration = 0, 0
        while (now := time.perf_counter()) < began + seconds:
            await leader.ask("POST", f"{path}/{iteration}", {"since": iteration})
            audience.sent[iteration] = time.perf_counter()
            moment = {"iteration": iteration, "position": run["positions"]}
            await leader.ask("PUT", player, {"run": run["id"], "moment": moment})
            iteration += 1
            await asyncio.sleep(max(0.0, 1 / MOVES_A_SECOND - (time.perf_counter() - now)))
        await asyncio.sleep(1)
        elapsed = time.perf_counter() - began
        load = (server.processor_seconds() - processor) / elapsed
        times = sorted(audience.delays)
        p50, p95, p99 = (times[int(part * (len(times) - 1))] for part in (0.5, 0.95, 0.99))
        print(f"{followers} followers of a leader who moves {MOVES_A_SECOND:g} times a second")
        heads = f"{'frames':>8} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7}"
        print(f"{heads} {'core':>6} {'MB more':>8} {'kB/s each':>10}")
        print(
            f"{len(times) / (iteration * followers):8.1%} {p50:7.0f} {p95:7.0f} {p99:7.0f} {load:6.0%} "
            f"{server.megabytes() - idle:8.0f} {audience.received / elapsed / followers / 1000:10.1f}"
        )
        for stream in streams:
            stream.cancel()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--followers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    asyncio.run(measure(options.followers, options.seconds))


if __name__ == "__main__":
    main()
