"""The effect of a run at full speed on other clients: `python -m benchmarks.streaming`.

Prints

- the time of a step of another client, on an idle server and while a run trains;
- the events and the iterations per second that reach a page;
- the loss of training speed when a page reads all tensors of the stage after each event, as a browser does.
  Periods with and without such a page take turns.
"""

import http.client
import json
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

from server.explain.catalogue import catalogue
from server.recipe.plan import plan
from server.recipe.recipe import Recipe

ROUNDS = 3
STEPS = 200
SECONDS = 3.0
OFF_STAGE = ("before", "after")


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


def watched(host: str, run: object, names: str) -> tuple[float, int]:
    """The speed of a run that a page watches, which reads the tensors `names` after each event.

    Returns iterations per second, and the number of times that the page read the tensors.
    """
    stream, reader = http.client.HTTPConnection(host), http.client.HTTPConnection(host)
    stream.request("GET", f"/api/runs/{run}/events")
    reply = stream.getresponse()
    first = computed(host, run)
    began, pictures = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        if (line := reply.readline()).startswith(b"id: ") and int(line[4:]):
            ask(reader, "GET", f"/api/runs/{run}/iterations/{int(line[4:]) - 1}?example=0{names}")
            pictures += 1
    rate = (computed(host, run) - first) / (time.perf_counter() - began)
    stream.close()
    return rate, pictures


def unwatched(host: str, run: object) -> float:
    """The iterations per second of a run that no page watches."""
    first, began = computed(host, run), time.perf_counter()
    time.sleep(SECONDS)
    return (computed(host, run) - first) / (time.perf_counter() - began)


def computed(host: str, run: object) -> int:
    """How many iterations of a run there are."""
    connection = http.client.HTTPConnection(host)
    number = ask(connection, "GET", f"/api/runs/{run}/timeline?since=999999999")["computed"]
    connection.close()
    assert isinstance(number, int)
    return number


def main() -> None:
    """Measure, and print six lines."""
    stage = [info.name for info in catalogue(plan(Recipe()).network) if info.lane not in OFF_STAGE]
    names = "".join(f"&names={name}" for name in stage)
    command = [sys.executable, "-m", "server", "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        host = urlsplit(server.stdout.readline().strip()).netloc
        try:
            connection = http.client.HTTPConnection(host)
            stepped = ask(connection, "POST", "/api/runs", {"seed": 1})["id"]
            trained = ask(connection, "POST", "/api/runs", {"seed": 2, "epochs": 100})["id"]
            step_milliseconds(connection, stepped)
            idle = step_milliseconds(connection, stepped)
            ask(connection, "POST", f"/api/runs/{trained}/run")
            busy = step_milliseconds(connection, stepped)
            events_per_second, iterations_per_second = events(host, trained)
            rates = [(unwatched(host, trained), *watched(host, trained, names)) for _ in range(ROUNDS)]
        finally:
            server.kill()
    for name, times in (("idle", idle), ("while training", busy)):
        print(
            f"step, {name}: median {statistics.median(times):.2f} ms, 95 % {times[int(0.95 * STEPS)]:.2f} ms"
        )
    print(f"ratio of the medians: {statistics.median(busy) / statistics.median(idle):.2f}")
    print(f"one stream: {events_per_second:.0f} events/s, {iterations_per_second:.0f} iterations/s")
    alone, seen, pictures = (statistics.median(part) for part in zip(*rates, strict=True))
    print(f"unwatched {alone:.0f} iterations/s, watched {seen:.0f}, with {pictures / SECONDS:.0f} pictures/s")
    print(f"a page that watches costs {1 - seen / alone:.0%} of the training speed")


if __name__ == "__main__":
    main()
