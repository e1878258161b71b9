"""Presenting: one layer in large type, entered and left by a key."""

from playwright.sync_api import Browser, expect

from .conftest import Server, somebody

SEEN = "(selector) => [...document.querySelectorAll(selector)].filter((each) => each.checkVisibility())"
SIZE = "(each) => parseFloat(getComputedStyle(each).fontSize) * each.currentCSSZoom"
SIZES = f"(selector) => ({SEEN})(selector).map({SIZE})"
CUT = f"() => ({SEEN})('.focus figcaption').filter((each) => each.scrollWidth > each.clientWidth + 1).length"


def test_p_presents_the_layer_in_focus_in_large_type_and_escape_leaves(
    browser: Browser, server: Server
) -> None:
    with somebody(browser, server, viewport={"width": 1920, "height": 1080}) as person:
        page = person.open(server)
        page.keyboard.press("p")
        html = page.locator("html")
        expect(html).to_have_attribute("data-depth", "explore")
        expect(page.locator("#top")).to_be_hidden()
        expect(page.locator("#answer")).to_be_hidden()
        expect(page.locator(".focus figcaption").first).to_be_visible()
        for selector in ("#sentence", ".focus h2", ".focus figcaption"):
            sizes = page.evaluate(SIZES, selector)
            assert sizes, selector
            assert min(sizes) >= 24, (selector, sizes)
        assert page.evaluate(CUT) == 0
        page.mouse.move(700, 500)
        expect(page.locator("#spotlight")).to_be_visible()
        page.get_by_role("button", name="Next").click()
        expect(page.locator(".focus h2")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#top")).to_be_visible()
        expect(html).to_have_attribute("data-depth", "everything")
        expect(page.locator("#spotlight")).to_be_hidden()
