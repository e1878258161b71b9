"""What a person reads of an explained number in the dock."""

from playwright.sync_api import Page, expect

from tests.browser.hands import (
    decimal_of,
    heat_map,
    number_of,
)


def check_that_it_adds_up(page: Page) -> None:
    """The printed terms and the printed sum of the terms not listed add up exactly to the printed total."""
    expect(page.locator("#dock .terms")).to_be_visible()
    rows = page.locator("#dock .terms tbody td.number").all_inner_texts()
    foot = dict(
        zip(
            page.locator("#dock .terms tfoot td:first-child").all_inner_texts(),
            page.locator("#dock .terms tfoot td.number").all_inner_texts(),
            strict=True,
        )
    )
    _, total = foot.popitem()
    assert sum(map(decimal_of, (*rows, *foot.values()))) == decimal_of(total)


def explained_value(page: Page) -> float:
    return number_of(page.locator("#dock .readout").inner_text().partition(" = ")[2])


def open_cell_of(page: Page, name: str) -> None:
    target = heat_map(page, name)
    box = target.bounding_box()
    assert box is not None
    target.click(position={"x": 4, "y": min(4, box["height"] / 2)})
    expect(page.locator("#dock")).to_be_visible()
