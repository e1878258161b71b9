"""Explanations: terms that add up, gradient paths, the gradient check, the stack of records, the nudge."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import (
    at,
    choose,
    decimal_of,
    forward,
    heat_map,
    number_of,
    open_tab,
    read_cell,
    sentence,
)
from tests.waiting import wait_until


def _check_that_it_adds_up(page: Page) -> None:
    """The printed terms and the printed sum of the terms not listed add up exactly to the printed total."""
    expect(page.locator("#dock .terms")).to_be_visible()
    rows = page.locator("#dock .terms tbody td.number").all_inner_texts()
    foot = dict(
        zip(
            page.locator("#dock .terms tfoot td:first-child").all_inner_texts(),
            page.locator("#dock .terms tfoot td.number").all_inner_texts(),
            strict=True,
        )
    )
    _, total = foot.popitem()
    assert sum(map(decimal_of, (*rows, *foot.values()))) == decimal_of(total)


def _value(page: Page) -> float:
    return number_of(page.locator("#dock .readout").inner_text().partition(" = ")[2])


def _open(page: Page, name: str) -> None:
    target = heat_map(page, name)
    box = target.bounding_box()
    assert box is not None
    target.click(position={"x": 4, "y": min(4, box["height"] / 2)})
    expect(page.locator("#dock")).to_be_visible()


def test_the_largest_terms_lead_from_a_kernel_gradient_to_probability_minus_target(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    _open(page, "conv1.dw")
    expect(page.locator("#dock h2")).to_contain_text("gradient of the weight of filter 1")
    expect(page.locator("#dock .symbol")).to_contain_text("conv1.dw[0,0,")
    expect(page.locator("#dock math").first).to_be_visible()
    expect(page.locator("#panel-terms .range")).to_have_text(re.compile(r"^1 to 12 of \d+$"))
    seen = ["conv1.dw"]
    while seen[-1] != "dense.dout":
        _check_that_it_adds_up(page)
        upstream = page.locator("#dock .terms button.factor", has_text=re.compile("^dout")).first
        value = number_of(upstream.locator(".number").inner_text())
        upstream.click()
        expect(page.locator("#dock .symbol")).not_to_contain_text(f"{seen[-1]}[")
        expect(page.locator("#dock .trail button")).to_have_count(len(seen))
        seen.append(page.locator("#dock .symbol").inner_text().partition("[")[0])
        assert _value(page) == pytest.approx(value, rel=1e-3), (
            "a factor has the value of the cell that it links to"
        )
        assert len(seen) < 12
    assert seen == [
        f"{layer}.dout" if i else "conv1.dw"
        for i, layer in enumerate(
            ("", "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "dense")
        )
    ]
    _check_that_it_adds_up(page)
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
        _open(page, name)
        expect(page.locator("#dock .symbol")).to_contain_text(name)
        if count > 12:
            expect(page.locator("#dock")).to_contain_text(f"of {count}")
            expect(page.locator("#dock .terms")).to_contain_text(re.compile("of example [2-4]"))
        _check_that_it_adds_up(page)
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
    _open(page, name)
    expect(page.locator("#dock .sentences .words")).to_have_text(re.compile(r"\w.*\."))
    expect(page.locator("#dock math")).to_have_count(2)
    if name != "pool2.winner":
        _check_that_it_adds_up(page)


def test_the_input_has_no_terms_and_a_cell_not_computed_yet_leads_to_its_moment(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0/forward/conv1")
    _open(page, "input.out")
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
    _check_that_it_adds_up(page)
    first = _value(page)
    for _ in range(8):
        page.keyboard.press(".")
    at(page, "0/backward/conv1/dout/28")
    expect(page.locator("#dock .sentences .words")).to_contain_text("So far, after 29 windows")
    _check_that_it_adds_up(page)
    assert _value(page) != first
    for _ in range(8):
        page.keyboard.press(",")
    expect(page.locator("#dock .sentences .words")).to_contain_text("So far, after 21 windows")
    assert _value(page) == first


def test_terms_are_paged_and_sorted(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    _open(page, "conv2.out")
    first = page.locator("#dock .terms tbody").inner_text()
    page.get_by_role("button", name="Later terms").click()
    expect(page.locator("#panel-terms .range")).to_contain_text("13 to 24 of")
    _check_that_it_adds_up(page)
    later, earlier = (page.get_by_role("button", name=f"{way} terms") for way in ("Later", "Earlier"))
    pages = ["13 to 24 of"]
    while later.is_enabled():
        later.click()
        expect(page.locator("#panel-terms .range")).not_to_contain_text(pages[-1])
        pages.append(page.locator("#panel-terms .range").inner_text())
        _check_that_it_adds_up(page)
    for expected in reversed(["1 to 12 of", *pages[:-1]]):
        earlier.click()
        expect(page.locator("#panel-terms .range")).to_contain_text(expected)
    expect(earlier).to_be_disabled()
    expect(page.locator("#dock .terms tbody")).to_have_text(re.compile(".+"))
    page.get_by_role("button", name="largest first").click()
    expect(page.get_by_role("button", name="in order")).to_be_visible()
    expect(page.locator("#dock .terms tbody")).not_to_have_text(first)
    _check_that_it_adds_up(page)


def test_a_breadcrumb_leads_back_to_the_example_too(person: Person, server: Server) -> None:
    page = person.open(server, "?batch_size=4&at=1")
    example = page.locator("#example-about").inner_text()
    _open(page, "conv1.dw")
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


def test_the_gradient_path_of_a_weight_states_the_direction_of_its_change(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    _open(page, "conv1.w")
    open_tab(page, "Path")
    links = page.locator("#panel-path tbody tr")
    expect(links.first).to_contain_text("dense.dout")
    expect(links.last).to_contain_text("conv1.dw")
    path = 0.0
    for row in links.all():
        _, slope, product, _ = row.locator("td").all_inner_texts()
        if slope:
            assert number_of(product) == pytest.approx(path * number_of(slope.removeprefix("× ")), rel=2e-3)
        path = number_of(product)
    expect(page.locator("#panel-path p")).to_contain_text("The strongest single path adds")
    expect(page.locator("#panel-path p")).to_have_text(re.compile(r"goes (up|down)|stays"))


def test_a_weight_leads_back_through_its_updates(person: Person, server: Server) -> None:
    page = person.open(server, "?at=2&view=conv1.w/4")
    before = page.locator("#dock .before")
    expect(before).to_have_text("How step 1 made it ›")
    value = _value(page)
    before.click()
    at(page, "1/update/dense/delta_b/9")
    expect(page.locator("#dock .symbol")).to_contain_text("conv1.new_w")
    expect(page.locator("#dock .terms")).to_be_visible()
    assert _value(page) == value
    _check_that_it_adds_up(page)
    expect(before).to_be_hidden()
    page.locator("#dock .terms button", has_text="w[").first.click()
    expect(before).to_have_text("How step 0 made it ›")
    before.click()
    at(page, "0/update/dense/delta_b/9")


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


def test_a_nudge_compares_prediction_and_result_and_changes_no_weight(person: Person, server: Server) -> None:
    page = person.open(server, "?at=3")
    _open(page, "conv1.w")
    before = read_cell(page, "conv1.w", 0.1, 0.1)
    open_tab(page, "Nudge")
    page.get_by_label("Amount to add").fill("0.0001")
    page.get_by_label("Cell to watch").fill("dense.out[3]")
    page.get_by_role("button", name="Nudge", exact=True).click()
    rows = page.locator("#nudge tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("dense.out[3]")
    for row in rows.all():
        predicted, actual, _ = row.locator("td").all_inner_texts()
        assert number_of(predicted) == pytest.approx(number_of(actual), rel=1e-2)
        assert number_of(actual) != 0
    assert read_cell(page, "conv1.w", 0.1, 0.1) == before
    page.get_by_label("Cell to watch").fill("dense.out[99]")
    page.get_by_role("button", name="Nudge", exact=True).click()
    expect(page.locator("#nudge .problem")).to_have_text(
        "There is no cell “dense.out[99]”. One is written as dense.out[3]."
    )
    page.get_by_label("Cell to watch").fill("")
    page.get_by_label("Amount to add").fill("")
    person.forgiven = "status of 422"
    page.get_by_role("button", name="Nudge", exact=True).click()
    expect(page.locator("#nudge .problem")).to_contain_text("amount")


def test_a_weight_that_is_set_is_part_of_the_link_and_one_press_takes_it_back(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=3&view=conv1.w/4")
    value = page.locator("#dock .figure .value")
    expect(value).to_have_text(re.compile(r"^−?[\d.]+$"))
    before = value.inner_text()
    open_tab(page, "Nudge")
    page.get_by_label("New value").fill("0.5")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(value).to_have_text("0.5")
    expect(page.locator("#dock .edited")).to_contain_text("Set to 0.5 from step 3 on.")
    expect(page).to_have_url(re.compile("edits="))
    page.locator("#recipe-line").get_by_role("button", name="1 edit").click()
    expect(page.locator("#edits li")).to_contain_text("conv1.w[0, 0, 1, 1] is set to 0.5")
    page.keyboard.press("Escape")
    expect(page.locator("#edits")).to_be_hidden()
    expect(page.locator("#dock")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(value).to_have_text(before)
    expect(page.locator("#dock .edited")).to_be_hidden()


def test_the_history_of_a_weight_ends_at_its_number_and_leads_to_its_steps(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=3&view=conv1.w/4")
    open_tab(page, "History")
    told = page.locator("#panel-history .told")
    expect(told).to_have_text(re.compile("^step 3: "))
    assert number_of(told.inner_text().partition(": ")[2]) == pytest.approx(_value(page), rel=1e-3)
    page.locator("#panel-history .course").focus()
    page.keyboard.press("Home")
    expect(told).to_have_text(re.compile("^step 0: "))
    page.keyboard.press("Enter")
    at(page, "0/update/dense/delta_b/9")
