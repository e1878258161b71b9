"""The answer card: what the network says about each example of the batch."""

import pytest
from playwright.sync_api import expect

from .conftest import Person, Server

BATCH = "dataset=digits&batch_size=8&optimizer.learning_rate=0.03"


def test_the_card_lists_the_batch_inside_itself_and_a_click_shows_an_example(
    person: Person, server: Server
) -> None:
    page = person.open(server, recipe=BATCH)
    page.get_by_role("radio", name="all of the batch").click()
    rows = page.locator("#batch button")
    expect(page.locator("#batch")).to_have_text("not computed yet")
    page.keyboard.press("ArrowDown")
    expect(rows).to_have_count(8)
    expect(page.locator("#batch-loss")).to_contain_text("mean of the batch")
    rows.last.scroll_into_view_if_needed()
    row, card = rows.last.bounding_box(), page.locator("#answer").bounding_box()
    assert row
    assert card
    assert card["x"] <= row["x"]
    assert row["x"] + row["width"] <= card["x"] + card["width"]
    assert row["y"] + row["height"] <= card["y"] + card["height"]
    loss = rows.last.locator(".loss").inner_text()
    rows.last.click()
    expect(rows.last).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#slot")).to_have_value("8")
    page.get_by_role("radio", name="this one").click()
    assert float(page.locator("#loss").inner_text().replace("−", "-")) == pytest.approx(float(loss), rel=0.01)
