"""A weight in the dock: its way through the updates, its path to the loss, nudges and edits."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Server
from tests.browser.explained import check_that_it_adds_up, explained_value, open_cell_of
from tests.browser.hands import (
    at,
    number_of,
    open_tab,
    read_cell,
)


def test_the_gradient_path_of_a_weight_states_the_direction_of_its_change(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    open_cell_of(page, "conv1.w")
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
    value = explained_value(page)
    before.click()
    at(page, "1/update/dense/delta_b/9")
    expect(page.locator("#dock .symbol")).to_contain_text("conv1.new_w")
    expect(page.locator("#dock .terms")).to_be_visible()
    assert explained_value(page) == value
    check_that_it_adds_up(page)
    expect(before).to_be_hidden()
    page.locator("#dock .terms button", has_text="w[").first.click()
    expect(before).to_have_text("How step 0 made it ›")
    before.click()
    at(page, "0/update/dense/delta_b/9")


def test_a_nudge_compares_prediction_and_result_and_changes_no_weight(person: Person, server: Server) -> None:
    page = person.open(server, "?at=3")
    open_cell_of(page, "conv1.w")
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
    assert number_of(told.inner_text().partition(": ")[2]) == pytest.approx(explained_value(page), rel=1e-3)
    page.locator("#panel-history .course").focus()
    page.keyboard.press("Home")
    expect(told).to_have_text(re.compile("^step 0: "))
    page.keyboard.press("Enter")
    at(page, "0/update/dense/delta_b/9")
