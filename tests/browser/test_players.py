"""Several pages on one link: each plays by itself, and one follows another."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ENDLESS, Person, Server
from tests.browser.hands import (
    at,
    choose,
    eventually,
    forward,
    numbers,
    pause,
    press,
    read_cell,
    sentence,
)
from tests.browser.pages_of_a_run import (
    expect_here,
    expect_playing,
    iteration_of,
    link_to_follow,
    start_playing,
    wait_for_more,
)
from tests.waiting import wait_until

SOME = ("conv1.w", "conv1.out", "dense.dw")


def test_two_pages_of_one_link_play_each_for_itself_and_see_only_that_they_are_two(
    person: Person, other_person: Person, server: Server
) -> None:
    first = person.open(server, "?seed=301&at=0/forward/conv1")
    expect(first.locator("#here")).to_be_hidden()
    second = other_person.open(server, "?seed=301&at=0/forward/conv1")
    for page in (first, second):
        expect_here(page, 2)
    start_playing(first)
    wait_until(lambda: iteration_of(first) > 100)
    expect_playing(second, False)
    press(second, ".", ".")
    at(second, "0/forward/relu1/out/1")
    expect(second.locator("#curve")).to_have_attribute("aria-valuemax", re.compile(r"^\d{3,}$"))

    start_playing(second, "layer", "10 a second")
    second.wait_for_url(re.compile("at=0/backward/"))
    wait_for_more(first)
    second.locator("h1").click()
    press(second, " ")
    expect_playing(second, False)
    wait_for_more(first)
    expect_playing(first)
    words = sentence(second).inner_text()

    pause(first)
    assert sentence(second).inner_text() == words
    start_playing(second, "step", "10 a second")
    wait_until(lambda: 1 < iteration_of(second) < iteration_of(first))
    expect_playing(first, False)
    pause(second)
    first.close()
    expect(second.locator("#here")).to_be_hidden()


def test_two_pages_of_one_link_train_and_evaluate_each_for_itself(
    person: Person, other_person: Person, server: Server
) -> None:
    recipe = "batch_size=16&optimizer.learning_rate=0.1&seed=302"
    first = person.open(server, f"?{recipe}&at=0")
    second = other_person.open(server, f"?{recipe}&at=0")
    first.get_by_role("button", name="Train to 97 %").click()
    reached = first.locator("#training").get_by_role("button", name=re.compile("97 % after"))
    eventually(first, lambda: expect(reached).to_be_visible())
    expect_playing(first, False)
    expect(first.locator("#accuracy")).to_have_text(re.compile(r"(9[789]|100)\.\d %"))
    expect(second.locator("#iteration")).to_have_value("0")
    expect_playing(second, False)
    for page in (first, second):
        choose(page, "Evaluate")
        expect(page.locator("#evaluation .gallery h3")).to_contain_text("mistake")
        press(page, "Escape")
    second.locator("#training").get_by_role("button", name=re.compile("97 % after")).click()
    expect(second.locator("#accuracy")).to_have_text(first.locator("#accuracy").inner_text())


def test_a_page_that_plays_by_iterations_asks_for_no_iteration(person: Person, server: Server) -> None:
    page = person.open(server, "?seed=303&at=0")
    start_playing(page)
    wait_until(lambda: iteration_of(page) > 0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.wait_for_timeout(3000)
    wait_for_more(page)
    assert [url for url in asked if "/iterations/" in url] == []
    asked.clear()
    pause(page)
    assert len([url for url in asked if "/iterations/" in url]) == 1, "the exact numbers of where it stands"


def test_numbers_are_shown_only_where_they_are_exact(person: Person, server: Server) -> None:
    page = person.open(server, "?seed=304&at=0")
    start_playing(page, speed="1 a second")
    wait_for_more(page)
    assert "number shown when paused" in read_cell(page, "conv1.out", 0.1, 0.1)
    expect(page.locator("#loss")).to_have_text(re.compile(r"^\d"))
    page.locator("heat-map[data-name='conv1.out']").first.click(position={"x": 4, "y": 4})
    expect(page.locator("#dock .readout")).to_have_text(re.compile(r"\] = −?\d"))
    pause(page)
    expect(page.locator("#dock .readout")).to_have_text(re.compile(r"\] = −?\d"))
    press(page, "Escape")
    assert re.search(r"\d", read_cell(page, "conv1.out", 0.1, 0.1).partition("]")[2])


def test_a_page_follows_another_and_returns_to_its_own_place(
    person: Person, other_person: Person, server: Server
) -> None:
    first = person.open(server, "?seed=305&at=3/backward/conv2/dout/7")
    other_person.open(server, "?seed=305&at=0")
    link = link_to_follow(first)
    second = other_person.open(server, "?seed=306&at=2/forward/conv1/out/100&view=conv1.out/30")
    mine = second.url
    expect(first.locator("#players .followers")).to_have_text("Nobody follows this page yet.")
    second.goto(link)
    band = second.locator("#following")
    expect(band).to_contain_text("Following another page.")
    expect(second.locator("#recipe-line")).to_contain_text("seed 305")
    expect(sentence(second)).to_have_text(sentence(first).inner_text())
    expect(first.locator("#players .followers")).to_have_text("One page follows this one.")
    press(first, "Escape")

    forward(first, "step")
    expect(second.locator("#iteration")).to_have_value("3")
    expect(sentence(second)).to_have_text(re.compile("^Step 3 done"))
    assert numbers(second, SOME) == numbers(first, SOME), "exact at rest"
    first.locator("heat-map[data-name='conv1.w']").first.click(position={"x": 4, "y": 4})
    expect(second.locator("#dock .symbol")).to_have_text(re.compile(r"^conv1\.w\["))
    press(first, "Escape")
    expect(second.locator("#dock")).to_be_hidden()

    start_playing(first)
    wait_until(lambda: iteration_of(second) > 50)
    second.locator("h1").click()
    press(second, "ArrowDown", " ")
    expect(band).to_contain_text("To move by yourself, stop following.")
    wait_for_more(second)
    expect_playing(second, False)
    pause(first)
    expect(second.locator("#iteration")).to_have_value(first.locator("#iteration").input_value())

    second.goto(mine)
    at(second, "2/forward/conv1/out/100")
    expect(band).to_be_hidden()


def test_a_leader_in_the_same_run_is_followed_by_one_button_and_left_by_another(
    person: Person, other_person: Person, server: Server
) -> None:
    first = person.open(server, "?seed=307&at=5")
    second = other_person.open(server, "?seed=307&at=1/forward/conv1")
    expect_here(first, 2)
    link_to_follow(first)
    mine = re.compile("#.*seed=307&at=1/forward/conv1/out/")
    second.locator("#here").click()
    second.get_by_role("button", name="Follow it").click()
    expect(second.locator("#following")).to_be_visible()
    expect(second.locator("#iteration")).to_have_value("5")
    expect(second).to_have_url(re.compile(r"#follow="))
    second.get_by_role("button", name="Stop following").click()
    expect(second.locator("#following")).to_be_hidden()
    expect(second.locator("#iteration")).to_have_value("1")
    expect(second).to_have_url(mine)

    second.locator("#here").click()
    second.get_by_role("button", name="Follow it").click()
    expect(second.locator("#iteration")).to_have_value("5")
    first.get_by_role("button", name="Stop letting others follow").click()
    expect(second.locator("#problem")).to_contain_text("The page you followed has closed.")
    expect(second).to_have_url(mine)


def test_a_duplicated_tab_is_a_player_of_its_own_that_begins_as_a_copy(
    person: Person, server: Server
) -> None:
    page = person.open(server, f"?{ENDLESS}&seed=308&at=0")
    start_playing(page)
    wait_for_more(page)
    with page.context.expect_page() as opened:
        page.evaluate("void window.open(location.href)")
    copy = opened.value
    copy.wait_for_selector("html[data-ready=true]")
    assert copy.evaluate("sessionStorage.getItem('player')") != page.evaluate(
        "sessionStorage.getItem('player')"
    )
    expect_playing(copy)
    expect_here(page, 2)
    pause(copy)
    wait_for_more(page)
    expect_playing(page)


@pytest.mark.parametrize("context_options", [{"viewport": {"width": 390, "height": 844}}])
def test_on_a_phone_the_panel_and_the_band_of_followers_fit_the_screen(
    person: Person, other_person: Person, server: Server
) -> None:
    first = person.open(server, "?seed=309&at=1")
    second = other_person.open(server, "?seed=309&at=1")
    expect_here(first, 2)
    link_to_follow(first)
    second.locator("#here").click()
    second.get_by_role("button", name="Follow it").click()
    expect(second.get_by_role("button", name="Stop following")).to_be_in_viewport(ratio=1)
    expect(first.locator("#players")).to_be_in_viewport(ratio=1)
    for page in (first, second):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
