"""What people at several pages of one run do and see."""

import re

from playwright.sync_api import Page, expect

from tests.browser.hands import (
    play_by,
)
from tests.waiting import wait_until

FASTEST = "as fast as it goes"


def start_playing(page: Page, unit: str = "step", speed: str = FASTEST) -> None:
    play_by(page, unit, speed)
    page.get_by_role("button", name="Play", exact=True).click()


def iteration_of(page: Page) -> int:
    return int(page.locator("#iteration").input_value())


def wait_for_more(page: Page) -> None:
    """Wait until the page shows a later iteration than now."""
    now = iteration_of(page)
    wait_until(lambda: iteration_of(page) > now)


def expect_playing(page: Page, yes: bool = True) -> None:
    expect(page.locator("#play")).to_have_text("Pause" if yes else "Play")


def expect_here(page: Page, count: int) -> None:
    expect(page.get_by_role("button", name=f"{count} here", exact=True)).to_be_visible()


def link_to_follow(page: Page) -> str:
    """Let others follow a page, and return the link with which they do."""
    page.locator("#here").click()
    page.get_by_role("button", name="Let others follow this page").click()
    link = page.get_by_label("The link to follow this page")
    expect(link).to_have_value(re.compile(r"#follow=[0-9a-f]{32}$"))
    return link.input_value()
