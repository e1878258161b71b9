"""The weights of the layer in focus over time: all of them large, and a strip of how they looked."""

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Server, somebody
from tests.browser.hands import at, press

LAPTOP = {"viewport": {"width": 1366, "height": 768}}
# The course covers all that is computed, so these runs are no other test's.


def test_all_filters_are_shown_large_and_a_picture_of_the_strip_goes_to_its_step(
    browser: Browser, server: Server
) -> None:
    with somebody(browser, server, "explore", **LAPTOP) as person:
        page = person.open(server, "?seed=41&at=90/forward/conv1")
        focus = page.locator("#cards .card.focus")
        focus.get_by_role("radio", name="over time").click()
        expect(focus.locator("figcaption")).to_contain_text("all 8 filters, at step 90")
        box = focus.locator(".course > figure heat-map").bounding_box()
        assert box is not None
        assert box["height"] > 100
        strip = focus.get_by_role("group", name="The weights of conv1 at 10 steps of the run")
        pictures = strip.get_by_role("button")
        expect(pictures).to_have_count(10)
        expect(strip.locator("[aria-current=step]")).to_have_text("90")
        shades = strip.locator("canvas").evaluate_all(
            "(maps) => new Set(maps.map((map) => map.toDataURL())).size"
        )
        assert shades == 10, "training changes the filters"
        pictures.nth(4).click()
        at(page, f"{pictures.nth(4).inner_text()}/forward/conv1/out/511")
        expect(pictures).to_have_count(10)
        expect(strip.locator("[aria-current=step]")).to_have_accessible_name("Go to step 40")
        pictures.nth(4).focus()
        press(page, "ArrowLeft", "Enter")
        at(page, "30/forward/conv1/out/511")
        focus.get_by_role("radio", name="this step").click()
        expect(focus.locator(".windows")).to_be_visible()


def test_a_filter_of_many_channels_and_a_matrix_have_a_course_too(browser: Browser, server: Server) -> None:
    with somebody(browser, server, "explore", **LAPTOP) as person:
        page = person.open(server, "?seed=41&at=20/forward/conv2")
        focus = page.locator("#cards .card.focus")
        focus.get_by_role("radio", name="over time").click()
        expect(focus.locator(".course > p")).to_contain_text("How filter 1 looked at 10 steps")
        press(page, "ArrowRight")
        expect(focus.get_by_role("radio", name="over time")).to_be_hidden()
        press(page, "ArrowRight", "ArrowRight", "ArrowRight")
        at(page, "20/forward/dense/out/9")
        expect(focus.locator(".course > p")).to_contain_text("How they looked at 10 steps")
