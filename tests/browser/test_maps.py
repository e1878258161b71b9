"""A map by keyboard, by touch, as a table, and with the colours of the system."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Person, Server, somebody
from tests.browser.hands import at, forward, press

ADD_MAP = """(changes) => {
  const map = document.createElement("heat-map");
  map.id = "tried";
  map.style.cssText = "position: fixed; left: 100px; top: 400px; z-index: 9";
  document.body.append(map);
  const cells = Float64Array.from(changes.cells.map(Number));
  const layout = { cell: 12, across: 1, gap: 0 };
  map.picture = {
    layout, done: "all", limit: 8, signed: true, outlines: [], numbers: false, explorable: true,
    theme: document.documentElement.dataset.theme, label: "a tried map", ...changes, cells,
  };
  map.clicked = [];
  map.addEventListener("cell-click", (event) => map.clicked.push(event.detail.cell));
}"""
"""Adds a map to the page. JSON has no NaN: the cells are texts."""
PIXEL = """(map, { selector, x, y }) => {
  const canvas = map.querySelector(selector);
  return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
}"""

STROKES = """() =>
  ["reads", "halo"].map((kind) => getComputedStyle(document.querySelector(`#tried .${kind}`)).stroke)"""


def add_map(page: Page, **changes: Any) -> Locator:
    """A map of three rows of four cells, the numbers from 0 to 11 but for the changes."""
    cells = changes.pop("cells", range(12))
    page.evaluate(ADD_MAP, {"shape": [3, 4], "cells": [str(cell) for cell in cells], **changes})
    return page.locator("#tried")


def clicked(tried: Locator) -> list[int]:
    """The cells that were clicked."""
    cells: list[int] = tried.evaluate("(map) => map.clicked")
    return cells


def pixel(tried: Locator, selector: str, x: int, y: int) -> list[int]:
    """Red, green and blue of a pixel of one of its canvases."""
    colour: list[int] = tried.evaluate(PIXEL, {"selector": selector, "x": x, "y": y})
    return colour


def test_a_map_is_one_tab_stop_whose_cells_the_arrows_choose(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    tried = add_map(page)
    address = page.url
    tried.focus()
    press(page, "Enter", "ArrowRight", "ArrowDown", "ArrowDown")
    expect(tried.locator("[aria-live]")).to_have_text("row 3, column 2: 9")
    press(page, "Enter")
    assert clicked(tried) == [9]
    press(page, "Escape")
    expect(tried.locator("[aria-live]")).to_have_text("")
    expect(tried).to_be_focused()
    assert page.url == address, "the arrows inside the map did not move the page in time"


def test_a_map_is_read_as_a_table(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    tried = add_map(page)
    tried.focus()
    press(page, "Enter", "t")
    table = page.get_by_role("table", name="a tried map")
    expect(table.get_by_role("row", name="row 2").get_by_role("cell")).to_have_text(["4", "5", "6", "7"])
    expect(table.get_by_role("columnheader", name="column 4")).to_be_visible()
    press(page, "Escape")
    expect(table).to_be_hidden()
    expect(tried).to_be_focused()


def test_a_held_finger_opens_a_magnifier_and_chooses_the_cell_where_it_is_lifted(
    browser: Browser, server: Server
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with somebody(browser, server, **phone) as person:
        page = person.open(server, "?at=0")
        tried = add_map(page)
        touch = page.context.new_cdp_session(page)

        def finger(kind: str, *points: tuple[int, int]) -> None:
            places = [{"x": x, "y": y} for x, y in points]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

        finger("touchStart", (106, 406))
        lens = page.locator(".map-lens")
        expect(lens).to_contain_text("row 1, column 1: 0")
        box = lens.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 406, "the finger hides the magnifier"
        finger("touchMove", (130, 418))
        expect(lens).to_contain_text("row 2, column 3: 6")
        finger("touchEnd")
        expect(lens).to_be_hidden()
        assert clicked(tried) == [6]


def test_a_short_click_chooses_the_nearest_cell_without_a_magnifier(person: Person, server: Server) -> None:
    tried = add_map(person.open(server, "?at=0"))
    tried.click(position={"x": 30, "y": 18})
    assert clicked(tried) == [6]
    expect(person.page.locator(".map-lens")).to_be_hidden()


def test_cells_that_are_not_finite_have_a_colour_and_a_mark_of_their_own(
    person: Person, server: Server
) -> None:
    tried = add_map(person.open(server, "?at=0"), cells=["NaN", "Infinity", "-Infinity", *range(9)])
    colours = [pixel(tried, "canvas", cell, 0) for cell in range(4)]
    assert colours[0] == colours[1] == colours[2] == [208, 32, 32]
    assert colours[3] != colours[0], "zero is not NaN"
    middle = [pixel(tried, "canvas.marks", 12 * cell + 6, 6) for cell in range(4)]
    assert middle[0] == [255, 255, 255], "the middle of the cross"
    assert middle[3] == [0, 0, 0], "nothing is drawn over zero"


@pytest.mark.parametrize("ratio", [1, 1.25, 2])
def test_cells_are_whole_pixels_of_the_screen(browser: Browser, server: Server, ratio: float) -> None:
    with somebody(browser, server, device_scale_factor=ratio) as person:
        tried = add_map(person.open(server, "?at=0"))
        width, height = tried.evaluate("(map) => [map.clientWidth, map.clientHeight]")
        assert tried.evaluate("(map) => parseFloat(map.style.width) * devicePixelRatio / 4") == int(
            12 * ratio
        )
        assert (width, height) == pytest.approx(
            (4 * int(12 * ratio) / ratio, 3 * int(12 * ratio) / ratio), abs=1
        )


def test_marks_have_the_colours_of_the_system_where_they_are_forced(browser: Browser, server: Server) -> None:
    with somebody(browser, server, forced_colors="active", color_scheme="dark") as person:
        page = person.open(server, "?at=0")
        tried = add_map(page, done=2, outlines=[{"cells": [0], "style": "reads"}])
        forced = page.evaluate(STROKES)
        assert forced[1] == "rgb(0, 0, 0)", "Canvas in a dark scheme"
        assert forced[0] != forced[1]
        assert tried.evaluate("(map) => getComputedStyle(map).outlineStyle") == "solid"
        assert pixel(tried, "canvas", 0, 0) != pixel(tried, "canvas", 2, 0), "colours of numbers are content"
        page.emulate_media(forced_colors="none")
        own = page.evaluate(STROKES)
        assert not set(own) & set(forced), "without forced colours the page's own"


def test_held_colours_stay_while_the_numbers_grow_and_are_kept_for_the_next_visit(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    legends = page.locator("#stage .column .legend")
    own = legends.all_inner_texts()
    page.locator("#open-menu").click()
    hold = page.get_by_role("switch", name="Hold the colours")
    expect(hold).not_to_be_checked()
    hold.click()
    expect(legends).not_to_have_text(own)
    held = legends.all_inner_texts()
    forward(page, "step")
    at(page, "1/update/dense/delta_b/9")
    assert legends.all_inner_texts() == held
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    page.locator("#open-menu").click()
    expect(hold).to_be_checked()
    hold.click()
    expect(legends).not_to_have_text(held)
