"""The page in a browser, its start and a frame while it plays: `python -m benchmarks.page`.

Chromium measures it, without a GPU; the server listens on the loopback interface. Prints

- from the start of the server's process to the first picture, with the bytecode of its modules on the disk
  (warm) and without (cold);
- from a visit to the first paint and to the first picture, with an empty cache of the browser (cold) and with
  that of a visit before (warm), and the requests and bytes until then;
- while LeNet-5 plays on images of 28x28, as the page opens (explore) and with all tensors (everything): the
  processor time of the page's main thread for a frame, that of its layout and styles, and the frames in a
  second, from a trace of the browser.

`--against PATH` measures the code of another checkout too, in turns. All numbers are medians. It needs
Chromium (or `BACKSCOPE_CHROMIUM`), as the browser tests do.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from server.recipe.network_presets import PRESETS

HERE = Path(__file__).parents[1]
VIEWPORT = {"width": 1366, "height": 768}
PLAYED_SECONDS = 5.0
PATIENCE_MS = 120_000

MARK_PICTURE = """
new MutationObserver((_, observer) => {
  if (document.documentElement.dataset.ready !== "true") return;
  observer.disconnect();
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      performance.mark("picture");
      document.documentElement.dataset.pictured = "true";
    }),
  );
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""
"""Marks the time at which the first picture is on the screen."""
VISIT = """() => {
  const [picture] = performance.getEntriesByName("picture");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const files = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(({ startTime }) => startTime < picture.startTime);
  return {
    "first paint, ms": paint.startTime,
    "first picture, ms": picture.startTime,
    "requests": files.filter(({ transferSize }) => transferSize > 0).length,
    "kB": files.reduce((sum, { transferSize }) => sum + transferSize, 0) / 1000,
  };
}"""
PLAY = """async () => {
  const path = `/api/players/${sessionStorage.getItem("player")}`;
  const { run, moment } = await (await fetch(path)).json();
  const command = { run, moment, unit: "iteration", playing: true };
  const headers = { "Content-Type": "application/json" };
  await fetch(path, { method: "PUT", headers, body: JSON.stringify(command) });
}"""
"""Lets the player of the page play at full speed: a page that is reloaded goes on as its player."""

Numbers = Mapping[str, float]


@contextmanager
def serving(checkout: Path, *, bytecode: bool = True) -> Iterator[str]:
    """The address of a server of a checkout, without data in its cache, with its `bytecode` or without."""
    command = [sys.executable, "-m", "server", "--port", "0", "--no-open"]
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "DATA_CACHE": cache, "PYTHONDONTWRITEBYTECODE": "" if bytecode else "1"}
        if not bytecode:
            for folder in (checkout / "server").rglob("__pycache__"):
                shutil.rmtree(folder)
        process = subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout is not None
        try:
            yield next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        finally:
            process.kill()
            process.communicate()


def opened(context: BrowserContext, address: str, depth: str = "explore") -> Page:
    """A page of the context, at a depth, that shows its first picture."""
    page = context.new_page()
    page.add_init_script(MARK_PICTURE)
    page.add_init_script(f"localStorage.setItem('depth', '{depth}')")
    page.goto(address, timeout=PATIENCE_MS)
    page.wait_for_selector("html[data-pictured]", timeout=PATIENCE_MS)
    return page


def started(browser: Browser, checkout: Path) -> Numbers:
    """The time from the start of a server to the first picture, and two visits to a server that runs."""
    result = {}
    for bytecode, kind in ((False, "cold"), (True, "compiling"), (True, "warm")):
        began = time.perf_counter()
        with serving(checkout, bytecode=bytecode) as address:
            opened(browser.new_context(viewport=VIEWPORT), address).context.close()
            # The second one writes the bytecode for the third.
            if kind != "compiling":
                result[f"process to picture, {kind}, ms"] = 1000 * (time.perf_counter() - began)
    with serving(checkout) as address:
        opened(browser.new_context(viewport=VIEWPORT), address).context.close()
        context = browser.new_context(viewport=VIEWPORT)
        for kind in ("cold", "warm"):
            page = opened(context, address)
            result |= {f"{kind}: {name}": number for name, number in page.evaluate(VISIT).items()}
            page.close()
        context.close()
    return result


def played(browser: Browser, checkout: Path, depth: str) -> Numbers:
    """What a frame costs while LeNet-5 plays, at a depth of the page."""
    (network,) = (
        preset.recipe.model_dump(mode="json")["network"] for preset in PRESETS if preset.key == "lenet-5"
    )
    query = {"dataset": "handwriting", "network": json.dumps(network), "epochs": 1000}
    with serving(checkout) as address:
        page = opened(browser.new_context(viewport=VIEWPORT), f"{address}?{urlencode(query)}", depth)
        page.evaluate(PLAY)
        page.reload()
        page.wait_for_selector("html[data-pictured]", timeout=PATIENCE_MS)
        page.wait_for_timeout(1000 * PLAYED_SECONDS / 2)
        browser.start_tracing(categories=["devtools.timeline", "disabled-by-default-devtools.timeline"])
        page.wait_for_timeout(1000 * PLAYED_SECONDS)
        events = json.loads(browser.stop_tracing())["traceEvents"]
        page.context.close()
    return {f"playing, {depth}: {name}": number for name, number in frames(events).items()}


def frames(events: Sequence[Mapping[str, Any]]) -> Numbers:
    """The frames of the thread that draws the page, and its processor time for one, from a trace."""
    drawn: Counter[tuple[int, int]] = Counter()
    busy: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for event in events:
        thread = event["pid"], event["tid"]
        if event["name"] == "FireAnimationFrame":
            drawn[thread] += 1
        busy[thread][event["name"]] += event.get("tdur", 0)
    ((main, count),) = drawn.most_common(1)
    milliseconds = {name: spent / 1000 / count for name, spent in busy[main].items()}
    return {
        "frames a second": count / PLAYED_SECONDS,
        "main thread for a frame, ms": milliseconds["RunTask"],
        "its scripts, ms": milliseconds["FunctionCall"],
        "its styles and layout, ms": milliseconds["UpdateLayoutTree"] + milliseconds["Layout"],
    }


def measured(browser: Browser, checkout: Path) -> Numbers:
    """All numbers of a checkout."""
    playing = [played(browser, checkout, depth) for depth in ("explore", "everything")]
    return {**started(browser, checkout), **playing[0], **playing[1]}


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Chromium without a GPU."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("BACKSCOPE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu", *sandbox])
    yield browser
    browser.close()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, metavar="PATH", help="the root of another checkout")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    options = parser.parse_args()
    checkouts = {"here": HERE} | ({str(options.against): options.against} if options.against else {})
    found: dict[str, list[Numbers]] = {name: [] for name in checkouts}
    with sync_playwright() as playwright, chromium(playwright) as browser:
        for _ in range(options.rounds):
            for name, checkout in checkouts.items():
                found[name].append(measured(browser, checkout))
    print(f"| | {' | '.join(found)} |")
    print(f"| --- |{' ---: |' * len(found)}")
    for row in found["here"][0]:
        medians = (statistics.median(numbers[row] for numbers in rounds) for rounds in found.values())
        print(f"| {row} | {' | '.join(f'{median:.1f}' for median in medians)} |")


if __name__ == "__main__":
    main()
