"""Several pages on one link: each plays by itself, one follows another, all come back after a restart."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ENDLESS, Person, Server, somebody, start_server
from tests.browser.hands import (
    at,
    choose,
    eventually,
    forward,
    numbers,
    pause,
    play_by,
    press,
    read_cell,
    sentence,
)
from tests.waiting import wait_until

SOME = ("conv1.w", "conv1.out", "dense.dw")
FASTEST = "as fast as it goes"


def _play(page: Page, unit: str = "step", speed: str = FASTEST) -> None:
    play_by(page, unit, speed)
    page.get_by_role("button", name="Play", exact=True).click()


def _iteration(page: Page) -> int:
    return int(page.locator("#iteration").input_value())


def _goes_on(page: Page) -> None:
    """Wait until the page shows a later iteration than now."""
    now = _iteration(page)
    wait_until(lambda: _iteration(page) > now)


def _plays(page: Page, yes: bool = True) -> None:
    expect(page.locator("#play")).to_have_text("Pause" if yes else "Play")


def _here(page: Page, count: int) -> None:
    expect(page.get_by_role("button", name=f"{count} here", exact=True)).to_be_visible()


def _link(page: Page) -> str:
    """Let others follow a page, and return the link with which they do."""
    page.locator("#here").click()
    page.get_by_role("button", name="Let others follow this page").click()
    link = page.get_by_label("The link to follow this page")
    expect(link).to_have_value(re.compile(r"#follow=[0-9a-f]{32}$"))
    return link.input_value()


def test_two_pages_of_one_link_play_each_for_itself_and_see_only_that_they_are_two(
    person: Person, other_person: Person, server: Server
) -> None:
    first = person.open(server, "?seed=301&at=0/forward/conv1")
    expect(first.locator("#here")).to_be_hidden()
    second = other_person.open(server, "?seed=301&at=0/forward/conv1")
    for page in (first, second):
        _here(page, 2)
    _play(first)
    wait_until(lambda: _iteration(first) > 100)
    _plays(second, False)
    press(second, ".", ".")
    at(second, "0/forward/relu1/out/1")
    expect(second.locator("#curve")).to_have_attribute("aria-valuemax", re.compile(r"^\d{3,}$"))

    _play(second, "layer", "10 a second")
    second.wait_for_url(re.compile("at=0/backward/"))
    _goes_on(first)
    second.locator("h1").click()
    press(second, " ")
    _plays(second, False)
    _goes_on(first)
    _plays(first)
    words = sentence(second).inner_text()

    pause(first)
    assert sentence(second).inner_text() == words
    _play(second, "step", "10 a second")
    wait_until(lambda: 1 < _iteration(second) < _iteration(first))
    _plays(first, False)
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
    _plays(first, False)
    expect(first.locator("#accuracy")).to_have_text(re.compile(r"(9[789]|100)\.\d %"))
    expect(second.locator("#iteration")).to_have_value("0")
    _plays(second, False)
    for page in (first, second):
        choose(page, "Evaluate")
        expect(page.locator("#evaluation .gallery h3")).to_contain_text("mistake")
        press(page, "Escape")
    second.locator("#training").get_by_role("button", name=re.compile("97 % after")).click()
    expect(second.locator("#accuracy")).to_have_text(first.locator("#accuracy").inner_text())


def test_a_page_that_plays_by_iterations_asks_for_no_iteration(person: Person, server: Server) -> None:
    page = person.open(server, "?seed=303&at=0")
    _play(page)
    wait_until(lambda: _iteration(page) > 0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.wait_for_timeout(3000)
    _goes_on(page)
    assert [url for url in asked if "/iterations/" in url] == []
    asked.clear()
    pause(page)
    assert len([url for url in asked if "/iterations/" in url]) == 1, "the exact numbers of where it stands"


def test_numbers_are_shown_only_where_they_are_exact(person: Person, server: Server) -> None:
    page = person.open(server, "?seed=304&at=0")
    _play(page, speed="1 a second")
    _goes_on(page)
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
    link = _link(first)
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

    _play(first)
    wait_until(lambda: _iteration(second) > 50)
    second.locator("h1").click()
    press(second, "ArrowDown", " ")
    expect(band).to_contain_text("To move by yourself, stop following.")
    _goes_on(second)
    _plays(second, False)
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
    _here(first, 2)
    _link(first)
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


@contextmanager
def _killed_and_started(server: Server) -> Iterator[list[Server]]:
    """A server that is killed at once; the list gets the one that is started in its place."""
    server.stop(signal.SIGKILL)
    started: list[Server] = []
    try:
        yield started
    finally:
        for each in started:
            each.stop()


def test_pages_go_on_after_the_server_was_killed_and_started_again(browser: Browser) -> None:
    server = start_server()
    with somebody(browser, server) as one, somebody(browser, server) as two:
        one.forgiven = two.forgiven = "Failed to load resource"
        first = one.open(server, f"?{ENDLESS}&seed=5&at=0")
        second = two.open(server, f"?{ENDLESS}&seed=5&at=2/forward/conv2/out/20")
        before = numbers(second, ("conv2.out",))
        _play(first)
        wait_until(lambda: _iteration(first) > 100)
        with _killed_and_started(server) as started:
            _says_lost(first, second)
            expect(first.locator("#play")).to_have_text("Waiting")
            was = _iteration(first)
            started.append(start_server(server.port))
            for page in (first, second):
                expect(page.locator("#problem")).to_be_hidden()
                _here(page, 2)
            _plays(first)
            wait_until(lambda: _iteration(first) > was)
            _plays(second, False)
            assert numbers(second, ("conv2.out",)) == before
            forward(second, "cell")
            at(second, "2/forward/conv2/out/21")


@contextmanager
def _frozen(server: Server) -> Iterator[None]:
    """A server that does nothing, with its connections open, as a computer that sleeps."""
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


def _says_lost(*pages: Page) -> None:
    for page in pages:
        expect(page.locator("#problem")).to_contain_text("Connection lost. Trying again …")


def _opacity(page: Page, selector: str) -> float:
    return float(page.locator(selector).evaluate("element => getComputedStyle(element).opacity"))


def test_a_server_that_hangs_is_noticed_every_wait_ends_and_all_goes_on_when_it_answers(
    browser: Browser,
) -> None:
    server = start_server()
    try:
        with somebody(browser, server) as one, somebody(browser, server) as two:
            first = one.open(server, f"?{ENDLESS}&seed=8&at=0")
            second = two.open(server, f"?{ENDLESS}&seed=8&at=2")
            _play(first)
            wait_until(lambda: _iteration(first) > 20)
            with _frozen(server):
                choose(second, "Evaluate")
                _says_lost(first, second)
                expect(first.locator("#play")).to_have_text("Waiting")
                expect(second.locator("#play")).to_have_text("Play")
                assert max(_opacity(first, part) for part in ("#network", "#here")) < 1
                assert _opacity(second, "#here") < _opacity(second, "#network") == 1
                expect(second.locator("#evaluation")).to_contain_text("The server does not answer.")
                press(second, "Escape")
                forward(second, "step")
                was = _iteration(first)
            for page in (first, second):
                expect(page.locator("#problem")).to_be_hidden()
                assert _opacity(page, "#here") == 1
            _plays(first)
            wait_until(lambda: _iteration(first) > was)
            expect(second.locator("#iteration")).to_have_value("3")
    finally:
        server.stop()


def test_a_page_that_waits_for_the_server_can_be_told_not_to_play_on(browser: Browser) -> None:
    server = start_server()
    try:
        with somebody(browser, server) as one:
            page = one.open(server, f"?{ENDLESS}&seed=9&at=0")
            _play(page)
            wait_until(lambda: _iteration(page) > 20)
            with _frozen(server):
                _says_lost(page)
                page.get_by_role("button", name="Waiting").click()
                _plays(page, False)
            expect(page.locator("#problem")).to_be_hidden()
            _plays(page, False)
    finally:
        server.stop()


def test_a_page_follows_on_after_the_server_was_killed_and_started_again(browser: Browser) -> None:
    server = start_server()
    with somebody(browser, server) as one, somebody(browser, server) as two:
        one.forgiven = two.forgiven = "Failed to load resource"
        first, second = (each.open(server, f"?{ENDLESS}&seed=6&at={at}") for each, at in ((one, 4), (two, 0)))
        second.goto(_link(first))
        expect(second.locator("#iteration")).to_have_value("4")
        with _killed_and_started(server) as started:
            _says_lost(first, second)
            started.append(start_server(server.port))
            expect(first.locator("#players .followers")).to_have_text("One page follows this one.")
            press(first, "Escape")
            forward(first, "step")
            expect(second.locator("#iteration")).to_have_value("4")
            expect(sentence(second)).to_have_text(re.compile("^Step 4 done"))
            expect(second.locator("#following")).to_contain_text("Following another page.")


def test_a_duplicated_tab_is_a_player_of_its_own_that_begins_as_a_copy(
    person: Person, server: Server
) -> None:
    page = person.open(server, f"?{ENDLESS}&seed=308&at=0")
    _play(page)
    _goes_on(page)
    with page.context.expect_page() as opened:
        page.evaluate("void window.open(location.href)")
    copy = opened.value
    copy.wait_for_selector("html[data-ready=true]")
    assert copy.evaluate("sessionStorage.getItem('player')") != page.evaluate(
        "sessionStorage.getItem('player')"
    )
    _plays(copy)
    _here(page, 2)
    pause(copy)
    _goes_on(page)
    _plays(page)


@pytest.mark.parametrize("context_options", [{"viewport": {"width": 390, "height": 844}}])
def test_on_a_phone_the_panel_and_the_band_of_followers_fit_the_screen(
    person: Person, other_person: Person, server: Server
) -> None:
    first = person.open(server, "?seed=309&at=1")
    second = other_person.open(server, "?seed=309&at=1")
    _here(first, 2)
    _link(first)
    second.locator("#here").click()
    second.get_by_role("button", name="Follow it").click()
    expect(second.get_by_role("button", name="Stop following")).to_be_in_viewport(ratio=1)
    expect(first.locator("#players")).to_be_in_viewport(ratio=1)
    for page in (first, second):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
