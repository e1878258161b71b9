"""The speed of training in another checkout of the repository and in this one, side by side.

`python -m benchmarks.speed --against PATH` measures; PATH is the root of the other checkout, for example a
clone of an earlier commit. One process of each runs its own code: it imports `built` and `our_step` from its
own `benchmarks.speed`. So those two names stay.
"""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.networks import BATCHES, LARGEST_BATCH, NETWORKS, SMALL
from benchmarks.timing import Timer, geometric_mean, medians

ROOT = Path(__file__).parents[1]
WORKER = """
import sys, time
from server.nn.blas import one_thread
from benchmarks.speed import built, our_step

one_thread()
current = None
for line in sys.stdin:
    key, batch, count = line.split()
    if current != (key, batch):
        current, step = (key, batch), our_step(built(key), int(batch))
    began = time.process_time()
    for _ in range(int(count)):
        step()
    print((time.process_time() - began) / int(count), flush=True)
"""


class Worker:
    """A process that runs training steps with the code of one checkout.

    Each line that it reads, "KEY BATCH COUNT", asks for COUNT steps of a network. It answers with the seconds
    of processor time of one step.
    """

    def __init__(self, checkout: Path) -> None:
        # With -c the working directory comes first on the path, before any installed package.
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=checkout,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def timer(self, key: str, batch: int) -> Timer:
        """A timer of the training step of the network `key`."""

        def timer(count: int) -> float:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(f"{key} {batch} {count}\n")
            return float(self._process.stdout.readline())

        return timer


def compare(checkout: Path, seconds: float) -> None:
    """Print the time of a step in `checkout` over the time here, for each network and batch size.

    Above 1, this checkout is faster.
    """
    print(f"Time of a step in {checkout} over the time here, and in parentheses our milliseconds for a step.")
    print("\n| network | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |")
    print("| --- |" + " ---: |" * len(BATCHES))
    ratios: dict[tuple[str, int], float] = {}
    with ExitStack() as stack:
        there, here = (stack.enter_context(Worker(root)) for root in (checkout, ROOT))
        for key, (title, _, _) in NETWORKS.items():
            cells = []
            for batch in BATCHES:
                if batch > LARGEST_BATCH.get(key, batch):
                    cells.append("")
                    continue
                before, after = medians([there.timer(key, batch), here.timer(key, batch)], seconds)
                ratios[key, batch] = before / after
                cells.append(f"{before / after:.3f} ({after / 1e3:.2f})")
            print(f"| {key}: {title} | {' | '.join(cells)} |", flush=True)
    small = geometric_mean([ratios[which] for which in SMALL])
    print(f"\n- Geometric mean of Z, D and L at 1, 8 and 32: {small:.3f}.")
