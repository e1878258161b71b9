"""The Compare dialog: the form of a sweep, its table, its curves, and its refusals."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import REFUSED, choose, eventually
from tests.browser.test_everywhere import SIZES

LINES = (
    "?dataset=lines&batch_size=16&epochs=2&at=0&network="
    '[{"kind":"conv2d","filters":2},{"kind":"maxpool2d"},{"kind":"flatten"},{"kind":"dense","units":4}]'
)


def _open(page: Page) -> Locator:
    choose(page, "Compare")
    compare = page.locator("#compare")
    expect(compare).to_be_visible()
    expect(compare.get_by_label("Vary")).to_have_value("learning_rate")
    return compare


def _start(compare: Locator, values: str) -> None:
    compare.get_by_label("rates").first.fill(values)
    compare.get_by_role("button", name="Start").click()


def _wait_for_sweep(page: Page, note: str) -> None:
    """Wait until the sweep is done. The wait goes on as long as its table changes."""
    eventually(page, lambda: expect(page.locator("#compare .note")).to_have_text(note), "#compare tbody")


def test_a_sweep_of_two_rates_fills_the_table_and_the_curves_and_a_row_opens_its_run(
    person: Person, server: Server
) -> None:
    page = person.open(server, LINES)
    compare = _open(page)
    expect(compare.get_by_label("rates").first).to_have_value("0.01, 0.03, 0.1")
    expect(compare.get_by_label("epochs")).to_have_value("2")
    _start(compare, "0.02, 0.2")
    _wait_for_sweep(page, "2 runs of 2 epochs")
    rows = compare.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("done")
    expect(compare.locator("th").nth(3)).to_have_text("Test accuracy")
    expect(compare.locator(".hint")).to_contain_text("hold out a validation part")
    expect(compare.locator(".chart .main-svg").first).to_be_visible()
    names = "() => document.querySelector('#compare .chart').data.map(({ name, x }) => [name, x.length])"
    curves = page.evaluate(names)
    assert [name for name, _ in curves] == ["learning rate 0.02", "learning rate 0.2"] * 2
    assert all(points > 10 for _, points in curves)
    accuracies = [float(re.findall(r"([\d.]+) %", rows.nth(i).inner_text())[0]) for i in range(rows.count())]
    compare.get_by_role("button", name="Test accuracy").click()
    best = max(accuracies)
    expect(rows.nth(0)).to_contain_text(f"{best:.1f} %")
    compare.get_by_role("button", name="Test accuracy ↓").click()
    expect(rows.nth(0)).to_contain_text(f"{min(accuracies):.1f} %")
    link = compare.get_by_role("link", name="Open the run with learning rate 0.2")
    assert "optimizer.learning_rate=0.2" in (link.get_attribute("href") or "")
    link.press("Enter")
    expect(compare).to_be_hidden()
    expect(page.locator("#recipe-line")).to_contain_text("learning rate 0.2")
    expect(page).to_have_url(re.compile(r"optimizer\.learning_rate=0\.2"))
    _open(page)
    expect(rows).to_have_count(2)


def test_average_and_max_pooling_are_compared_over_folds(person: Person, server: Server) -> None:
    page = person.open(server, LINES)
    compare = _open(page)
    compare.get_by_label("Vary").select_option("pooling")
    compare.get_by_label("and").select_option("fold")
    compare.get_by_label("how many").fill("2")
    compare.get_by_label("epochs").fill("1")
    compare.get_by_role("button", name="Start").click()
    _wait_for_sweep(page, "4 runs of 1 epoch")
    sums = compare.locator("tfoot tr")
    expect(sums).to_have_count(2)
    expect(sums.nth(0)).to_contain_text(re.compile(r"max\s*mean of 2.*%\s*±"))
    expect(sums.nth(1)).to_contain_text(re.compile(r"average\s*mean of 2"))
    expect(compare.locator("th").nth(4)).to_have_text("Validation accuracy")
    expect(compare.locator(".hint")).to_be_hidden()
    compare.locator("tbody tr").nth(2).click()
    expect(page.locator('#stage [data-layer="avgpool"], #stage [data-layer="pool"]')).to_be_visible()
    expect(page.locator("#run .key.accuracy")).to_have_text("validation accuracy")
    expect(page).to_have_url(re.compile(r"avgpool2d"))


def test_a_refused_sweep_is_explained_in_the_dialog(person: Person, server: Server) -> None:
    person.forgiven = REFUSED
    page = person.open(server, LINES)
    compare = _open(page)
    _start(compare, "0.1, fast")
    expect(compare.locator(".problem")).to_contain_text("a valid number")
    compare.get_by_label("Vary").select_option("dropout")
    compare.get_by_role("button", name="Start").click()
    expect(compare.locator(".problem")).to_contain_text("add a Dropout")
    compare.get_by_label("Vary").select_option("learning_rate")
    compare.get_by_label("epochs").fill("10000")
    compare.get_by_role("button", name="Start").click()
    expect(compare.locator(".problem")).to_contain_text("at most 250,000 are allowed")


def test_a_cancelled_sweep_keeps_its_results(person: Person, server: Server) -> None:
    page = person.open(server, LINES.replace("batch_size=16", "batch_size=1"))
    compare = _open(page)
    compare.get_by_label("epochs").fill("400")
    _start(compare, "0.001, 0.002")
    expect(compare.locator("tbody tr").first).to_contain_text(re.compile(r"\d %$"))
    expect(compare.locator("tbody tr").first).to_contain_text(re.compile(r"[1-9]\d* %$"))
    compare.get_by_role("button", name="Cancel").click()
    expect(compare.locator(".note")).to_have_text("Cancelled")
    expect(compare.locator("tbody tr").first).to_contain_text("cancelled")
    expect(compare.get_by_role("button", name="Cancel")).to_be_hidden()


@pytest.mark.parametrize("size", SIZES)
def test_the_comparison_fits_every_screen(person: Person, server: Server, size: tuple[int, int]) -> None:
    person.page.set_viewport_size({"width": size[0], "height": size[1]})
    page = person.open(server, LINES)
    compare = _open(page)
    _start(compare, "0.02, 0.2")
    _wait_for_sweep(page, "2 runs of 2 epochs")
    expect(compare.locator(".chart .main-svg").first).to_be_visible()
    box = compare.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] + box["height"] <= size[1]
