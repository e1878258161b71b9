"""The network builder: layers are set, moved and fixed, with the mouse and with the keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import REFUSED, at, choose
from tests.browser.test_everywhere import SIZES


def _open(person: Person, server: Server, query: str = "?at=0") -> Page:
    page = person.open(server, query)
    choose(page, "Network")
    expect(_figures(page, 0)).not_to_have_text("…")
    return page


def _rows(page: Page) -> Locator:
    return page.locator("#builder .layers > li")


def _figures(page: Page, row: int) -> Locator:
    """The shape of the output in a row."""
    return _rows(page).nth(row).locator(".figure").first


def test_shapes_and_counts_follow_each_keystroke(person: Person, server: Server) -> None:
    page = _open(person, server)
    expect(_rows(page)).to_have_count(8)
    expect(page.locator("#builder .sums")).to_have_text(
        re.compile(r"^1,898 parameters · 23,680 multiply-adds")
    )
    page.get_by_label("Filters of Conv2d").first.fill("4")
    expect(_figures(page, 0)).to_have_text("4×8×8")
    expect(_figures(page, 2)).to_have_text("4×4×4")
    expect(page.locator("#builder .sums")).to_contain_text("1,282 parameters")
    page.get_by_label("Padding of Conv2d").first.select_option("valid")
    expect(_figures(page, 0)).to_have_text("4×6×6")
    page.get_by_label("Padding of Conv2d").first.select_option("a number")
    page.get_by_label("Padding of Conv2d").nth(1).fill("2")
    expect(_figures(page, 0)).to_have_text("4×10×10")
    expect(page.get_by_label("Padding of Conv2d").nth(1)).to_be_focused()


def test_a_layer_that_does_not_fit_is_marked_with_the_reason_and_a_fix(
    person: Person, server: Server
) -> None:
    page = _open(person, server)
    fault = page.locator("#builder .at-fault")
    move = fault.get_by_role("button", name="Move it before the flatten layer instead")
    page.get_by_role("button", name="+ MaxPool2d").click()
    expect(fault).to_contain_text("needs images")
    expect(move).to_be_in_viewport(ratio=0.9)
    move.click()
    expect(fault).to_have_count(0)
    # A further pooling does not fit before the flatten layer either.
    page.get_by_role("button", name="+ MaxPool2d").click()
    expect(fault).to_contain_text("needs images")
    expect(fault.get_by_role("button", name="Leave it out instead")).to_be_in_viewport(ratio=0.9)
    expect(move).to_have_count(0)
    for _ in range(2):
        page.get_by_role("button", name="Move up: MaxPool2d").last.click()
    expect(fault).to_contain_text("pool4")
    expect(fault).to_contain_text("its window needs at least 2 rows and 2 columns")
    expect(_figures(page, 6)).to_have_text("16×1×1")
    expect(_figures(page, 7)).to_have_text("–")
    fault.get_by_role("button", name="Leave it out instead").click()
    expect(fault).to_have_count(0)
    page.get_by_role("button", name="Start this network").click()
    at(page, "0/forward/conv1/out/36")
    expect(page.locator("#stage .column")).to_have_count(11)
    expect(page.locator("#builder")).to_be_hidden()
    page.go_back()
    expect(page.locator("#stage .column")).to_have_count(10)


def test_the_keyboard_moves_and_removes_layers_and_keeps_the_focus(person: Person, server: Server) -> None:
    page = _open(person, server)
    names = page.locator("#builder .layers .title .quiet")
    page.get_by_label("Units of Dense").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(names.nth(6)).to_have_text("Dense")
    expect(page.get_by_label("Units of Dense")).to_be_focused()
    expect(page.locator("#builder .at-fault")).to_contain_text("put a flatten layer before it")
    page.keyboard.press("Alt+ArrowDown")
    expect(names.nth(7)).to_have_text("Dense")
    expect(page.locator("#builder .at-fault")).to_have_count(0)
    down = page.get_by_role("button", name="Move down: Flatten")
    down.focus()
    page.keyboard.press("Enter")
    expect(names.nth(7)).to_have_text("Flatten")
    expect(page.get_by_role("button", name="Move up: Flatten")).to_be_focused()
    page.get_by_role("button", name="Remove: Flatten").focus()
    page.keyboard.press("Enter")
    expect(_rows(page)).to_have_count(7)
    expect(page.get_by_role("button", name="Move up: Dense")).to_be_focused()


def test_a_draft_survives_a_refusal_and_a_closed_dialog(person: Person, server: Server) -> None:
    person.forgiven = REFUSED
    page = _open(person, server)
    filters = page.get_by_label("Filters of Conv2d").first
    filters.fill("5000")
    fault = page.locator("#builder .at-fault")
    expect(fault).to_contain_text("between 1 and 4096 filters, not 5000")
    page.get_by_role("button", name="Start this network").click()
    expect(page.locator("#builder .problem")).to_contain_text("between 1 and 4096 filters")
    expect(filters).to_have_value("5000")
    filters.fill("")
    expect(fault).to_contain_text("filters should be")
    page.keyboard.press("Escape")
    choose(page, "Network")
    expect(filters).to_have_value("")
    filters.fill("3")
    expect(_figures(page, 0)).to_have_text("3×8×8")
    page.get_by_role("button", name="Start this network").click()
    expect(page.locator("#builder")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"network="))


def test_for_a_batch_that_is_too_large_a_smaller_size_is_offered(person: Person, server: Server) -> None:
    page = _open(person, server, "?at=0&batch_size=256")
    page.get_by_label("Filters of Conv2d").nth(0).fill("200")
    page.get_by_label("Filters of Conv2d").nth(1).fill("200")
    problem = page.locator("#builder .problem")
    expect(problem).to_contain_text("use a smaller batch")
    problem.get_by_role("button", name=re.compile(r"Use a batch of \d+ instead")).click()
    expect(problem).to_be_hidden()
    expect(page.locator("#builder .about")).not_to_contain_text("batch 256")


def test_a_preset_replaces_the_layers(person: Person, server: Server) -> None:
    page = _open(person, server)
    page.get_by_role("button", name="One filter").click()
    expect(_figures(page, 0)).to_have_text("1×6×6")
    page.get_by_role("button", name="This run's network").click()
    expect(_figures(page, 0)).to_have_text("8×8×8")
    page.get_by_role("button", name="A multilayer perceptron").click()
    expect(page.locator("#builder .sums")).to_contain_text("2,410 parameters")
    page.get_by_role("button", name="Start this network").click()
    expect(page.locator("#stage .column")).to_have_count(6)


def test_the_counts_of_another_network_are_hidden_until_the_report_arrives(
    person: Person, server: Server
) -> None:
    page = _open(person, server)
    sums = page.locator("#builder .sums")
    expect(sums).to_contain_text("parameters")
    asked: list[Route] = []
    page.route("**/api/networks", lambda route: asked.append(route))
    with page.expect_request("**/api/networks"):
        page.get_by_role("button", name="A multilayer perceptron").click()
    expect(sums).to_have_text("…")
    for route in asked:
        route.continue_()
    expect(sums).to_contain_text("2,410 parameters")


@pytest.mark.parametrize("size", SIZES)
def test_the_builder_fits_every_screen(person: Person, server: Server, size: tuple[int, int]) -> None:
    person.page.set_viewport_size({"width": size[0], "height": size[1]})
    page = _open(person, server)
    for selector in ("#builder .close", "#builder .start", "#builder .sums", "#builder .presets"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] + box["height"] <= size[1]
    wide = page.locator("#builder .scroll").evaluate("(scroll) => scroll.scrollWidth - scroll.clientWidth")
    assert wide <= 0


def test_after_the_browsers_back_the_builder_shows_the_run_that_is_open(
    person: Person, server: Server
) -> None:
    page = person.open(server)
    choose(page, "Data")
    page.locator("#data .sets").get_by_role("button", name=re.compile("^coloured shapes")).click()
    page.get_by_role("button", name="Use this data").click()
    expect(page.locator("#recipe-line")).to_contain_text("coloured shapes")
    choose(page, "Network")
    about = page.locator("#builder .about")
    expect(about).to_contain_text("coloured shapes")
    page.go_back()
    expect(about).to_contain_text("handwritten digits")
    expect(_figures(page, 0)).to_have_text("8×8×8")
    page.get_by_label("Filters of Conv2d").first.fill("3")
    expect(_figures(page, 0)).to_have_text("3×8×8")
    page.get_by_role("button", name="Start this network").click()
    expect(page.locator("#builder")).to_be_hidden()
    expect(page.locator("#recipe-line")).to_contain_text("handwritten digits")
    expect(page).to_have_url(re.compile("network="))
