"""A class on one server: `python -m benchmarks.classroom`.

Thirty students step through runs of their own twice a second, each step as the page makes it: one request
that computes an iteration and returns the picture of the stage. Eight more play at full speed and get up to
30 pictures a second. All have an event stream. Code that knows no players gets the requests that its page
makes: two for a step, and up to 28 pictures a second that are read one by one. Prints the time from a step to
its picture (50, 95 and 99 %), the training of all players, and the processor time and memory of the server.
`--against PATH` measures the code of another checkout too, in turns.

The server listens on the loopback interface. The load ends by itself, and with it the servers.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
STEPS_A_SECOND = 2.0
PICTURES_A_SECOND = 28.0
OFF_STAGE = ("before", "after")
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server of a checkout, in a process of its own."""

    folder: Path
    port: int
    pid: int

    def processor_seconds(self) -> float:
        """The processor time that it has taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def megabytes(self) -> float:
        """The memory that it has at the moment."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        assert found is not None
        return int(found[1]) / 1024


@contextlib.contextmanager
def serving(folder: Path, flags: Sequence[str] = ()) -> Iterator[Server]:
    """A server of the code in `folder`, for as long as the context lasts."""
    command = [sys.executable, "-m", "server", "--port", "0", "--no-open", *flags]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
                    yield Server(folder, int(found[1]), process.pid)
                    break
        finally:
            process.kill()


class Connection:
    """A connection that is kept open, as a browser keeps it, with its cookies."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.port = port
        self.address = address
        self.cookie = ""
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None
        self.frames = 0

    async def send(self, method: str, path: str, body: Any = None) -> asyncio.StreamReader:
        """Send a request; what its reply is read from."""
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", self.port, limit=2**22, local_addr=(self.address, 0)
            )
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: {len(data)}\r\n"
        self.writer.write(f"{head}Content-Type: application/json\r\n{self.cookie}\r\n".encode() + data)
        await self.writer.drain()
        return self.reader

    async def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """The body of the reply to a request. RuntimeError where it is refused."""
        try:
            reader = await self.send(method, path, body)
            head = await reader.readline()
        except ConnectionResetError:
            head = b""
        if not head:
            # The server has closed a connection that was idle for long.
            self.close()
            reader = await self.send(method, path, body)
            head = await reader.readline()
        status = int(head.split()[1])
        length = 0
        while (line := await reader.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"set-cookie":
                self.cookie = f"Cookie: {value.partition(b';')[0].strip().decode()}\r\n"
        content = await reader.readexactly(length)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {content[:200]!r}")
        return content

    async def read_all(self, path: str) -> None:
        """Read an event stream until it ends or the task is cancelled, and count its frames."""
        reader = await self.send("GET", path)
        while line := await reader.readline():
            self.frames += line == b"event: frame\n"

    def close(self) -> None:
        """Close it; the next request opens it anew."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


@dataclass
class Measured:
    """What one server did under the load, over all its turns. Times are in milliseconds."""

    steps: list[float] = field(default_factory=list)
    pictures: int = 0
    trained: int = 0
    seconds: float = 0
    processor_seconds: float = 0
    megabytes: float = 0

    def print(self, name: str) -> None:
        """Print it as a row of the table."""
        times = sorted(self.steps)
        p50, p95, p99 = (times[min(len(times) - 1, int(part * len(times)))] for part in (0.5, 0.95, 0.99))
        load = self.processor_seconds / self.seconds
        print(
            f"{name:<10} {len(times) / self.seconds:7.1f} {p50:7.0f} {p95:7.0f} {p99:7.0f} "
            f"{self.trained / self.seconds:12.0f} {self.pictures / self.seconds:10.0f} {load:8.0%} "
            f"{self.megabytes:6.0f}"
        )


@dataclass(frozen=True)
class Page:
    """A page of somebody in the class: its run, and what it reads of an iteration."""

    connection: Connection
    run: str
    names: Sequence[str]
    player: str | None
    """The page's player; None where the server knows no players."""
    stream: Connection

    @property
    def query(self) -> str:
        """The names, as parameters of an address."""
        return "".join(f"&names={name}" for name in self.names)

    async def step(self, iteration: int) -> None:
        """Compute an iteration, and read its picture."""
        path = f"/api/runs/{self.run}"
        if self.player is not None:
            body = {"names": self.names, "since": iteration}
            await self.connection.ask("POST", f"{path}/iterations/{iteration}", body)
        else:
            await self.connection.ask("POST", f"{path}/seek", {"iteration": iteration})
            await self.picture(iteration)

    async def stand(self, iteration: int) -> None:
        """Say where the page stands, as it does after a step."""
        if self.player is not None:
            await self.command(moment={"iteration": iteration, "position": 0})

    async def play(self, playing: bool) -> None:
        """Play at full speed, or pause."""
        if self.player is not None:
            await self.command(playing=playing, names=self.names)
        else:
            await self.connection.ask("POST", f"/api/runs/{self.run}/{'run' if playing else 'pause'}", {})

    async def command(self, **wishes: Any) -> None:
        """Say what the page wishes."""
        await self.connection.ask("PUT", f"/api/players/{self.player}", {"run": self.run} | wishes)

    async def listen(self) -> None:
        """Read the page's event stream, until the task is cancelled."""
        self.stream.cookie = self.connection.cookie
        owner = f"runs/{self.run}" if self.player is None else f"players/{self.player}"
        await self.stream.read_all(f"/api/{owner}/events?since=0")

    async def picture(self, iteration: int) -> None:
        """Read the picture of an iteration."""
        await self.connection.ask("GET", f"/api/runs/{self.run}/iterations/{iteration}?example=0{self.query}")

    async def computed(self) -> int:
        """How many iterations of its run are computed."""
        reply = await self.connection.ask("GET", f"/api/runs/{self.run}/timeline?since=999999999")
        return int(json.loads(reply)["computed"])


