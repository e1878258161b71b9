"""The update in focus: the weights before and after a step, and while the page plays."""

from playwright.sync_api import Browser, expect

from tests.browser.conftest import ENDLESS, Server, somebody
from tests.browser.pages_of_a_run import start_playing, wait_for_more


def test_the_weights_after_a_step_are_shown_at_rest_and_left_out_while_the_page_plays(
    browser: Browser, server: Server
) -> None:
    with somebody(browser, server, "explore", viewport={"width": 1366, "height": 768}) as person:
        page = person.open(server, f"?{ENDLESS}&seed=43&at=2/update/conv1")
        figures = page.locator("#cards .card.focus .maps-row figure:visible figcaption")
        expect(figures).to_have_text(["before", "gradient", "change", "after"])
        start_playing(page, "step", "10 a second")
        wait_for_more(page)
        expect(figures).to_have_text(["before", "gradient", "change"])
        page.get_by_role("button", name="Pause").click()
        expect(figures).to_have_text(["before", "gradient", "change", "after"])
        expect(page.locator("#cards .card.focus .words")).to_contain_text("The step made the loss")
