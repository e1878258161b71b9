"""Early stopping on the page, and the signs of binary layers."""

import re
from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import address_has, at, by, choose, eventually, heat_map, press, sentence

NETWORK = '[{"kind":"maxpool2d"},{"kind":"flatten"},{"kind":"dense","units":10}]'
SIGNS = (
    '[{"kind":"conv2d","filters":2,"binary":"weights"},{"kind":"conv2d","filters":2,"binary":"both"},'
    '{"kind":"flatten"},{"kind":"dense","units":10}]'
)


def test_a_run_stops_early_and_the_page_links_to_its_best_iteration(person: Person, server: Server) -> None:
    page = person.open(server, f"?network={quote(NETWORK)}&batch_size=8&at=0")
    choose(page, "Settings")
    page.get_by_label("Learning rate").fill("0.5")
    page.get_by_label("Early stopping").select_option("patience")
    dialog = page.locator("#settings")
    expect(dialog).to_contain_text("have not brought that loss down")
    dialog.get_by_label("patience", exact=True).fill("0")
    # The console reports the refused requests too.
    person.forgiven = "status of 4"
    page.get_by_role("button", name="Start a new run").click()
    expect(dialog.locator(".problem")).to_contain_text("between 1 and 10,000 evaluations")
    dialog.get_by_label("patience", exact=True).fill("3")
    dialog.get_by_label("minimum improvement").fill("0.01")
    page.get_by_role("button", name="Start a new run").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#stopped")).to_be_hidden()
    by(page, "step")
    page.locator("h1").click()
    press(page, " ")
    stopped = page.locator("#stopped")
    eventually(page, lambda: expect(stopped).to_contain_text("Stopped early, after iteration"))
    words = page.locator("#stopped p").inner_text()
    end = re.findall(r"after iteration (\d+)", words)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    at(page, f"{end[0]}/update/dense/delta_b/9")
    expect(sentence(page)).to_contain_text(words)
    page.get_by_role("button", name=f"★ Go to step {end[1]}").click()
    at(page, f"{end[1]}/update/dense/delta_b/9")
    expect(page.locator("#curve-text")).to_contain_text("★ lowest loss")
    address_has(page, f"{end[1]}/update/dense/delta_b/9")
    # A link to a moment after the early stop opens the last iteration and states the reason.
    address = page.url.replace(f"at={end[1]}/", "at=900/")
    page.goto(address)
    page.wait_for_selector("html[data-ready=true]")
    at(page, f"{end[0]}/update/dense/delta_b/9")
    expect(page.locator("#problem")).to_contain_text("Stopped early")


def test_the_signs_of_a_binary_layer_are_shown_and_the_check_names_the_estimates(
    person: Person, server: Server
) -> None:
    page = person.open(server, f"?network={quote(SIGNS)}&at=3")
    for name in ("conv1.sign_w", "conv2.sign_w", "conv2.sign_x"):
        expect(heat_map(page, name)).to_be_visible()
    badge = page.locator("#stage .badge")
    badge.nth(0).click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("are straight-through estimates, not slopes")
    dialog.get_by_role("button", name="Close").click()
    expect(badge.nth(0)).to_have_text("∇≈")
    badge.nth(1).click()
    expect(dialog).to_contain_text("The gradients agree. All 2 cells")
    expect(dialog).to_contain_text("straight-through estimates")
    dialog.get_by_role("button", name="Close").click()
    expect(badge.nth(1)).to_have_text("∇✓")
    heat_map(page, "conv2.sign_w").click(position={"x": 3, "y": 3})
    expect(page.locator("#dock")).to_contain_text("This sign is what the layer multiplies")
    expect(page.locator("#panel-windows")).to_be_hidden()
    expect(page.locator("#nudge")).to_be_hidden()
    expect(page.locator("#problem")).to_be_hidden()