async def opened(port: int, seed: int, address: str = "127.0.0.1", **changes: Any) -> Page:
    """A page on a run of its own: the first recipe, with this seed. `address` is that of the client."""
    connection = Connection(port, address)
    recipe = json.loads(await connection.ask("GET", "/api/recipe"))
    run = json.loads(await connection.ask("POST", "/api/runs", recipe | {"seed": seed} | changes))
    tensors = (tensor for layer in run["layers"] for tensor in layer["tensors"])
    names = [tensor["name"] for tensor in tensors if tensor["lane"] not in OFF_STAGE]
    document = json.loads(await connection.ask("GET", "/openapi.json"))
    has_players = "/api/players/{player}" in document["paths"]
    player = secrets.token_hex(16) if has_players else None
    page = Page(connection, run["id"], names, player, Connection(port, address))
    await page.stand(0)
    return page


async def paced(action: Any, rate: float, until: float) -> None:
    """Do something `rate` times a second at most, until this time of the clock."""
    while (began := time.perf_counter()) < until:
        await action()
        await asyncio.sleep(max(0.0, 1 / rate - (time.perf_counter() - began)))


async def student(page: Page, first: int, late: float, until: float, measured: Measured) -> int:
    """Begin `late` seconds late, and step from iteration `first` on; the iteration that comes next."""
    iteration = first
    await asyncio.sleep(late)

    async def step() -> None:
        nonlocal iteration
        began = time.perf_counter()
        await page.step(iteration)
        measured.steps.append(1000 * (time.perf_counter() - began))
        await page.stand(iteration)
        iteration += 1

    await paced(step, STEPS_A_SECOND, until)
    return iteration


async def player(page: Page, until: float, measured: Measured) -> None:
    """Play at full speed, and read pictures of the newest iteration."""
    first = await page.computed()
    await page.play(True)

    async def look() -> None:
        if page.player is None and (computed := await page.computed()):
            await page.picture(computed - 1)
            measured.pictures += 1

    before = page.stream.frames
    await paced(look, PICTURES_A_SECOND, until)
    measured.pictures += page.stream.frames - before
    await page.play(False)
    # Read first: another player may add its own while this one waits.
    last = await page.computed()
    measured.trained += last - first


@dataclass
class Class:
    """A server with its class: pages that stay open, and what was measured."""

    server: Server
    students: Sequence[Page]
    players: Sequence[Page]
    streams: Sequence[asyncio.Task[None]]
    measured: Measured = field(default_factory=Measured)
    reached: list[int] = field(default_factory=list)

    async def turn(self, seconds: float) -> None:
        """Put the server under load for so long."""
        began, processor = time.perf_counter(), self.server.processor_seconds()
        until = began + seconds
        players = [player(page, until, self.measured) for page in self.players]
        students = [
            student(page, first, number / len(self.students) / STEPS_A_SECOND, until, self.measured)
            for number, (page, first) in enumerate(zip(self.students, self.reached, strict=True))
        ]
        _, *self.reached = await asyncio.gather(asyncio.gather(*players), *students)
        self.measured.seconds += time.perf_counter() - began
        self.measured.processor_seconds += self.server.processor_seconds() - processor
        self.measured.megabytes = self.server.megabytes()


async def gathered(server: Server, students: int, players: int) -> Class:
    """The class of a server, each with a run of their own."""
    stepping = [await opened(server.port, 1000 + number) for number in range(students)]
    playing = [await opened(server.port, 5000 + number, epochs=1000) for number in range(players)]
    streams = [asyncio.create_task(page.listen()) for page in (*stepping, *playing)]
    return Class(server, stepping, playing, streams, reached=[0] * students)


async def measure(
    servers: Sequence[Server], students: int, players: int, rounds: int, seconds: float
) -> None:
    """Measure the servers in turns, and print a row for each."""
    classes = [await gathered(server, students, players) for server in servers]
    for _ in range(rounds):
        for each in classes:
            await each.turn(seconds)
    print(f"{students} students step {STEPS_A_SECOND:g} times a second, {players} play")
    print(
        f"{'code':<10} {'steps/s':>7} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} {'iterations/s':>12} "
        f"{'pictures/s':>10} {'core':>8} {'MB':>6}"
    )
    for each, name in zip(classes, ("this", "other"), strict=False):
        each.measured.print(name)
        for stream in each.streams:
            stream.cancel()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--players", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=8, help="the length of a turn")
    parser.add_argument("--against", type=Path, help="another checkout of the project")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folders = [HERE, *([options.against] if options.against else [])]
        servers = [stack.enter_context(serving(folder)) for folder in folders]
        asyncio.run(measure(servers, options.students, options.players, options.rounds, options.seconds))


if __name__ == "__main__":
    main()
