"""Worked examples: the menu, the stops, and the comparison with the published numbers."""

import re
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from server.recipe.worked_examples import WORKED_EXAMPLES
from tests.browser.conftest import Person, Server
from tests.browser.hands import at, choose, eventually, forward, open_tab, sentence


def _choose(page: Page, title: str) -> None:
    choose(page, "Worked examples")
    page.locator("#presets").get_by_role("button", name=title).click()


@pytest.mark.parametrize("preset", WORKED_EXAMPLES, ids=lambda preset: preset.key)
def test_every_number_of_a_worked_example_is_the_published_one(
    person: Person, server: Server, preset: object
) -> None:
    assert preset in WORKED_EXAMPLES
    page = person.open(server, "?at=0")
    _choose(page, preset.title)
    guide = page.get_by_role("region", name="Worked example")
    for number, stop in enumerate(preset.stops):
        expect(guide.locator(".counter")).to_have_text(f"{number + 1} of {len(preset.stops)}")
        expect(guide.locator(".words")).to_have_text(stop.words)
        text = re.escape(stop.published.replace("-", "−"))
        compared = re.compile(f"^expected {text}, here .* ✓$")
        eventually(page, partial(expect(guide.locator(".compared")).to_have_text, compared))
        expect(page.locator("#dock .symbol")).to_contain_text(stop.name)
        if number + 1 < len(preset.stops):
            guide.get_by_role("button", name="next").click()
    expect(guide.get_by_role("button", name="next")).to_be_disabled()


def test_the_link_of_a_worked_example_opens_it_at_its_stop(person: Person, server: Server) -> None:
    page = person.open(server, "?preset=two-neurons&stop=4")
    guide = page.get_by_role("region", name="Worked example")
    expect(guide.locator(".compared")).to_have_text("expected 0.298371109, here 0.29837110876 ✓")
    at(page, "0/loss/loss/loss/0")
    expect(page).to_have_url(re.compile(r"preset=two-neurons&stop=4"))
    expect(page.locator("#bars li").nth(0).locator(".number")).to_have_text("0.7514 → 0.01")
    expect(page.locator("#tested")).to_be_hidden()
    guide.get_by_role("button", name="Leave the worked example").click()
    expect(guide).to_be_hidden()
    page.reload()
    expect(sentence(page)).to_contain_text("That of this example is 0.3")


def test_a_changed_recipe_leaves_the_worked_example(person: Person, server: Server) -> None:
    page = person.open(server, "?preset=smallest-convolution")
    guide = page.get_by_role("region", name="Worked example")
    expect(guide).to_be_visible()
    choose(page, "Settings")
    page.get_by_label("Learning rate").fill("0.02")
    page.get_by_role("button", name="Start a new run").click()
    expect(guide).to_be_hidden()
    page.go_back()
    expect(guide.locator("h2")).to_have_text("The smallest convolution")


def test_a_stop_fills_in_its_nudge(person: Person, server: Server) -> None:
    page = person.open(server, "?preset=bright-pixel&stop=2")
    open_tab(page, "Nudge")
    page.get_by_role("button", name="Nudge", exact=True).click()
    row = page.locator("#nudge tr", has_text="conv.out[0,0,0]")
    expect(row.locator("td")).to_have_text(["80", "80", "0 → 80"])


def test_away_from_its_stop_nothing_is_compared_and_a_button_leads_back(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?preset=smallest-convolution&stop=4")
    guide = page.get_by_role("region", name="Worked example")
    expect(guide.locator(".compared")).to_have_text("expected 66, here 66 ✓")
    forward(page, "step")
    expect(guide.locator(".compared")).to_have_text("")
    guide.get_by_role("button", name="Back to this stop").click()
    expect(guide.locator(".compared")).to_have_text("expected 66, here 66 ✓")
    guide.get_by_role("button", name="next").click()
    expect(guide.locator(".counter")).to_have_text("5 of 5")
    page.go_back()
    expect(guide.locator(".counter")).to_have_text("4 of 5")
    choose(page, "Reset")
    expect(guide.locator(".counter")).to_have_text("1 of 5")


def test_an_unknown_worked_example_is_reported(person: Person, server: Server) -> None:
    page = person.open(server, "?preset=nothing")
    expect(page.locator("#problem")).to_contain_text("“preset=nothing”")
    expect(page.get_by_role("region", name="Worked example")).to_be_hidden()
