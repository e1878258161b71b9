"""The Data dialog: sets and their examples, downloads, preprocessing, and validation splits."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import REFUSED, choose, forward, heat_map, read_cell

UNREACHABLE = "status of 409"


def _open(page: Page, title: str) -> None:
    choose(page, "Data")
    page.locator("#data .sets").get_by_role("button", name=re.compile(f"^{title}")).click()
    expect(page.locator("#data h3")).to_have_text(re.compile(f"^{title}"))


def test_a_set_is_filtered_by_class_and_by_split_and_becomes_the_data_of_a_new_run(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    _open(page, "coloured shapes")
    data = page.locator("#data")
    expect(data.locator(".about")).to_contain_text("640 examples to train with, 160 to test with")
    expect(data.locator(".class")).to_have_count(4)
    expect(data.locator(".range")).to_have_text("1 to 48 of 640")
    data.get_by_role("button", name="mean of triangle").click()
    expect(data.locator(".range")).to_have_text("1 to 48 of 160")
    expect(data.locator(".thumb").first).to_have_attribute("aria-label", re.compile("triangle$"))
    data.get_by_role("button", name="test", exact=True).click()
    expect(data.locator(".range")).to_have_text("1 to 40 of 40")
    expect(data.locator(".thumb").first).to_be_disabled()
    data.get_by_role("button", name="Use this data").click()
    expect(data).to_be_hidden()
    expect(page.locator("#recipe-line")).to_contain_text("coloured shapes")
    expect(page.locator('#stage [data-layer="input"] figure', has_text="in colour")).to_be_visible()
    expect(page).to_have_url(re.compile("dataset=shapes"))


@pytest.mark.parametrize("title", ["coloured shapes", "handwritten digits"])
def test_a_click_on_a_thumbnail_shows_the_example_on_the_stage(
    person: Person, server: Server, title: str
) -> None:
    page = person.open(server, "?at=0")
    _open(page, title)
    thumb = page.locator("#data .thumb").nth(7)
    words = thumb.get_attribute("aria-label") or ""
    number, name = re.findall(r"example (\d+): (\w+)", words)[0]
    thumb.click()
    about = page.locator("#example-about")
    expect(about).to_have_text(re.compile(rf"{name}: training example {number}$", re.IGNORECASE))


def test_signals_are_drawn_as_curves_and_each_sample_can_be_read_and_enlarged(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    _open(page, "signals")
    page.locator("#data").get_by_role("button", name="Use this data").click()
    expect(page.locator("#recipe-line")).to_contain_text("signals")
    forward(page, "layer")
    box = heat_map(page, "input.out").bounding_box()
    assert box is not None
    assert box["height"] > 20
    assert re.match(r"input.out \[0, 0, \d+\]", read_cell(page, "input.out", 0.5, 0.9))
    heat_map(page, "conv1.out").click()
    expect(page.locator("#dock .symbol")).to_contain_text("conv1.out")


def test_a_set_to_be_downloaded_states_its_size_and_a_failed_download_states_the_reason(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0")
    _open(page, "MNIST")
    data = page.locator("#data")
    expect(data.locator(".coming")).to_contain_text("a download of 11.6 MB, once")
    expect(data.get_by_role("button", name="Use this data")).to_be_disabled()
    data.get_by_role("button", name="Download", exact=True).click()
    expect(data.locator(".coming")).to_contain_text("cannot be reached. Try again")
    expect(data.get_by_role("button", name="Try again")).to_be_visible()


def test_a_link_to_missing_data_opens_the_default_run_and_states_the_reason(
    person: Person, server: Server
) -> None:
    person.forgiven = UNREACHABLE
    page = person.open(server, "?dataset=cifar10")
    expect(page.locator("#problem")).to_contain_text("CIFAR-10 is not on this machine")
    expect(page.locator("#problem")).to_contain_text("--data-dir")


@pytest.mark.parametrize("context_options", [{"viewport": {"width": 390, "height": 844}}])
def test_on_a_phone_the_data_dialog_is_no_wider_than_the_screen(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0")
    _open(page, "oriented lines")
    expect(page.locator("#data .thumb")).to_have_count(48)
    wide, room = page.evaluate("[document.querySelector('#data').scrollWidth, innerWidth]")
    assert wide <= room


def test_preprocessing_is_previewed_as_pictures_and_becomes_part_of_the_recipe(
    person: Person, server: Server
) -> None:
    person.forgiven = REFUSED
    page = person.open(server, "?at=0")
    _open(page, "handwritten digits")
    data = page.locator("#data")
    data.locator("summary").click()
    expect(data.locator(".pairs figure")).to_have_count(8)
    data.get_by_label("Wrong labels").fill("2")
    data.get_by_label("Wrong labels").blur()
    expect(data.locator(".problem")).to_contain_text("less than or equal to 1")
    data.get_by_label("Wrong labels").fill("1")
    data.get_by_label("Scaling").select_option("centred")
    data.get_by_label("Classes").select_option("uneven")
    expect(data.locator(".counts")).to_contain_text("9 15.")
    expect(data.locator(".pairs .wrong")).to_have_count(8)
    expect(data.locator(".problem")).to_be_hidden()
    data.get_by_role("button", name="Use this data").click()
    expect(data).to_be_hidden()
    expect(page.locator("#example-about")).to_contain_text("in truth")
    expect(page).to_have_url(re.compile(r"preprocessing\.scaling=centred"))
    page.reload()
    expect(page.locator("#example-about")).to_contain_text("in truth")
    assert float(read_cell(page, "input.out", 0.01, 0.01).split("\n")[-1].replace("−", "-")) == -0.5


def test_a_validation_split_is_shown_in_the_dialog_and_evaluated(person: Person, server: Server) -> None:
    person.forgiven = REFUSED
    page = person.open(server, "?at=0&batch_size=16")
    expect(page.locator("#run .key.accuracy")).to_have_text("test accuracy")
    _open(page, "handwritten digits")
    data = page.locator("#data")
    part = data.get_by_role("button", name="validation", exact=True)
    expect(part).to_be_hidden()
    data.locator("summary").click()
    expect(data.get_by_label("Share held out")).to_be_hidden()
    data.get_by_role("combobox", name="Validation").select_option("hold_out")
    expect(data.locator(".turn .range")).to_have_text("1 to 48 of 1,149")
    part.click()
    expect(data.locator(".turn .range")).to_have_text("1 to 48 of 288")
    expect(data.locator(".thumb").first).to_be_disabled()
    data.get_by_role("combobox", name="Validation").select_option("k_fold")
    data.get_by_label("Fold", exact=True).fill("6")
    data.get_by_label("Fold", exact=True).blur()
    expect(data.locator(".problem")).to_contain_text("Of 5 folds the last is number 4, not 5")
    data.get_by_label("Fold", exact=True).fill("2")
    data.get_by_role("button", name="Use this data").click()
    expect(data).to_be_hidden()
    expect(page).to_have_url(re.compile(r"validation\.kind=k_fold"))
    expect(page.locator("#run .key.accuracy")).to_have_text("validation accuracy")
    expect(page.locator("#accuracy-at")).to_contain_text("on 288 validation examples")
    page.reload()
    choose(page, "Evaluate")
    expect(page.locator("#evaluation [data-part=validation]")).to_contain_text("288 examples")
    expect(page.locator("#evaluation [data-part=train]")).to_contain_text("1,149 examples")
    page.locator("#evaluation [data-part=validation]").click()
    expect(page.locator("#evaluation .gallery h3")).to_contain_text("mistake")
