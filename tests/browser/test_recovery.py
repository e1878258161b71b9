"""A server that is killed or hangs: pages say so, and go on by themselves when it is back."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ENDLESS, Server, somebody, start_server
from tests.browser.hands import (
    at,
    choose,
    forward,
    numbers,
    press,
    sentence,
)
from tests.browser.pages_of_a_run import (
    expect_here,
    expect_playing,
    iteration_of,
    link_to_follow,
    start_playing,
)
from tests.waiting import wait_until


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


def test_pages_continue_after_the_server_is_killed_and_started_again(browser: Browser) -> None:
    server = start_server()
    with somebody(browser, server) as one, somebody(browser, server) as two:
        one.forgiven = two.forgiven = "Failed to load resource"
        first = one.open(server, f"?{ENDLESS}&seed=5&at=0")
        second = two.open(server, f"?{ENDLESS}&seed=5&at=2/forward/conv2/out/20")
        before = numbers(second, ("conv2.out",))
        start_playing(first)
        wait_until(lambda: iteration_of(first) > 100)
        with _killed_and_started(server) as started:
            _says_lost(first, second)
            expect(first.locator("#play")).to_have_text("Waiting")
            was = iteration_of(first)
            started.append(start_server(server.port))
            for page in (first, second):
                expect(page.locator("#problem")).to_be_hidden()
                expect_here(page, 2)
            expect_playing(first)
            wait_until(lambda: iteration_of(first) > was)
            expect_playing(second, False)
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


def test_a_page_notices_a_server_that_hangs_ends_its_requests_and_continues_when_it_answers(
    browser: Browser,
) -> None:
    server = start_server()
    try:
        with somebody(browser, server) as one, somebody(browser, server) as two:
            first = one.open(server, f"?{ENDLESS}&seed=8&at=0")
            second = two.open(server, f"?{ENDLESS}&seed=8&at=2")
            start_playing(first)
            wait_until(lambda: iteration_of(first) > 20)
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
                was = iteration_of(first)
            for page in (first, second):
                expect(page.locator("#problem")).to_be_hidden()
                assert _opacity(page, "#here") == 1
            expect_playing(first)
            wait_until(lambda: iteration_of(first) > was)
            expect(second.locator("#iteration")).to_have_value("3")
    finally:
        server.stop()


def test_a_page_that_waits_for_the_server_can_be_told_to_stop_playing(browser: Browser) -> None:
    server = start_server()
    try:
        with somebody(browser, server) as one:
            page = one.open(server, f"?{ENDLESS}&seed=9&at=0")
            start_playing(page)
            wait_until(lambda: iteration_of(page) > 20)
            with _frozen(server):
                _says_lost(page)
                page.get_by_role("button", name="Waiting").click()
                expect_playing(page, False)
            expect(page.locator("#problem")).to_be_hidden()
            expect_playing(page, False)
    finally:
        server.stop()


def test_a_page_continues_to_follow_after_the_server_is_killed_and_started_again(browser: Browser) -> None:
    server = start_server()
    with somebody(browser, server) as one, somebody(browser, server) as two:
        one.forgiven = two.forgiven = "Failed to load resource"
        first, second = (each.open(server, f"?{ENDLESS}&seed=6&at={at}") for each, at in ((one, 4), (two, 0)))
        second.goto(link_to_follow(first))
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
