"""Actions on the page and readings from it, shared by the browser tests."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from tests.waiting import while_it_progresses

SOME = ("input.out", "conv1.w", "conv1.out", "dense.dw")
"""Tensors of several kinds. Tests compare their numbers at two moments."""
REFUSED = "status of 422"
"""The console reports every refused request, also one that the page explains."""


def heat_map(page: Page, name: str) -> Locator:
    """The heat map of a tensor on the stage."""
    return page.locator(f'#stage heat-map[data-name="{name}"]')


def eventually(page: Page, wait: Callable[[], object], progress: str = "#curve") -> None:
    """Repeat `wait`, which waits for a result of a computation, as long as the element `progress` changes.

    The attributes of the loss curve hold the number of iterations.
    """
    element = page.locator(progress)
    while_it_progresses(wait, lambda: element.evaluate("(element) => element.outerHTML"))


def at(page: Page, moment: str) -> None:
    """Wait until `moment` is on the stage."""
    html = page.locator("html")
    eventually(page, lambda: expect(html).to_have_attribute("data-at", moment))


def address_has(page: Page, moment: str) -> None:
    """Wait until the address bar names `moment`, which is then on the stage.

    A link that was opened stays in the address bar until a person goes on from there.
    """
    url = re.compile(rf"[#&]at={re.escape(moment)}(&|$)")
    eventually(page, lambda: expect(page).to_have_url(url))


def read_cell(page: Page, name: str, x: float, y: float) -> str:
    """The tooltip over a point of a tensor, given as fractions of its width and height."""
    target = heat_map(page, name)
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    tooltip = page.locator("#tooltip", has_text=f"{name} [")
    for nudge in (0, 2, 4):  # A point between two maps has no tooltip. A few pixels further there is a cell.
        page.mouse.move(box["x"] + x * box["width"] + nudge, box["y"] + y * box["height"] + nudge)
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        if tooltip.is_visible():
            break
    text = tooltip.inner_text()
    page.mouse.move(2, 2)
    return text


def numbers(page: Page, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Three tooltips of each tensor in `names`."""
    points = ((0.1, 0.1), (0.45, 0.3), (0.9, 0.9))
    return {name: [read_cell(page, name, x, y) for x, y in points] for name in names}


def number_of(text: str) -> float:
    """The number that the page prints as `text`."""
    return float(text.replace("−", "-").replace(",", ""))


def decimal_of(text: str) -> Decimal:
    """The exact decimal number that the page prints as `text`, such as −1.235e−5."""
    return Decimal(text.replace("−", "-"))


def choose(page: Page, name: str) -> None:
    """Press a button of the header, or of its menu."""
    button = page.locator("#top").get_by_role("button", name=name, exact=True)
    if not button.is_visible():
        page.locator("#open-menu").click()
    button.click()


def by(page: Page, unit: str) -> None:
    """Choose the unit of steps and of play: cell, layer, phase, step or epoch."""
    page.get_by_role("radio", name=unit, exact=True).click()


def open_tab(page: Page, name: str) -> None:
    """Open a tab of the dock."""
    page.locator("#dock").get_by_role("tab", name=name, exact=True).click()


def forward(page: Page, unit: str) -> None:
    """Press Next, which goes on by one `unit`."""
    by(page, unit)
    page.get_by_role("button", name="Next ›", exact=True).click()


def back(page: Page, unit: str) -> None:
    """Press Step back, which goes back by one `unit`."""
    by(page, unit)
    page.get_by_role("button", name="‹ Step back", exact=True).click()


def play_by(page: Page, unit: str, speed: str) -> None:
    """Choose a unit, and a speed of play that is one of the ladder's, such as "100 a second"."""
    by(page, unit)
    text = page.locator("#speed-text")
    for button in ("#slower", "#faster"):
        while text.inner_text() != speed and page.locator(button).is_enabled():
            page.locator(button).click()
            page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    expect(text).to_have_text(speed)


def stop_playing(page: Page, button: Locator) -> dict[str, Any]:
    """Press a button that ends playing, and return the player as it then is."""

    def is_it(response: Response) -> bool:
        return "/api/players/" in response.url and '"playing":false' in (response.request.post_data or "")

    with page.expect_response(is_it) as stopped:
        button.click()
    player: dict[str, Any] = stopped.value.json()
    assert player["playing"] is False
    return player


def pause(page: Page) -> None:
    """Press Pause, and wait until the page shows where its player then stands."""
    player = stop_playing(page, page.get_by_role("button", name="Pause", exact=True))
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    at(page, f"{player['moment']['iteration']}/update/dense/delta_b/9")


def sentence(page: Page) -> Locator:
    return page.locator("#sentence")


def drag_curve(page: Page, iteration: int) -> None:
    """Drag along the loss curve to `iteration`."""
    curve = page.locator("#curve")
    box = curve.bounding_box()
    assert box is not None
    left, right = 40, 48
    span = int(curve.get_attribute("data-span") or 1)
    x = box["x"] + left + iteration / span * (box["width"] - left - right)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(x, box["y"] + 30, steps=12)
    page.mouse.up()


def press(page: Page, *keys: str) -> None:
    """Press keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)
