"""The page: keys, links, the timeline, the loss curve, heat maps, charts, and the theme."""

import base64
import re
import struct
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import (
    at,
    back,
    choose,
    forward,
    heat_map,
    press,
    read_cell,
    sentence,
)

LEFT = ("input.out", "conv1.w", "conv1.out")


def test_every_unit_of_stepping_has_keys_for_both_directions(person: Person, server: Server) -> None:
    page = person.open(server, "?at=2/forward/conv2")
    press(page, "ArrowRight")
    at(page, "2/forward/relu2/out/255")
    press(page, "ArrowLeft", "ArrowLeft")
    at(page, "2/forward/pool1/out/127")
    press(page, ".", ".", ",")
    at(page, "2/forward/conv2/out/0")
    press(page, "Shift+ArrowRight")
    at(page, "2/forward/dense/out/9")
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    at(page, "2/backward/conv1/dout/511")
    press(page, "Shift+ArrowLeft")
    at(page, "2/loss/loss/loss/0")
    press(page, "ArrowDown")
    at(page, "2/update/dense/delta_b/9")
    press(page, "ArrowDown", "ArrowUp", "ArrowUp")
    at(page, "1/update/dense/delta_b/9")
    press(page, "Shift+ArrowDown")
    at(page, "1436/update/dense/delta_b/9")
    press(page, "Shift+ArrowUp")
    at(page, "0/forward/input/out/0")
    press(page, "?")
    expect(page.locator("#keys")).to_contain_text("one layer on, back")
    press(page, "Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_stepping_back_ends_at_the_first_moment_of_the_run(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/conv1")
    for unit in ("epoch", "step", "phase", "layer", "cell"):
        back(page, unit)
    at(page, "0/forward/input/out/0")
    expect(sentence(page)).to_contain_text("Step 0 begins: the network is shown training example")


def test_a_click_on_a_segment_of_the_timeline_goes_to_its_end(person: Person, server: Server) -> None:
    page = person.open(server, "?at=1")
    page.get_by_role("button", name="To the end of pool2 in the backward phase").click()
    at(page, "1/backward/pool2/dout/63")
    page.get_by_role("button", name="To the end of the forward phase").click()
    at(page, "1/forward/dense/out/9")
    page.get_by_role("spinbutton", name="Step", exact=True).fill("12")
    press(page, "Enter")
    at(page, "12/forward/dense/out/9")
    expect(page.locator("#stage .column.lit")).to_have_attribute("data-layer", "dense")


def test_the_loss_curve_works_with_the_keyboard(person: Person, server: Server) -> None:
    page = person.open(server, "?at=40")
    page.locator("#curve").focus()
    press(page, "Home")
    at(page, "0/update/dense/delta_b/9")
    press(page, "ArrowRight", "PageDown")
    at(page, "11/update/dense/delta_b/9")
    press(page, "End")
    expect(page.locator("#curve")).to_have_attribute("aria-valuetext", re.compile("^step "))


def test_a_step_of_one_cell_names_the_cells_that_it_reads_and_those_that_it_writes(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0/forward/relu1")
    page.get_by_role("button", name="To the end of pool1 in the forward phase").click()
    for _ in range(6):
        forward(page, "cell")
    expect(sentence(page)).to_have_text(
        re.compile(
            r"^Filter 1 of conv2 looks at one 3×3 patch of each of the 8 maps before it: "
            r"72 products and a bias add up to [−\d.]+\.$"
        )
    )
    position = page.get_by_role("slider", name="Position in this step")
    expect(position).to_have_attribute("aria-valuetext", "forward, conv2, 6 of 256")
    assert "not computed yet" not in read_cell(page, "conv2.out", 0.02, 0.02)
    assert "not computed yet" in read_cell(page, "conv2.out", 0.9, 0.9)
    page.goto(server.url + "?at=0/backward/conv1/dout/70")
    expect(position).to_have_attribute("aria-valuetext", "backward, conv1, 71 of 512")
    expect(sentence(page)).to_contain_text("it is added to the gradient of filter 2 of conv1")
    assert "not computed yet" not in read_cell(page, "conv1.dw", 0.02, 0.1), "filter 0 is done"
    assert "not computed yet" in read_cell(page, "conv1.dw", 0.95, 0.95), "filter 7 is still to come"
    assert "not computed yet" in read_cell(page, "conv1.delta_w", 0.1, 0.1)


def test_an_enlarged_map_is_read_with_the_keyboard(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    heat_map(page, "conv1.out").click(position={"x": 2, "y": 2})
    large = page.locator("#dock")
    expect(large.locator(".counter")).to_have_text("map [0], 1 of 8")
    expect(large.locator(".readout")).to_contain_text("[0, 0, 0] = ")
    large.locator(".frame heat-map").focus()
    press(page, "ArrowRight", "ArrowDown", "ArrowDown")
    expect(large.locator(".readout")).to_contain_text("[0, 2, 1] = ")
    at(page, "0/update/dense/delta_b/9")
    large.get_by_role("button", name="Next map").click()
    expect(large.locator(".readout")).to_contain_text("[1, 2, 1] = ")
    large.get_by_role("button", name="Previous map").click()
    large.get_by_role("button", name="Previous map").click()
    expect(large.locator(".counter")).to_have_text("map [7], 8 of 8")
    press(page, "Escape")
    expect(large).to_be_hidden()
    heat_map(page, "dense.dout").focus()
    press(page, "Enter")
    expect(large.locator("h2")).to_contain_text("gradient of the score of")


def _floats(page: Page, name: str) -> list[float]:
    address = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => e.name)"
        ".findLast((name) => name.includes('/iterations/'))"
    )
    reply = page.request.get(f"{address.partition('?')[0]}?names={name}").json()
    raw = base64.b64decode(reply["tensors"][0]["data"]["bdata"])
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


