"""The window view of a convolution, forward and backward."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import at, by, decimal_of, number_of, open_tab, press


def _loaded(page: Page) -> Locator:
    """The window view in its tab, after its numbers have arrived."""
    open_tab(page, "Windows")
    sliding = page.locator("#panel-windows[aria-busy=false]")
    expect(sliding).to_be_visible()
    return sliding


READ = """() => {
  const panel = document.querySelector("#panel-windows[aria-busy=false]");
  if (!panel) return null;
  const texts = (selector) => [...panel.querySelectorAll(selector)].map((one) => one.innerText);
  const spoken = (part) =>
    [...panel.querySelectorAll(`heat-map[data-part="${part}"] canvas[role=img]`)].map((one) => one.ariaLabel);
  return {
    values: texts(".rows .value"),
    sums: texts(".sums .number"),
    cell: document.querySelector("#dock .readout").innerText,
    grids: ["left", "right", "products"].map(spoken),
  };
}"""


def _check_that_the_rows_add_up(page: Page) -> float:
    """Check that the products of a row make its sum, and that the printed sums make the printed total.

    All texts are read in one call, because play may move the window once more after a pause.
    """
    open_tab(page, "Windows")
    seen = page.wait_for_function(READ).json_value()
    values, (*others, total), grids = seen["values"], seen["sums"], seen["grids"]
    assert values
    for text, left, right, products in zip(values, *map(_numbers, grids), strict=True):
        assert products == pytest.approx(
            [a * b for a, b in zip(left, right, strict=True)], rel=1e-3, abs=1e-6
        )
        assert sum(products) == pytest.approx(number_of(text), abs=1e-3)
    assert sum(map(decimal_of, (*values, *others))) == decimal_of(total)
    cell = number_of(seen["cell"].partition(" = ")[2].partition(":")[0])
    assert number_of(total) == pytest.approx(cell, rel=1e-3)
    return number_of(total)


def _numbers(labels: list[str]) -> list[list[float]]:
    """The numbers in the labels of grids."""
    return [[number_of(number) for number in label.partition(": ")[2].split(", ")] for label in labels]


@pytest.mark.parametrize("query", ["?at=0&view=conv2.out/20", "?at=0&view=conv1.out/227"])
def test_products_partial_sums_and_the_bias_add_up_to_the_cell(
    person: Person, server: Server, query: str
) -> None:
    page = person.open(server, query)
    _check_that_the_rows_add_up(page)
    expect(page.locator("#panel-windows .sums")).to_contain_text("+ the bias")
    if "conv2" in query:
        expect(page.locator("#panel-windows .sums")).to_contain_text("and 5 channels more")
        expect(page.locator("#panel-windows .pages")).to_contain_text("8 channels: 1 to 3")
        page.get_by_role("button", name="Later rows").click()
        expect(page.locator("#panel-windows .pages")).to_contain_text("8 channels: 4 to 6")
        _check_that_the_rows_add_up(page)
        page.get_by_role("button", name="by size").click()
        expect(page.locator("#panel-windows .rows .total").first).to_contain_text("channel 0")
        expect(page.locator("#panel-windows .maps")).to_contain_text("5 more")


def test_a_kernel_gradient_has_a_row_for_each_example_and_an_input_gradient_one_for_each_filter(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?batch_size=4&at=0&view=conv2.dw/4")
    _check_that_the_rows_add_up(page)
    expect(page.locator("#panel-windows .pages")).to_contain_text("4 examples: 1 to 3")
    page = person.open(server, "?batch_size=4&at=0&example=2&view=pool1.dout/5")
    _check_that_the_rows_add_up(page)
    expect(page.locator("#panel-windows .pages")).to_contain_text("16 filters: 1 to 3")


def test_stamps_and_full_correlation_agree(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0&view=input.dout/18")
    stamped = _check_that_the_rows_add_up(page)
    agreement = page.locator("#panel-windows .agreement")
    words = re.compile(r"^Both ways agree in all 64 cells of this map; the largest difference is \d")
    expect(agreement).to_have_text(words)
    page.get_by_role("button", name="full correlation").click()
    expect(page.locator("#panel-windows .rows")).to_contain_text("turned w")
    expect(page.locator('#panel-windows heat-map[data-part="spread"]')).to_have_count(3)
    assert _check_that_the_rows_add_up(page) == stamped
    expect(agreement).to_have_text(words)
    page.get_by_role("button", name="stamps").click()
    expect(page.locator('#panel-windows heat-map[data-part="spread"]')).to_have_count(0)


def test_the_keys_and_the_timeline_move_the_window(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/conv2/out/20&view=conv2.out/20")
    open_tab(page, "Windows")
    last = page.locator("#panel-windows .sums .label").last
    expect(last).to_have_text("= conv2.out[1,1,0]")
    expect(page.locator("#panel-windows .after")).to_have_text("after 21 windows")
    seen = [_check_that_the_rows_add_up(page)]
    press(page, ".")
    expect(last).to_have_text("= conv2.out[1,1,1]")
    seen.append(_check_that_the_rows_add_up(page))
    assert seen[0] != seen[1]
    press(page, ",", ",")
    expect(last).to_have_text("= conv2.out[1,0,3]")
    _check_that_the_rows_add_up(page)

    # With many presses in a row, the last one decides.
    for _ in range(40):
        page.keyboard.press(".")
    at(page, "0/forward/conv2/out/59")
    expect(last).to_have_text("= conv2.out[3,2,3]")
    _check_that_the_rows_add_up(page)

    chip = page.get_by_role("button", name="To the end of conv2 in the forward phase")
    box = chip.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 1, y, steps=8)
    expect(last).to_have_text(re.compile(r"conv2\.out\[0,"))
    page.mouse.move(box["x"] + box["width"], y, steps=8)
    expect(last).to_have_text("= conv2.out[15,3,3]")
    page.mouse.up()
    _check_that_the_rows_add_up(page)


@pytest.mark.parametrize(("name", "start"), [("conv1.dw/4", 20), ("input.dout/18", 70)])
def test_a_gradient_grows_with_every_window(person: Person, server: Server, name: str, start: int) -> None:
    page = person.open(server, f"?at=0/backward/conv1/dout/{start}&view={name}")
    open_tab(page, "Windows")
    after = page.locator("#panel-windows .after")
    expect(after).to_have_text(f"after {start + 1} windows")
    first = _loaded(page).locator(".sums .number").last.inner_text()
    for _ in range(30):
        press(page, ".")
    expect(after).to_have_text(f"after {start + 31} windows")
    assert _loaded(page).locator(".sums .number").last.inner_text() != first
    for _ in range(30):
        press(page, ",")
    expect(after).to_have_text(f"after {start + 1} windows")
    assert _loaded(page).locator(".sums .number").last.inner_text() == first


def test_play_by_cell_moves_the_window(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/conv1/out/0&view=conv1.out/0")
    _loaded(page)
    by(page, "cell")
    page.locator("#play").click()
    expect(page.locator("#panel-windows .sums .label").last).to_have_text(re.compile(r"conv1\.out\[[1-9],"))
    page.locator("#play").click()
    _check_that_the_rows_add_up(page)


def test_pointing_shows_the_product_and_a_click_opens_its_cell(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0&view=conv2.out/21")
    _loaded(page)
    before = page.locator('#stage heat-map[data-name="conv2.w"]').screenshot()
    grid = page.locator('#panel-windows heat-map[data-part="right"][data-row="0"]')
    box = grid.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told = page.locator("#panel-windows .told")
    expect(told).to_have_text(
        re.compile(r"^pool1\.out\[\d,1,1\] [\d.−]+ × conv2\.w\[1,\d,1,1\] [\d.−]+ = [\d.−]+$")
    )
    expect(page.locator("#panel-windows")).to_be_visible()
    page.wait_for_function(
        "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"
    )
    assert page.locator('#stage heat-map[data-name="conv2.w"]').screenshot() != before
    page.locator('#panel-windows heat-map[data-part="left"][data-row="0"]').click()
    expect(page.locator("#dock .symbol")).to_contain_text("pool1.out[")
    expect(page.locator("#panel-windows")).to_be_hidden()
    page.locator("#dock .trail button").click()
    expect(page.locator("#dock .symbol")).to_contain_text("conv2.out[1,1,1]")
    _check_that_the_rows_add_up(page)
    page.locator('#panel-windows heat-map[data-part="map"][data-row="-1"]').click(position={"x": 2, "y": 2})
    expect(page.locator("#panel-windows .sums .label").last).to_have_text("= conv2.out[1,0,0]")


def test_only_a_convolution_has_a_window_view(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0&view=relu1.out/5")
    expect(page.locator("#dock .terms")).to_be_visible()
    expect(page.locator("#panel-windows")).to_be_hidden()
