"""Fixtures of the browser tests: a server in a process, a browser, and a page whose errors are faults."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SLOWDOWN = float(os.environ.get("SLOWDOWN", 1))
"""Slows down the processor of the browser by this factor, to check that no test depends on speed."""
FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
PLAIN = "dataset=digits&batch_size=1&optimizer.learning_rate=0.03"
"""The recipe of most tests: scanned digits, a batch of one. Without a recipe the page opens its default."""
ENDLESS = "optimizer.learning_rate=0.000001&epochs=1000"
"""Settings with which training goes on long enough to be cancelled."""


@dataclass
class Server:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        self.process.send_signal(how)
        self.process.wait(timeout=PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


def start_server(port: int = 0) -> Server:
    command = [sys.executable, "-m", "server", "--port", str(port), "--no-open"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://\S+", line):
            return Server(process, found[0])
    raise AssertionError("The server printed no address.")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = start_server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=1000 * PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    names = ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome")
    path = os.environ.get("BACKSCOPE_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail("The browser tests need Chromium. Install it with: apt-get install chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS + sandbox)
    yield browser
    browser.close()


@dataclass
class Person:
    """A page with the errors that it reported and the hosts that it asked."""

    page: Page
    faults: list[str]
    hosts: set[str]
    forgiven: str = "nothing"
    """A console message with this text is no fault: the test provokes it."""

    def open(self, server: Server, query: str = "", recipe: str = PLAIN) -> Page:
        """Open the page with `recipe` and `query`, or with the worked example that the query names."""
        given = query if "preset=" in query else f"?{recipe}&{query.removeprefix('?')}".rstrip("&?")
        self.page.goto(server.url + given)
        self.page.wait_for_selector("html[data-ready=true]")
        return self.page


def _person(context: BrowserContext, depth: str | None) -> Person:
    page = context.new_page()
    if SLOWDOWN > 1:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.set_default_timeout(1000 * PATIENCE)
    person = Person(page, [], set())
    page.on("pageerror", lambda error: person.faults.append(f"{error}\n{error.stack}"))
    page.on("console", lambda message: message.type == "error" and person.faults.append(message.text))
    page.on("request", lambda request: person.hosts.add(request.url.split("/")[2]))
    page.add_init_script(
        "addEventListener('securitypolicyviolation',"
        " (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"
    )
    if depth is not None:
        page.add_init_script(f"localStorage.depth ??= '{depth}'")
    return person


@pytest.fixture
def context_options() -> dict[str, object]:
    return {"viewport": {"width": 1366, "height": 768}}


@contextmanager
def somebody(
    browser: Browser, server: Server, depth: str | None = "everything", **options: Any
) -> Iterator[Person]:
    """Somebody at a browser of their own. Nothing may have gone wrong on their page in the end.

    `depth` is how much of the page is open; None is a first visit.
    """
    context = browser.new_context(**{"locale": "en-US", **options})
    person = _person(context, depth)
    yield person
    context.close()
    assert [fault for fault in person.faults if person.forgiven not in fault] == []
    assert person.hosts <= {server.url.split("/")[2]}, "a request left the machine"


@pytest.fixture
def person(browser: Browser, server: Server, context_options: dict[str, object]) -> Iterator[Person]:
    with somebody(browser, server, **context_options) as person:
        yield person


@pytest.fixture
def other_person(browser: Browser, server: Server, context_options: dict[str, object]) -> Iterator[Person]:
    """Somebody else, at another browser."""
    with somebody(browser, server, **context_options) as person:
        yield person
