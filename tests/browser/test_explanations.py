"""Explanations: terms that add up, statistics, the gradient check, the stack of records."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.explained import check_that_it_adds_up, explained_value, open_cell_of
from tests.browser.hands import (
    at,
    choose,
    forward,
    heat_map,
    number_of,
    read_cell,
    sentence,
)
from tests.waiting import wait_until


def test_the_largest_terms_lead_from_a_kernel_gradient_to_probability_minus_target(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    open_cell_of(page, "conv1.dw")
    expect(page.locator("#dock h2")).to_contain_text("gradient of the weight of filter 1")
    expect(page.locator("#dock .symbol")).to_contain_text("conv1.dw[0,0,")
    expect(page.locator("#dock math").first).to_be_visible()
    expect(page.locator("#panel-terms .range")).to_have_text(re.compile(r"^1 to 12 of \d+$"))
    seen = ["conv1.dw"]
    while seen[-1] != "dense.dout":
        check_that_it_adds_up(page)
        upstream = page.locator("#dock .terms button.factor", has_text=re.compile("^dout")).first
        value = number_of(upstream.locator(".number").inner_text())
        upstream.click()
        expect(page.locator("#dock .symbol")).not_to_contain_text(f"{seen[-1]}[")
        expect(page.locator("#dock .trail button")).to_have_count(len(seen))
        seen.append(page.locator("#dock .symbol").inner_text().partition("[")[0])
        assert explained_value(page) == pytest.approx(value, rel=1e-3), (
            "a factor has the value of the cell that it links to"
        )
        assert len(seen) < 12
    assert seen == [
        f"{layer}.dout" if i else "conv1.dw"
        for i, layer in enumerate(
            ("", "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "dense")
        )
    ]
    check_that_it_adds_up(page)
    expect(page.locator("#dock .terms")).to_contain_text("p[")

    # A breadcrumb leads back several cells at once.
    page.locator("#dock .trail button").nth(2).click()
    expect(page.locator("#dock .symbol")).to_contain_text("relu1.dout")
    expect(page.locator("#dock .trail button")).to_have_count(2)

    # Drag along the windows of the kernel gradient, to the last and back.
    page.get_by_role("button", name="Close").first.click()
    chip = page.get_by_role("button", name="To the end of conv1 in the backward phase")
    box = chip.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 1, y, steps=4)
    position = page.get_by_role("slider", name="Position in this step")
    expect(position).to_have_attribute("aria-valuetext", re.compile(r"backward, conv1, \d+ of 512"))
    assert _is_last_corner_hatched(page, "conv1.dw")
    page.mouse.move(box["x"] + box["width"], y, steps=10)
    at(page, "0/backward/conv1/dout/511")
    page.mouse.move(box["x"] + box["width"] / 2, y, steps=10)
    page.mouse.up()
    expect(position).to_have_attribute("aria-valuetext", re.compile(r"backward, conv1, 2\d\d of 512"))


def _is_last_corner_hatched(page: Page, name: str) -> bool:
    """True if the last corner of a tensor is hatched. Moves no pointer, unlike `read_cell`."""
    found: bool = page.evaluate(
        """(name) => {
          const map = document.querySelector(`#stage heat-map[data-name="${name}"] canvas.marks`);
          if (!map) return false;
          const { width, height } = map;
          const zone = map.getContext("2d").getImageData(width - 6, height - 6, 6, 6).data;
          const colours = new Set();
          for (let i = 0; i < zone.length; i += 4) colours.add(zone.slice(i, i + 4).join());
          return colours.size > 1;
        }""",
        name,
    )
    return found


def test_statistics_of_a_batch_add_up_over_all_of_its_examples(person: Person, server: Server) -> None:
    first = {"kind": "conv2d", "filters": 2, "kernel": [3, 3]}
    network = [first, {"kind": "batchnorm"}, {"kind": "flatten"}, {"kind": "dense", "units": 10}]
    query = f"?network={json.dumps(network)}&batch_size=4"
    page = person.open(server, f"{query}&at=1/forward/bn/mean/0")
    expect(sentence(page)).to_contain_text("made from 64 cells of conv.out in each of the 4 examples")
    page = person.open(server, f"{query}&at=1")
    for name, count in (("bn.mean", 256), ("bn.xhat", 2), ("conv.dout", 256), ("bn.new_running_var", 2)):
        open_cell_of(page, name)
        expect(page.locator("#dock .symbol")).to_contain_text(name)
        if count > 12:
            expect(page.locator("#dock")).to_contain_text(f"of {count}")
            expect(page.locator("#dock .terms")).to_contain_text(re.compile("of example [2-4]"))
        check_that_it_adds_up(page)
        page.get_by_role("button", name="Close").first.click()


@pytest.mark.parametrize(
    "name",
    [
        "conv2.out",
        "relu1.out",
        "pool1.out",
        "flatten.out",
        "dense.out",
        "loss.probabilities",
        "loss.loss",
        "conv2.dw",
        "conv1.db",
        "input.dout",
        "conv1.delta_w",
        "pool2.winner",
    ],
)
def test_the_terms_of_every_kind_of_tensor_add_up(person: Person, server: Server, name: str) -> None:
    page = person.open(server, "?batch_size=2&at=1")
    open_cell_of(page, name)
    expect(page.locator("#dock .sentences .words")).to_have_text(re.compile(r"\w.*\."))
    expect(page.locator("#dock math")).to_have_count(2)
    if name != "pool2.winner":
        check_that_it_adds_up(page)


def test_the_input_has_no_terms_and_a_cell_not_computed_yet_leads_to_its_moment(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0/forward/conv1")
    open_cell_of(page, "input.out")
    expect(page.locator("#dock .sentences .words")).to_have_text(re.compile(r"\w.*\."))
    expect(page.locator("#dock .terms")).to_have_count(0)
    page.keyboard.press("Escape")
    heat_map(page, "conv2.dw").click(position={"x": 4, "y": 4})
    expect(page.locator("#dock output.value")).to_have_text("not computed yet")
    expect(page.locator("#dock .readout")).to_contain_text("not computed yet")
    expect(page.locator("#dock .maker")).to_have_text("It is made by Convolution 2, backward ›")
    page.locator("#dock .maker button").click()
    at(page, "0/backward/conv2/dout/255")
    expect(page.locator("#dock .terms")).to_be_visible()


def test_an_incomplete_gradient_adds_up_at_every_window(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/backward/conv1/dout/20&view=conv1.dw/4")
    expect(page.locator("#dock .sentences .words")).to_contain_text("So far, after 21 windows")
    check_that_it_adds_up(page)
    first = explained_value(page)
    for _ in range(8):
        page.keyboard.press(".")
    at(page, "0/backward/conv1/dout/28")
    expect(page.locator("#dock .sentences .words")).to_contain_text("So far, after 29 windows")
    check_that_it_adds_up(page)
    assert explained_value(page) != first
    for _ in range(8):
        page.keyboard.press(",")
    expect(page.locator("#dock .sentences .words")).to_contain_text("So far, after 21 windows")
    assert explained_value(page) == first


def test_terms_are_paged_and_sorted(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    open_cell_of(page, "conv2.out")
    first = page.locator("#dock .terms tbody").inner_text()
    page.get_by_role("button", name="Later terms").click()
    expect(page.locator("#panel-terms .range")).to_contain_text("13 to 24 of")
    check_that_it_adds_up(page)
    later, earlier = (page.get_by_role("button", name=f"{way} terms") for way in ("Later", "Earlier"))
    pages = ["13 to 24 of"]
    while later.is_enabled():
        later.click()
        expect(page.locator("#panel-terms .range")).not_to_contain_text(pages[-1])
        pages.append(page.locator("#panel-terms .range").inner_text())
        check_that_it_adds_up(page)
    for expected in reversed(["1 to 12 of", *pages[:-1]]):
        earlier.click()
        expect(page.locator("#panel-terms .range")).to_contain_text(expected)
    expect(earlier).to_be_disabled()
    expect(page.locator("#dock .terms tbody")).to_have_text(re.compile(".+"))
    page.get_by_role("button", name="largest first").click()
    expect(page.get_by_role("button", name="in order")).to_be_visible()
    expect(page.locator("#dock .terms tbody")).not_to_have_text(first)
    check_that_it_adds_up(page)


def test_a_breadcrumb_leads_back_to_the_example_too(person: Person, server: Server) -> None:
    page = person.open(server, "?batch_size=4&at=1")
    example = page.locator("#example-about").inner_text()
    open_cell_of(page, "conv1.dw")
    page.locator("#dock .terms button.factor", has_text="of example 3").first.click()
    expect(page.locator("#example-about")).not_to_have_text(example)
    page.locator("#dock .trail button").first.click()
    expect(page.locator("#example-about")).to_have_text(example)


def test_pointing_at_a_cell_outlines_the_cells_that_it_depends_on(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    before = heat_map(page, "input.out").screenshot()
    read_cell(page, "conv2.out", 0.1, 0.1)
    box = heat_map(page, "conv2.out").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    wait_until(lambda: heat_map(page, "input.out").screenshot() != before)


def test_the_gradient_check_opens_by_one_click_and_its_numbers_link_to_their_cells(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=2")
    page.get_by_role("button", name="Gradient check of dense").click()
    expect(page.locator("#check .words")).to_contain_text("The gradients agree")
    page.locator("#check .numbers button").first.click()
    expect(page.locator("#dock")).to_be_visible()
    expect(page.get_by_role("button", name="Gradient check of dense: The gradients agree")).to_have_text("∇✓")
    forward(page, "step")
    expect(page.get_by_role("button", name="Gradient check of dense: not checked yet")).to_have_text("∇?")


def test_the_stack_lists_the_records_that_the_backward_pass_has_not_read_yet(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0/backward/pool2")
    choose(page, "Stack of records …")
    rows = page.locator("#stack tbody tr")
    expect(rows).to_have_count(8)
    expect(rows.nth(2)).to_contain_text("popped")
    expect(rows.nth(3)).to_contain_text("on the stack")
    expect(page.locator("#stack .sum")).to_contain_text("5 records on the stack")
