"""The maps of a network alone, without the rest of the page: `python -m benchmarks.maps`.

Chromium draws all tensors of LeNet-5 on images of 28x28, each cell anew in every frame, on an empty page.
Prints the medians of several rounds for a frame:

- decode: the script that turns the base64 text of a frame into arrays;
- draw: the script that draws the maps;
- main thread: the processor time of the page's main thread for all of it, from a trace of the browser.

`--against PATH` measures the code of another checkout too, in turns.
"""

import argparse
import json
import mimetypes
import statistics
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Route, sync_playwright

from benchmarks.page import HERE, VIEWPORT, Numbers, chromium, frames, serving
from server.recipe.network_presets import PRESETS

FRAMES = 120
ORIGIN = "http://maps.test"
DRAW = """async ({ tensors, count }) => {
  const load = (path) => import(`/static/js/${path}`);
  const { decodeShades } = await load("core/typed_arrays.js");
  const { drawnShape, layoutOf } = await load("graphics/layout.js");
  await load("graphics/heatmap.js");
  const maps = tensors.map(() => document.createElement("heat-map"));
  document.body.append(...maps);
  // Shades of four frames, which take turns.
  const texts = [1, 2, 3, 4].map((seed) =>
    tensors.map(({ shape }) => {
      const cells = shape.reduce((a, b) => a * b, 1);
      let text = "";
      for (let cell = 0; cell < cells; cell++) text += String.fromCharCode((cell * 97 * seed) % 255);
      return btoa(text);
    }),
  );
  const pictures = tensors.map((info) => ({
    shape: drawnShape(info), layout: layoutOf(info, 3), done: "all", limit: 1, signed: info.signed,
    outlines: [], numbers: false, theme: "light", label: info.name,
  }));
  const spent = { decode: [], draw: [] };
  for (let frame = 0; frame < count; frame++) {
    const began = performance.now();
    const arrays = texts[frame % 4].map((text) => decodeShades(text, -1, 1, "float32"));
    const decoded = performance.now();
    maps.forEach((map, i) => (map.picture = { ...pictures[i], cells: arrays[i] }));
    await null;
    spent.decode.push(decoded - began);
    spent.draw.push(performance.now() - decoded);
    await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  }
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  return { decode: median(spent.decode), draw: median(spent.draw) };
}"""


def tensors() -> Sequence[dict[str, Any]]:
    """Every tensor of LeNet-5, as a run describes them."""
    (recipe,) = (preset.recipe.model_dump(mode="json") for preset in PRESETS if preset.key == "lenet-5")
    body = json.dumps({"dataset": "handwriting", "network": recipe["network"]}).encode()
    with serving(HERE) as address:
        request = urllib.request.Request(f"{address}api/runs", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            run = json.load(reply)
    return [tensor for layer in run["layers"] for tensor in layer["tensors"]]


def serve(route: Route, checkout: Path) -> None:
    """Answer a request of the page with a file of a checkout, or with a page that has its style sheets."""
    path = route.request.url.removeprefix(ORIGIN)
    if path == "/":
        sheets = sorted((checkout / "static/css").glob("*.css"))
        links = "".join(f'<link rel="stylesheet" href="/static/css/{sheet.name}">' for sheet in sheets)
        style = "<style>body { display: flex; flex-wrap: wrap; align-content: start; overflow: auto }</style>"
        body = f'<!doctype html><html data-theme="light"><head>{links}{style}</head><body></body></html>'
        route.fulfill(body=body, content_type="text/html")
    else:
        kind = mimetypes.guess_type(path)[0] or "text/plain"
        route.fulfill(path=checkout / path.removeprefix("/"), content_type=kind)


def drawn(browser: Browser, checkout: Path, shown: Sequence[dict[str, Any]]) -> Numbers:
    """The milliseconds of a frame."""
    page = browser.new_page(viewport=VIEWPORT)
    page.route(f"{ORIGIN}/**", lambda route: serve(route, checkout))
    page.goto(f"{ORIGIN}/")
    page.evaluate(DRAW, {"tensors": shown, "count": 20})
    page.reload()
    browser.start_tracing(categories=["devtools.timeline", "disabled-by-default-devtools.timeline"])
    spent = page.evaluate(DRAW, {"tensors": shown, "count": FRAMES})
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.close()
    # Two animation frames of the browser make a frame of the maps.
    traced = 2 * frames(events)["playing: main thread for a frame, ms"]
    return {"decode, ms": spent["decode"], "draw, ms": spent["draw"], "main thread, ms": traced}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", type=Path, metavar="PATH", help="the root of another checkout")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    options = parser.parse_args()
    checkouts = {"here": HERE} | ({str(options.against): options.against} if options.against else {})
    found: dict[str, list[Numbers]] = {name: [] for name in checkouts}
    shown = tensors()
    with sync_playwright() as playwright, chromium(playwright) as browser:
        for _ in range(options.rounds):
            for name, checkout in checkouts.items():
                found[name].append(drawn(browser, checkout, shown))
    print(f"{len(shown)} tensors\n\n| a frame | {' | '.join(found)} |")
    print(f"| --- |{' ---: |' * len(found)}")
    for row in found["here"][0]:
        medians = (statistics.median(numbers[row] for numbers in rounds) for rounds in found.values())
        print(f"| {row} | {' | '.join(f'{median:.1f}' for median in medians)} |")


if __name__ == "__main__":
    main()
