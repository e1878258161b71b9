"""A chosen training example: on the stage at every moment, in the batch or not, and never trained on."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import at, forward, heat_map, play_by, press, read_cell, sentence
from tests.waiting import wait_until

ACTIVATION, GRADIENT = "conv1.out", "conv1.dw"
BESIDE = "Not in this batch: shown, but not trained on."


def look_at_77(page: Page) -> None:
    """Choose training example 77 in the picker, and wait until it is on the stage."""
    page.get_by_role("button", name="Choose example").click()
    expect(page.locator("#examples")).to_contain_text("Nothing is trained on it.")
    page.get_by_role("button", name="on ›").click()
    expect(page.locator("#examples .range")).to_have_text("60 to 119 of 1,437")
    page.get_by_title("training example 77", exact=True).click()
    expect(page.locator("#example-about")).to_have_text(re.compile(r"^An? \d: training example 77$"))


def test_a_chosen_example_is_shown_with_the_gradients_of_the_batch_and_the_run_stays(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=2")
    recipe = page.locator("#recipe-line").inner_text()
    values, gradient = (read_cell(page, name, 0.45, 0.3) for name in (ACTIVATION, GRADIENT))
    look_at_77(page)
    expect(page.locator("#look-about")).to_have_text(BESIDE)
    expect(page).to_have_url(re.compile(r"[#&]look=77(&|$)"))
    at(page, "2/update/dense/delta_b/9")
    assert page.locator("#recipe-line").inner_text() == recipe
    assert read_cell(page, ACTIVATION, 0.45, 0.3) != values
    assert read_cell(page, GRADIENT, 0.45, 0.3) == gradient
    about = page.locator("#dock .about")
    heat_map(page, GRADIENT).click(position={"x": 4, "y": 4})
    expect(about).to_contain_text("the whole batch: one example, without the one shown")
    press(page, "Escape")
    heat_map(page, ACTIVATION).click(position={"x": 4, "y": 4})
    expect(about).to_contain_text("this example, which is not in the batch")
    press(page, "Escape")
    page.get_by_role("button", name="back to the batch").click()
    expect(page.locator("#look")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("look="))
    assert read_cell(page, ACTIVATION, 0.45, 0.3) == values


def test_it_stays_in_view_while_a_person_steps_and_plays(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0&look=77")
    forward(page, "step")
    at(page, "1/update/dense/delta_b/9")
    about = page.locator("#example-about")
    expect(about).to_contain_text("training example 77")
    before = read_cell(page, ACTIVATION, 0.45, 0.3)
    play_by(page, "step", "100 a second")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#curve")).to_have_attribute("aria-valuemax", re.compile(r"^\d{2,}$"))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(about).to_contain_text("training example 77")
    # The weights have changed.
    wait_until(lambda: read_cell(page, ACTIVATION, 0.45, 0.3) != before)


def test_an_example_of_the_batch_has_the_words_of_its_slot(person: Person, server: Server) -> None:
    page = person.open(server, "?batch_size=4&at=2&example=3")
    text = page.locator("#example-about").inner_text()
    value = read_cell(page, ACTIVATION, 0.45, 0.3)
    number = text.rpartition(" ")[2]
    page = person.open(server, f"?batch_size=4&at=2&look={number}")
    expect(page.locator("#look-about")).to_have_text("In this batch, and trained on.")
    expect(page.get_by_role("button", name="Train on it")).to_be_hidden()
    expect(page.locator("#slot")).to_have_value("4")
    assert read_cell(page, ACTIVATION, 0.45, 0.3) == value
    forward(page, "step")
    at(page, "3/update/dense/delta_b/9")
    expect(page.locator("#look-about")).to_have_text(BESIDE)
    expect(page.locator("#slot")).to_have_value("")
    page.get_by_role("button", name="Next example of the batch").click()
    expect(page.locator("#slot")).to_have_value("1")
    expect(page.locator("#look")).to_be_hidden()


def test_each_step_of_its_pass_is_shown_and_explained(person: Person, server: Server) -> None:
    page = person.open(server, "?at=3/forward/input/out/0&look=77")
    expect(sentence(page)).to_contain_text("training example 77")
    expect(sentence(page)).to_contain_text("which is not in its batch")
    page = person.open(server, "?at=3/backward/conv2/dout/20&look=77&view=conv2.dw/3")
    expect(page.locator("#dock")).to_contain_text("So far, after 21 windows.")
    page = person.open(server, "?at=3&look=77&view=dense.out/2")
    expect(page.locator("#dock .terms tbody tr").first).to_be_visible()
    page.locator("#dock .terms tbody button").first.click()
    expect(page.locator("#dock .symbol")).not_to_contain_text("dense.out")
    expect(page.locator("#example-about")).to_contain_text("training example 77")


def test_an_example_that_does_not_exist_is_explained_and_the_batch_is_shown(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=1&look=5000")
    expect(page.locator("#problem")).to_contain_text(
        "The address has “look=5000”, which is left out: the training examples of this run are numbered "
        "0 to 1,436."
    )
    expect(page.locator("#look")).to_be_hidden()
    expect(page.locator("#example-about")).to_contain_text("training example")
