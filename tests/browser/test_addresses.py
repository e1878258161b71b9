"""Addresses: links that are opened, kept, mended by hand, and walked through with Back and Forward."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import REFUSED, address_has, at, forward, numbers, press, sentence

LEFT = ("input.out", "conv1.w", "conv1.out")


def _shows_seed(page: Page, seed: int) -> None:
    expect(page.locator("#recipe-line")).to_contain_text(f"seed {seed} ·")


def test_a_link_restores_the_moment_and_the_enlarged_map(person: Person, server: Server) -> None:
    page = person.open(
        server, "?seed=3&optimizer.learning_rate=0.1&at=5/backward/conv2/dout/100&view=conv1.out/75"
    )
    expect(page.locator("#dock h2")).to_have_text("value in map 2, row 2, column 4")
    readout = page.locator("#dock .readout").inner_text()
    assert re.fullmatch(r"\[1, 1, 3\] = .+", readout)
    before = numbers(page, LEFT)
    words = sentence(page).inner_text()
    address = page.url
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    expect(sentence(page)).to_have_text(words)
    expect(page).to_have_url(address)
    assert page.locator("#dock .readout").inner_text() == readout
    assert numbers(page, LEFT) == before


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("batch_size=-1", "batch_size should be greater than"),
        ("epochs=1.", "epochs should be a valid integer"),
        ("optimizer.learning_rate=-3", "learning rate must be above 0"),
        ('network=[{"kind":"conv9d"}]', "conv9d"),
        ("preset=nothing", "there is no such worked example"),
    ],
)
def test_a_link_with_one_bad_value_opens_with_the_rest_and_says_why(
    person: Person, server: Server, value: str, words: str
) -> None:
    person.forgiven = REFUSED
    page = person.page
    link = f"{server.url}?{value}&dataset=digits&seed=3&at=1"
    page.goto(link)
    at(page, "1/update/dense/delta_b/9")
    _shows_seed(page, 3)
    problem = page.locator("#problem")
    expect(problem).to_contain_text(f"The address has “{value.partition('=')[0]}=")
    expect(problem).to_contain_text(words)
    page.get_by_role("button", name="Dismiss").click()
    expect(problem).to_be_hidden()


def test_parts_of_a_place_that_the_run_does_not_have_are_left_out_with_a_sentence(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0/loss&view=conv1.nope/0&example=77&nonsense=1")
    at(page, "0/loss/loss/loss/0")
    expect(page.locator("#problem")).to_contain_text(
        re.compile(
            "“nonsense”, which nothing here knows.*“example=77”, which is left out: the examples of a batch "
            "of this run are numbered 0 to.*“view=conv1.nope/0”, which is left out: this run has no such"
        )
    )
    page = person.open(server, "?at=3/backward/nowhere/dout/0&look=99999")
    expect(page.locator("#problem")).to_contain_text(
        re.compile(
            "This run has no moment “3/backward/nowhere/dout/0”, so it starts at its first. "
            "Its steps go from 0 to .*“look=99999”, which is left out: the training examples of this run"
        )
    )
    at(page, "0/forward/conv1/out/36")


@pytest.mark.parametrize(
    "added", ["&utm_source=mail&fbclid=x", ".", ").", "&gclid=x”.", "&utm_campaign=spring)"]
)
def test_what_others_add_to_a_link_is_ignored_and_the_link_stays_until_a_person_goes_on(
    person: Person, server: Server, added: str
) -> None:
    page = person.open(server, f"?seed=3&at=1/forward/conv1{added}")
    at(page, "1/forward/conv1/out/511")
    _shows_seed(page, 3)
    expect(page.locator("#problem")).to_be_hidden()
    assert page.url.endswith(added.replace("”", "%E2%80%9D"))
    press(page, ".")
    address_has(page, "1/forward/relu1/out/0")
    assert "?" not in page.url
    assert "utm_" not in page.url


def test_a_change_of_the_address_by_hand_is_followed_and_so_are_back_and_forward(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?seed=3&at=1")
    at(page, "1/update/dense/delta_b/9")
    forward(page, "step")
    address_has(page, "2/update/dense/delta_b/9")
    page.evaluate("location.hash = location.hash.replace('seed=3', 'seed=4').replace('at=2/', 'at=0/')")
    at(page, "0/update/dense/delta_b/9")
    _shows_seed(page, 4)
    page.go_back()
    at(page, "2/update/dense/delta_b/9")
    _shows_seed(page, 3)
    page.go_forward()
    at(page, "0/update/dense/delta_b/9")
    _shows_seed(page, 4)


def test_an_address_longer_than_a_server_takes_opens_and_can_be_reloaded(
    person: Person, server: Server
) -> None:
    pictures = [
        {"kind": "picture", "iteration": i, "slot": 0, "picture": "A" * 171, "label": i % 10}
        for i in range(256)
    ]
    edits = json.dumps(pictures, separators=(",", ":"))
    page = person.open(server)
    page.evaluate("(edits) => { location.hash = `dataset=digits&seed=3&at=2&edits=${edits}`; }", edits)
    at(page, "2/update/dense/delta_b/9")
    expect(page.locator("#problem")).to_be_hidden()
    assert len(page.url) > 64 * 1024
    page.reload()
    at(page, "2/update/dense/delta_b/9")
    expect(page.locator("#example-about")).to_contain_text("your picture")


def test_a_russian_keyboard_has_all_keys(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/conv1")
    session = page.context.new_cdp_session(page)

    def type_key(key: str, code: str) -> None:
        for kind in ("keyDown", "keyUp"):
            session.send("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": code})

    type_key("ю", "Period")
    at(page, "0/forward/relu1/out/0")
    type_key("б", "Comma")
    at(page, "0/forward/conv1/out/511")
    type_key("ы", "KeyS")
    expect(page.locator("#settings")).to_be_visible()
    press(page, "Escape")
    expect(sentence(page)).to_contain_text("conv1")
