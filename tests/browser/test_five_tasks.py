"""Five tasks of a person who sees the page for the first time, each by what stands on the page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Person, Server, somebody
from tests.browser.hands import at, by, press

LAPTOP = {"viewport": {"width": 1366, "height": 768}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def newcomer(browser: Browser, server: Server) -> Iterator[Person]:
    """Somebody who opens the page for the first time, on a laptop."""
    with somebody(browser, server, depth=None, **LAPTOP) as person:
        yield person


@pytest.fixture
def phone(browser: Browser, server: Server) -> Iterator[Person]:
    """Somebody who opens the page for the first time, on a phone."""
    with somebody(browser, server, depth=None, **PHONE) as person:
        yield person


def _open(person: Person, server: Server) -> Page:
    person.page.goto(server.url)
    person.page.wait_for_selector("html[data-ready=true]")
    return person.page


def _figure(page: Page, caption: str) -> Locator:
    """The map in focus under a caption."""
    return page.locator("#cards .focus figure", has_text=caption).locator("heat-map")


def _to_the_end_of(page: Page, phase: str) -> None:
    """Press a phase of the ribbon by its name."""
    page.locator("#ribbon").get_by_text(phase, exact=True).click()


def _share_explains_itself(page: Page) -> None:
    """Open a number of this example's share, and read where it comes from."""
    _to_the_end_of(page, "Backward")
    _figure(page, "this example's share").click(position={"x": 14, "y": 14})
    dock = page.locator("#dock")
    expect(dock.locator("h2")).to_have_text("gradient of the weight of filter 1, row 1, column 1")
    expect(dock.locator("#panel-shares li.shown")).to_contain_text("this example")
    expect(dock.locator(".meaning")).to_contain_text("If this weight grew, the loss would")


def test_why_a_number_of_a_gradient_is_what_it_is(newcomer: Person, server: Server) -> None:
    page = _open(newcomer, server)
    _to_the_end_of(page, "Backward")
    _figure(page, "dL/dw").click(position={"x": 14, "y": 14})
    dock = page.locator("#dock")
    expect(dock.locator(".meaning")).to_have_text(
        re.compile(r"^If this weight grew, the loss would (grow|fall) \(dL/dw is .*\); so the step makes it")
    )
    expect(dock.locator(".words").first).to_contain_text(
        "The blame of each output (dout), times the number that this weight met there (x)"
    )
    label, number = dock.locator(".terms tfoot tr").last.locator("td").all()
    expect(label).to_have_text("total")
    left, right = label.bounding_box(), number.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"], "the total stands beside its word"


def test_a_number_of_this_examples_share_opens_the_gradient_that_it_is_a_part_of(
    newcomer: Person, server: Server
) -> None:
    _share_explains_itself(_open(newcomer, server))


def test_a_phone_explains_a_number_of_a_gradient(phone: Person, server: Server) -> None:
    _share_explains_itself(_open(phone, server))


def _reads_the_winner(page: Page) -> None:
    focus = page.locator("#cards .focus")
    expect(focus).to_contain_text(re.compile(r"The (top|bottom) (left|right) cell wins this window"))
    expect(focus).to_contain_text("= largest of")


def test_which_pixel_wins_a_window_of_a_pool(newcomer: Person, server: Server) -> None:
    page = _open(newcomer, server)
    page.locator("#cards").get_by_role("button", name="pool1", exact=True).click()
    focus = page.locator("#cards .focus")
    expect(focus.get_by_role("heading")).to_have_text("Max-pool 1")
    focus.get_by_role("button", name="not computed yet: compute it ›").click()
    at(page, "0/forward/pool1/out/127")
    _reads_the_winner(page)


def test_the_keyboard_finds_the_winner_of_a_window(newcomer: Person, server: Server) -> None:
    page = _open(newcomer, server)
    page.locator("#cards").get_by_role("button", name="relu1,", exact=True).focus()
    press(page, "ArrowRight", "Enter")
    expect(page.locator("#cards .focus").get_by_role("heading")).to_have_text("Max-pool 1")
    page.get_by_role("button", name="not computed yet: compute it ›").focus()
    press(page, "Enter")
    _reads_the_winner(page)


def test_three_steps_are_undone(newcomer: Person, server: Server) -> None:
    page = _open(newcomer, server)
    by(page, "step")
    step = page.get_by_role("spinbutton", name="Step")
    for count in range(4):
        page.get_by_role("button", name="Next ›", exact=True).click()
        expect(step).to_have_value(str(count))
    for count in (2, 1, 0):
        page.get_by_role("button", name="‹ Step back", exact=True).click()
        expect(step).to_have_value(str(count))
    expect(page.locator("#sentence")).to_contain_text("Step 0 done")


def test_the_keyboard_undoes_three_steps(newcomer: Person, server: Server) -> None:
    page = _open(newcomer, server)
    press(page, "Tab", "Enter")
    expect(page.get_by_role("button", name="‹ Step back", exact=True)).to_be_focused()
    by(page, "step")
    for _ in range(4):
        page.get_by_role("button", name="Next ›", exact=True).press("Enter")
    step = page.get_by_role("spinbutton", name="Step")
    expect(step).to_have_value("3")
    for count in (2, 1, 0):
        page.get_by_role("button", name="‹ Step back", exact=True).press("Enter")
        expect(step).to_have_value(str(count))


def test_in_which_direction_a_weight_moves_and_why(newcomer: Person, server: Server) -> None:
    page = _open(newcomer, server)
    _figure(page, "filter 1").click(position={"x": 100, "y": 20})
    expect(page.locator("#dock .meaning")).to_have_text(
        re.compile(
            r"^If this weight grew, the loss would (grow|fall) \(dL/dw is .*\);"
            r" so the step makes it (smaller|larger), from .* to .*\.$"
        )
    )


def test_what_the_network_says_about_another_picture(newcomer: Person, server: Server) -> None:
    page = _open(newcomer, server)
    page.get_by_role("button", name="Choose example …").click()
    page.locator("dialog[open] button", has_text=re.compile(r"^\s*4\s*$")).first.click()
    page.get_by_role("button", name="See what it says ›").click()
    expect(page.locator("#sentence")).to_contain_text(re.compile(r"The network says \d, and gives"))
    expect(page.locator("#verdict")).to_have_text(re.compile(r"^says \d"))


def test_a_phone_says_what_the_network_says_about_another_picture(phone: Person, server: Server) -> None:
    page = _open(phone, server)
    page.locator("#network").get_by_role("button", name="Picture", exact=True).click()
    page.get_by_role("button", name="Choose example …").click()
    page.locator("dialog[open] button", has_text=re.compile(r"^\s*4\s*$")).first.click()
    page.locator("#network").get_by_role("button", name="Answer", exact=True).click()
    page.get_by_role("button", name="not computed yet: compute it ›").click()
    expect(page.locator("#sentence")).to_contain_text(re.compile(r"The network says \d, and gives"))
