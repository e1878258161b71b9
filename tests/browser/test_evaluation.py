"""The Evaluation dialog: accuracy, the confusion matrix, and the gallery of mistakes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import REFUSED, at, choose, forward
from tests.browser.test_everywhere import SIZES


def _open(page: Page) -> None:
    choose(page, "Evaluate")
    expect(page.locator("#evaluation .answered").first).to_be_visible()


def _counts(page: Page) -> list[list[int]]:
    """The counts in the confusion matrix on the page."""
    page.wait_for_selector("#evaluation .chart .main-svg")
    counts: list[list[int]] = page.evaluate("document.querySelector('#evaluation .chart').data[0].text")
    return counts


def test_all_examples_are_evaluated_and_the_matrix_counts_each_of_them(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=199&batch_size=8")
    _open(page)
    expect(page.locator("#evaluation .note")).to_have_text("After 200 steps")
    test = page.locator("#evaluation [data-part=test]")
    expect(test).to_contain_text("360 examples")
    expect(test).to_have_attribute("aria-pressed", "true")
    counts = _counts(page)
    assert sum(map(sum, counts)) == 360
    right = sum(counts[i][i] for i in range(10))
    expect(test).to_contain_text(f"{100 * right / 360:.1f} % right")
    expect(page.locator("#evaluation .gallery h3")).to_have_text(f"{360 - right} mistakes")
    page.locator("#evaluation [data-part=train]").click()
    expect(page.locator("#evaluation .hint").nth(1)).to_contain_text("look at it on the stage")
    page.wait_for_function(
        "() => document.querySelector('#evaluation .chart').data[0].text.flat()"
        ".reduce((sum, count) => sum + count, 0) === 1437"
    )


def test_a_cell_of_the_matrix_shows_its_examples(person: Person, server: Server) -> None:
    page = person.open(server, "?at=40")
    _open(page)
    counts = _counts(page)
    most, row, column = max((counts[i][j], i, j) for i in range(10) for j in range(10) if i != j)
    cell = page.evaluate(
        """([row, column]) => {
          const chart = document.querySelector("#evaluation .chart");
          const { xaxis, yaxis } = chart._fullLayout;
          const box = chart.getBoundingClientRect();
          return [box.x + xaxis._offset + xaxis.l2p(column), box.y + yaxis._offset + yaxis.l2p(row)];
        }""",
        [row, column],
    )
    page.mouse.move(*cell)
    page.mouse.click(*cell)
    expect(page.locator("#evaluation .gallery h3")).to_have_text(f"{most} example{'s' if most > 1 else ''}")
    expect(page.locator("#evaluation .answered b").first).to_have_text(f"{row} → {column}")
    expect(page.locator("#evaluation select.label")).to_have_value(str(row))
    page.locator("#evaluation select.answer").select_option(str(row))
    expect(page.locator("#evaluation .gallery h3")).to_have_text(re.compile(rf"^{counts[row][row]} example"))


def test_a_click_on_a_training_mistake_shows_it_on_the_stage(person: Person, server: Server) -> None:
    page = person.open(server, "?at=5")
    _open(page)
    page.locator("#evaluation [data-part=train]").click()
    mistake = page.locator("#evaluation button.answered").first
    expect(mistake).to_be_visible()
    number = re.search(r"training example (\d+)", mistake.get_attribute("title") or "")
    assert number is not None
    mistake.click()
    expect(page.locator("#evaluation")).to_be_hidden()
    # The weights that were evaluated are those of the next iteration's forward pass.
    at(page, "6/loss/loss/loss/0")
    expect(page.locator("#example-about")).to_contain_text(f"training example {number[1]}")
    expect(page.locator("#look-about")).to_have_text("Not in this batch: shown, but not trained on.")
    expect(page.locator("#recipe-line")).not_to_contain_text("edit")


def test_after_more_training_the_evaluation_is_computed_again(person: Person, server: Server) -> None:
    page = person.open(server, "?at=3&seed=4711")
    _open(page)
    expect(page.locator("#evaluation .note")).to_have_text("After 4 steps")
    page.get_by_role("button", name="Close").click()
    forward(page, "step")
    at(page, "4/update/dense/delta_b/9")
    _open(page)
    expect(page.locator("#evaluation .note")).to_have_text("After 5 steps")


def test_the_network_is_evaluated_as_it_is_at_the_moment_of_the_page(person: Person, server: Server) -> None:
    page = person.open(server, "?at=30&seed=4712")
    test = page.locator("#evaluation [data-part=test]")
    _open(page)
    trained = test.inner_text()
    page.get_by_role("button", name="Close").click()
    for moment, words in (("2", "After 3 steps"), ("2/loss", "After 2 steps")):
        page = person.open(server, f"?at={moment}&seed=4712")
        _open(page)
        expect(page.locator("#evaluation .note")).to_have_text(words)
        expect(test).to_contain_text("360 examples")
        assert test.inner_text() != trained


def test_the_evaluation_of_a_worked_example_has_no_classes(person: Person, server: Server) -> None:
    page = person.open(server, "?preset=two-neurons")
    choose(page, "Evaluate")
    expect(page.locator("#evaluation [data-part=train]")).to_contain_text("1 example")
    expect(page.locator("#evaluation [data-part=test]")).to_have_count(0)
    expect(page.locator("#evaluation .found")).to_be_hidden()


def test_a_running_evaluation_shows_its_progress_and_is_cancelled(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    answer = {"iteration": 1, "status": "running", "parts": []}
    part = {"part": "test", "done": 40, "total": 360, "accuracy": 0.5, "loss": 2, "wrong": 20}
    answer["parts"] = [{**part, "confusion": None}]

    def reply(route: object) -> None:
        status = "cancelled" if route.request.method == "DELETE" else "running"
        run = re.findall(r"runs/(.+)/evaluation", route.request.url)[0]
        route.fulfill(json={**answer, "run": run, "status": status})

    page.route(re.compile(r"/evaluation(\?|$)"), reply)
    choose(page, "Evaluate")
    expect(page.locator("#evaluation [data-part=test]")).to_contain_text("40 of 360 examples")
    assert page.locator("#evaluation progress").evaluate("(bar) => bar.position") == pytest.approx(1 / 9)
    page.locator("#evaluation .stop").click()
    expect(page.locator("#evaluation .note")).to_have_text("Cancelled, after 1 step")
    again = page.get_by_role("button", name="Evaluate again")
    again.click()
    expect(again).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Evaluation")).to_be_hidden()
    at(page, "0/update/dense/delta_b/9")


def test_a_refused_evaluation_is_explained_in_the_dialog(person: Person, server: Server) -> None:
    person.forgiven = REFUSED
    page = person.open(server, "?at=0")
    error = {"error": {"code": "full", "message": "There is no room.", "field": None}}
    page.route("**/evaluation", lambda route: route.fulfill(status=422, json=error))
    choose(page, "Evaluate")
    expect(page.locator("#evaluation .note")).to_have_text("There is no room.")


@pytest.mark.parametrize("size", SIZES)
def test_the_evaluation_fits_every_screen(person: Person, server: Server, size: tuple[int, int]) -> None:
    person.page.set_viewport_size({"width": size[0], "height": size[1]})
    page = person.open(server, "?at=20")
    _open(page)
    box = page.locator("#evaluation").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= size[1]
    wide = page.locator("#evaluation .found").evaluate("(found) => found.scrollWidth - found.clientWidth")
    assert wide <= 0
    page.locator("#evaluation [data-part=train]").click()
    mistake = page.locator("#evaluation button.answered").first
    expect(mistake).to_be_visible()
    hidden = mistake.evaluate("(mistake) => mistake.scrollHeight - mistake.clientHeight")
    assert hidden <= 0, "each training mistake has its picture and its words in full"