PIXELS = """
(map, layers) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [map.clientWidth, map.clientHeight];
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  for (const layer of [...map.querySelectorAll("canvas")].slice(0, layers))
    pen.drawImage(layer, 0, 0, canvas.width, canvas.height);
  return { width: canvas.width, height: canvas.height,
           data: [...pen.getImageData(0, 0, canvas.width, canvas.height).data] };
}
"""
"""The pixels of a map on the screen: of its colours alone (1), or with the marks over them (2)."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_numbers_blue_below_zero_neutral_at_zero_orange_above(
    person: Person, server: Server, scheme: str
) -> None:
    person.page.emulate_media(color_scheme=scheme)
    page = person.open(server, "?at=0")
    zero = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zero').trim()")
    neutral = tuple(int(zero[i : i + 2], 16) for i in (1, 3, 5))
    for name in ("conv1.out", "relu1.out"):
        values = _floats(page, name)
        limit = max(map(abs, values))
        picture = heat_map(page, name).evaluate(PIXELS, 1)
        cell = (3 * picture["width"] - picture["height"]) // 16  # Two maps across, four down.
        gap = picture["width"] - 16 * cell
        strength: list[tuple[float, int]] = []
        for number, value in enumerate(values):
            channel, row, column = number // 64, number // 8 % 8, number % 8
            x = channel % 2 * (8 * cell + gap) + column * cell + cell // 2
            y = channel // 2 * (8 * cell + gap) + row * cell + cell // 2
            red, green, blue, alpha = picture["data"][(y * picture["width"] + x) * 4 :][:4]
            assert alpha == 255
            if value == 0:
                assert (red, green, blue) == neutral
            if abs(value) > limit / 50:
                assert (red - blue > neutral[0] - neutral[2]) == (value > 0), f"{name} {number} {value}"
            strength.append((value, red - blue))
        ordered = [warmth for _, warmth in sorted(strength)]
        assert all(b >= a - 2 for a, b in pairwise(ordered)), "a larger number has a warmer colour"


def test_a_cell_not_computed_yet_is_hatched_and_differs_from_zero(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/conv1")
    for name, is_hatched in (("relu1.out", True), ("conv2.dw", True), ("conv1.out", False)):
        picture = heat_map(page, name).evaluate(PIXELS, 2)
        pixels = {tuple(picture["data"][i : i + 4]) for i in range(0, len(picture["data"]), 4)}
        zero = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zero').trim()")
        neutral = (*(int(zero[i : i + 2], 16) for i in (1, 3, 5)), 255)
        assert (neutral not in pixels) == is_hatched, name
        assert len(pixels) > 2
    expect(page.locator("#verdict")).to_have_text("not computed yet")
    expect(page.locator("#loss")).to_have_text("not computed yet")


def test_a_click_on_a_chart_goes_to_an_iteration(person: Person, server: Server) -> None:
    page = person.open(server, "?batch_size=32&at=60")
    choose(page, "Charts")
    chart = page.locator("#charts .chart")
    expect(chart.locator(".legendtext")).to_have_text(
        ["loss of the batch", "loss on the test set", "accuracy on the test set"]
    )
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    expect(page.locator("#charts")).to_be_hidden()
    expect(page.locator("#iteration")).not_to_have_value("60")
    page.wait_for_timeout(300)  # The browser reports violations of the policy late.


def test_the_axis_of_a_chart_has_no_negative_iterations(person: Person, server: Server) -> None:
    page = person.open(server, "?seed=29&at=0")  # No other test computes this run further.
    choose(page, "Charts")
    expect(page.locator("#charts .xtick text")).to_have_text(["0", "1"])


def test_the_names_of_a_long_network_fit_their_chips(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    choose(page, "Network")
    page.get_by_role("button", name="A residual network").click()
    page.get_by_role("button", name="Start this network").click()
    names = page.locator("#ribbon [data-phase=forward] .stretch")
    expect(names).to_have_count(11)
    cut = names.evaluate_all(
        "(all) => all.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent)"
    )
    assert cut == []


LENET = (
    '[{"kind":"conv2d","filters":6},{"kind":"relu"},{"kind":"maxpool2d"},{"kind":"conv2d","filters":16},'
    '{"kind":"relu"},{"kind":"maxpool2d"},{"kind":"flatten"},{"kind":"dense","units":20},{"kind":"relu"},'
    '{"kind":"dense","units":16},{"kind":"relu"},{"kind":"dense","units":10}]'
)


def test_the_timeline_of_a_very_long_network_has_a_row_for_each_direction(
    person: Person, server: Server
) -> None:
    page = person.open(server, f"?at=0&network={LENET}")
    expect(page.locator("#ribbon [data-phase=forward] .stretch")).to_have_count(13)
    names = page.locator("#ribbon .stretch")
    assert (
        names.evaluate_all("(all) => all.filter((name) => name.scrollWidth > name.clientWidth).length") == 0
    )
    tops = page.locator("#ribbon .band").evaluate_all(
        "(all) => all.map((band) => band.getBoundingClientRect().top)"
    )
    assert tops[0] == tops[1] < tops[2] == tops[3]


def test_the_theme_is_remembered(person: Person, server: Server) -> None:
    page = person.open(server)
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    choose(page, "Light or dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
