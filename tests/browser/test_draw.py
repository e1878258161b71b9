"""The Draw dialog: a digit, its pipeline, prediction, saliency, training on it, and the collection."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ENDLESS, PLAIN, Person, Server
from tests.browser.hands import REFUSED, choose, eventually, stop_playing

QUICK = "?batch_size=16&optimizer.learning_rate=0.1"
SEVEN = [(0.28, 0.2), (0.72, 0.2), (0.6, 0.45), (0.5, 0.65), (0.45, 0.85)]
THREE = [(90, 60), (190, 60), (130, 130), (190, 180), (150, 230), (80, 220)]


@pytest.fixture(params=[(1366, 768), (390, 844)], ids=["laptop", "phone"])
def context_options(request: pytest.FixtureRequest) -> dict[str, object]:
    width, height = request.param
    return {"viewport": {"width": width, "height": height}, "accept_downloads": True}


def draw(page: Page, points: list[tuple[float, float]] = SEVEN) -> None:
    """Draw a stroke through `points`, given as fractions of the width and height of the pad."""
    pad = page.locator("#draw canvas.pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def photo() -> bytes:
    """A JPEG of a three, written with a ballpoint pen on squared paper, in uneven light."""
    image = Image.new("L", (300, 300), 215)
    pen = ImageDraw.Draw(image)
    for at in range(10, 300, 28):
        pen.line([(at, 0), (at, 300)], fill=150)
        pen.line([(0, at), (300, at)], fill=150)
    pen.line(THREE, fill=60, width=9, joint="curve")
    shade = np.asarray(image, float) * np.linspace(0.7, 1.1, 300)[None, :]
    shade += np.random.default_rng(3).normal(0, 3, shade.shape)
    soft = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.8))
    file = io.BytesIO()
    soft.save(file, "JPEG", quality=80)
    return file.getvalue()


def dialog(page: Page) -> Locator:
    return page.locator("#draw")


def shares(page: Page) -> list[str]:
    """The likelihoods on the page, after the prediction for the current picture has arrived."""
    expect(dialog(page).locator(".says")).to_have_attribute("aria-busy", "false")
    return dialog(page).locator(".bars .number").all_inner_texts()


def open_pad(person: Person, server: Server, query: str = "", recipe: str = PLAIN) -> Page:
    page = person.open(server, query, recipe)
    # The console reports each refused request: an unfinished drawing may hold no digit yet.
    person.forgiven = REFUSED
    choose(page, "Draw")
    expect(dialog(page)).to_contain_text("Draw a digit, or bring a picture of one.")
    return page


def test_a_digit_is_drawn_predicted_explained_uploaded_and_trained_on(person: Person, server: Server) -> None:
    page = open_pad(person, server, recipe="")
    draw(page)
    expect(dialog(page).locator(".verdict")).to_contain_text("untrained")
    # Both screen sizes use one server: the second finds the run trained.
    train = dialog(page).get_by_role("button", name=re.compile("^(Train to 97 %|97 % after .* ›)$"))
    train.click()
    training = dialog(page).locator(".training")
    eventually(page, lambda: expect(training).to_contain_text("97 % after"))
    expect(dialog(page).locator(".winner b")).to_have_text("7")
    expect(dialog(page).locator(".verdict")).to_contain_text("The network answers 7 with")
    expect(dialog(page).locator(".note")).to_contain_text(re.compile(r"after [\d,]+ steps$"))

    # Each stage of the pipeline has a picture and a sentence.
    expect(dialog(page).locator(".stages button")).to_have_count(10)
    dialog(page).locator(".stages button", has_text="Digit cropped").click()
    expect(dialog(page).locator(".stage-words")).to_contain_text("pixels wide")

    # Saliency maps and nearest neighbours.
    dialog(page).get_by_label("Method").select_option(label="input gradient")
    expect(dialog(page).locator(".why .words")).to_contain_text(re.compile(r"dense\.out\[\d\] is"))
    expect(dialog(page).locator(".seen heat-map")).to_be_visible()
    dialog(page).get_by_label("Method").select_option(label="Grad-CAM")
    expect(dialog(page).locator(".why .words")).to_contain_text("maps of")
    expect(dialog(page).locator(".nearest figure")).to_have_count(8)

    # Upload a photo of a three.
    dialog(page).locator(".source input[type=file]").set_input_files(
        {"name": "IMG_1.JPG", "mimeType": "image/jpeg", "buffer": photo()}
    )
    expect(dialog(page).locator("canvas.photo")).to_be_visible()
    dialog(page).locator(".stages button", has_text="Lines removed").click()
    expect(dialog(page).locator(".stage-words")).to_contain_text(re.compile(r"lines? of the paper went"))

    # Train on it once, and read what changed.
    teach = dialog(page).locator(".teach")
    teach.get_by_label("Its label").select_option("3")
    before = page.url
    teach.get_by_role("button", name="Train on it").click()
    expect(teach.locator(".effect")).to_contain_text("loss on your picture")
    assert teach.locator(".moved tr").count() == 9
    expect(page).not_to_have_url(before)
    dialog(page).get_by_role("button", name="Close").click()
    expect(page.locator("#example-about")).to_contain_text("your picture")
    page.go_back()
    expect(page.locator("#example-about")).not_to_contain_text("your picture")


SLOW = """() => {
    const { fetch } = window;
    window.fetch = async (...request) => {
      const reply = await fetch(...request);
      if (String(request[0]).endsWith("/prediction")) await new Promise((done) => setTimeout(done, 800));
      return reply;
    };
    window.requestAnimationFrame = (draw) => setTimeout(draw, 1600);
}"""
"""Predictions arrive late, and pictures of a new moment are drawn even later."""


def test_a_late_prediction_is_not_shown_at_another_moment(person: Person, server: Server) -> None:
    page = open_pad(person, server, f"{QUICK}&seed=43")
    draw(page)
    dialog(page).get_by_role("button", name=re.compile("^(Train to 97 %|97 % after .* ›)$")).click()
    training = dialog(page).locator(".training")
    eventually(page, lambda: expect(training).to_contain_text("97 % after"))
    expect(dialog(page).locator(".verdict")).not_to_contain_text("untrained")
    trained = shares(page)
    dialog(page).get_by_role("button", name="Close").click()
    page.get_by_role("spinbutton", name="Step", exact=True).fill("0")
    page.get_by_role("spinbutton", name="Step", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(r"[#&]at=0/"))
    choose(page, "Draw")
    dialog(page).get_by_role("button", name="Move it left by a pixel").click()
    expect(dialog(page).locator(".note")).to_have_text(re.compile("after 1 step$"))
    assert shares(page) != trained
    page.evaluate(SLOW)
    dialog(page).get_by_role("button", name="Restore").click()
    dialog(page).get_by_role("button", name=re.compile("^97 % after")).click()
    expect(dialog(page).locator(".note")).not_to_have_text(re.compile("after 1 step$"))
    expect(dialog(page).locator(".bars .number")).to_have_text(trained)


def test_an_edit_of_the_pixels_changes_the_prediction_and_restore_undoes_it(
    person: Person, server: Server
) -> None:
    page = open_pad(person, server, f"{QUICK}&at=40")
    draw(page)
    expect(dialog(page).locator(".bars .best")).to_have_count(1)
    drawn = shares(page)
    for move in ("Move it left by a pixel", "Move it down by a pixel"):
        dialog(page).get_by_role("button", name=move).click()
    expect(dialog(page).locator(".bars .number").first).not_to_have_text(drawn[0])
    dialog(page).get_by_role("button", name="Restore").click()
    for number, text in enumerate(drawn):
        expect(dialog(page).locator(".bars .number").nth(number)).to_have_text(text)
    dialog(page).get_by_role("button", name="Erase").click()
    dialog(page).locator(".seen .frame").click(position={"x": 140, "y": 20})
    expect(dialog(page).locator(".bars .number").first).not_to_have_text(drawn[0])


def test_a_chosen_label_stays_until_another_digit_is_drawn(person: Person, server: Server) -> None:
    page = open_pad(person, server)
    draw(page)
    shares(page)
    label = dialog(page).locator(".teach").get_by_label("Its label")
    guess = label.input_value()
    other = "4" if guess != "4" else "5"
    label.select_option(other)
    dialog(page).get_by_role("button", name="Move it left by a pixel").click()
    shares(page)
    expect(label).to_have_value(other)
    dialog(page).get_by_role("button", name="Undo").click()
    draw(page)
    shares(page)
    expect(label).to_have_value(guess)


def test_pixels_are_painted_with_the_keyboard(person: Person, server: Server) -> None:
    page = open_pad(person, server, f"{QUICK}&at=40")
    draw(page)
    expect(dialog(page).locator(".bars .best")).to_have_count(1)
    drawn = shares(page)
    frame = dialog(page).locator(".seen .frame")
    frame.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(frame.locator(".cursor")).to_be_visible()
    expect(dialog(page).locator(".bars .number").first).not_to_have_text(drawn[0])


def test_the_cell_that_a_saliency_map_explains_is_chosen_with_the_keyboard(
    person: Person, server: Server
) -> None:
    page = open_pad(person, server, f"{QUICK}&at=40")
    draw(page)
    expect(dialog(page).locator(".bars .best")).to_have_count(1)
    dialog(page).get_by_label("Method").select_option(label="input gradient")
    page.keyboard.press("Tab")
    dialog(page).locator(".strip heat-map").first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(dialog(page).locator(".why .words")).to_contain_text(re.compile(r"^conv1\.out\[0, 1, 2\] is"))


def test_training_is_cancelled_in_the_dialog_that_started_it(person: Person, server: Server) -> None:
    page = open_pad(person, server, f"?{ENDLESS}&seed=12")
    draw(page)
    training = dialog(page).locator(".training")
    training.get_by_role("button", name="Train to 97 %").click()
    expect(training.locator("progress")).to_be_visible()
    stop_playing(page, training.get_by_role("button", name="Cancel"))
    expect(training.get_by_role("button", name="Train to 97 %")).to_be_visible()
    expect(training.locator("progress")).to_be_hidden()


def test_a_drawing_is_shown_on_the_stage_and_its_numbers_are_explained(
    person: Person, server: Server
) -> None:
    page = open_pad(person, server, f"{QUICK}&at=40")
    draw(page)
    expect(dialog(page).locator(".bars .best")).to_have_count(1)
    dialog(page).get_by_label("Its label").select_option("7")
    dialog(page).get_by_role("button", name="On the stage ›").click()
    expect(dialog(page)).to_be_hidden()
    expect(page.locator("#example-about")).to_have_text("A 7: your picture")
    page.locator('#stage heat-map[data-name="conv1.out"]').click(position={"x": 12, "y": 12})
    expect(page.locator("#dock")).to_contain_text("conv1.out")


def test_a_network_of_scanned_digits_offers_one_that_learns_drawn_digits(
    person: Person, server: Server
) -> None:
    page = open_pad(person, server)
    expect(dialog(page).locator(".advice")).to_contain_text("scanned decades ago")
    dialog(page).get_by_role("button", name="Start a network that learns drawn digits").click()
    expect(dialog(page).locator(".note")).to_contain_text("drawn and scanned digits")
    expect(dialog(page).locator(".advice")).to_be_hidden()


def test_a_click_draws_a_dot(person: Person, server: Server) -> None:
    page = open_pad(person, server)
    dialog(page).locator("canvas.pad").click(position={"x": 100, "y": 100})
    expect(dialog(page).locator(".stages button")).to_have_count(10)


def test_strokes_are_undone_and_the_pad_is_cleared(person: Person, server: Server) -> None:
    page = open_pad(person, server)
    draw(page)
    draw(page, [(0.3, 0.5), (0.7, 0.5)])
    expect(dialog(page).locator(".stages button")).to_have_count(10)
    dialog(page).get_by_role("button", name="Undo").click()
    dialog(page).get_by_role("button", name="Clear").click()
    expect(dialog(page).locator(".verdict")).to_have_text("Draw a digit, or bring a picture of one.")
    expect(dialog(page).get_by_role("button", name="Clear")).to_be_disabled()


def test_a_file_that_is_not_a_picture_is_refused_and_the_pad_can_be_used_again(
    person: Person, server: Server
) -> None:
    page = open_pad(person, server)
    dialog(page).locator(".source input[type=file]").set_input_files(
        {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 "}
    )
    expect(dialog(page).locator(".source .problem")).to_contain_text("It is a PDF document. Bring a PNG")
    dialog(page).get_by_role("button", name="Back to the pad").click()
    expect(dialog(page).locator(".source .problem")).to_be_hidden()
    draw(page)
    expect(dialog(page).locator(".stages button")).to_have_count(10)


def test_a_refused_picture_hides_the_picture_before_it(person: Person, server: Server) -> None:
    page = open_pad(person, server)
    files = dialog(page).locator(".source input[type=file]")
    whole = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    files.set_input_files(whole)
    expect(dialog(page).locator("canvas.photo")).to_be_visible()
    files.set_input_files({**whole, "buffer": photo()[:2000]})
    expect(dialog(page).locator(".source .problem")).to_contain_text("breaks off before its end")
    expect(dialog(page).locator("canvas.photo")).to_be_hidden()
    draw(page)
    expect(dialog(page).locator(".stages button")).to_have_count(10)
    expect(dialog(page).locator(".source .problem")).to_be_hidden()
    expect(dialog(page).get_by_role("button", name="Undo")).to_be_visible()


def test_one_of_several_digits_is_chosen(person: Person, server: Server) -> None:
    page = open_pad(person, server)
    draw(page, [(x * 0.5, y) for x, y in SEVEN])
    draw(page, [(0.75, 0.2), (0.75, 0.8)])
    expect(dialog(page).locator(".doubts")).to_contain_text("2 digits were found")
    taken = dialog(page).locator(".which [aria-pressed=true]")
    expect(taken).to_have_count(1)
    other = {"1": "2", "2": "1"}[taken.inner_text()]
    dialog(page).locator(".which button", has_text=other).click()
    expect(taken).to_have_text(other)


def test_a_collection_is_exported_imported_and_trained_on(person: Person, server: Server) -> None:
    page = open_pad(person, server)
    draw(page)
    dialog(page).locator(".teach").get_by_label("Its label").select_option("7")
    dialog(page).get_by_role("button", name="Keep it").click()
    mine = dialog(page).locator(".mine")
    expect(mine).to_contain_text("1 digit.")
    with page.expect_download() as coming:
        mine.get_by_role("button", name="Export").click()
    exported = coming.value.path().read_bytes()
    assert [digit["label"] for digit in json.loads(exported)["digits"]] == [7]
    mine.get_by_role("button", name="Delete your 7").click()
    expect(mine.locator("figure")).to_have_count(0)
    files = mine.locator("input[type=file]")
    files.set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": b"{}"})
    expect(dialog(page).locator(".source .problem")).to_contain_text("no file of digits")
    files.set_input_files({"name": "my-digits.json", "mimeType": "application/json", "buffer": exported})
    expect(mine.locator("figure")).to_have_count(1)
    expect(dialog(page).locator(".source .problem")).to_be_hidden()
    mine.get_by_role("button", name="Train on them among the others").click()
    expect(dialog(page).locator(".note")).to_contain_text("my digits")
    expect(page).to_have_url(re.compile(r"dataset=own%3A[0-9a-f]{16}|dataset=own:[0-9a-f]{16}"))
    expect(mine).to_contain_text("1 digit.")
    expect(mine.locator("figure")).to_have_count(1)


def test_a_run_on_other_data_offers_a_run_on_digits(person: Person, server: Server) -> None:
    layers = '[{"kind":"globalavgpool"},{"kind":"dense","units":4}]'
    page = person.open(server, f"?dataset=shapes&network={layers}")
    choose(page, "Draw")
    dialog(page).get_by_role("button", name="Start a network that learns drawn digits").click()
    expect(dialog(page).locator("canvas.pad")).to_be_visible()
