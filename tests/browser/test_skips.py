"""A residual network on the page: its skip connection is drawn, and the added layer is chosen by name."""

import json
from urllib.parse import quote

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import choose, heat_map

CONV = {"kind": "conv2d", "filters": 4, "padding": "same"}
NETWORK = [CONV, {"kind": "relu"}, CONV, {"kind": "add", "back": 2}, {"kind": "flatten"}]
QUERY = f"?network={quote(json.dumps([*NETWORK, {'kind': 'dense', 'units': 10}]))}"


def _middle(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def test_a_skip_connection_joins_the_middles_of_two_columns_and_crosses_no_map(
    person: Person, server: Server
) -> None:
    page = person.open(server, f"{QUERY}&at=0/backward/add")
    for lane in ("forward", "backward"):
        line = page.locator(f"#stage .past.{lane}")
        expect(line).to_have_text("skip connection")
        first, last = (line.locator(end).bounding_box() for end in (".from", ".to"))
        assert first is not None
        assert last is not None
        assert abs(first["x"] - _middle(page.locator('[data-layer="relu"]'))) <= 1
        assert abs(last["x"] + last["width"] - _middle(page.locator('[data-layer="add"]'))) <= 1
        box = line.bounding_box()
        assert box is not None
        for name in ("relu.out", "relu.dout", "conv2.out", "conv2.dout"):
            map_ = heat_map(page, name).bounding_box()
            assert map_ is not None
            assert map_["y"] >= box["y"] + box["height"] or map_["y"] + map_["height"] <= box["y"]
    expect(page.locator(".past.backward")).to_have_class("past backward lit")
    assert "relu.dout" in (page.locator(".past.backward").get_attribute("title") or "")


def test_a_gradient_that_lacks_a_branch_is_explained_so_far(person: Person, server: Server) -> None:
    page = person.open(server, f"{QUERY}&at=0/backward/add&view=relu.dout/5")
    expect(page.locator("#dock")).to_contain_text("what conv2 sends back is still to come")


def test_the_added_layer_is_chosen_by_name_and_stays_when_layers_move(person: Person, server: Server) -> None:
    page = person.open(server, f"{QUERY}&at=0")
    choose(page, "Network")
    choice = page.get_by_label("What Add adds")
    expect(choice.locator("option")).to_have_text(["input", "conv1", "relu"])
    expect(choice.locator("option:checked")).to_have_text("relu")
    choice.select_option("conv1")
    page.locator("#builder .layers > li").nth(1).get_by_role("button", name="Remove").click()
    expect(choice.locator("option:checked")).to_have_text("conv1")
    choice.select_option("input")
    expect(page.locator("#builder .reason:visible")).to_contain_text("both need the same shape")
    page.get_by_role("button", name="Add conv1 instead").click()
    expect(page.get_by_label("What Add adds").locator("option:checked")).to_have_text("conv1")
    page.get_by_role("button", name="Start this network").click()
    expect(page.locator("#stage .past.forward")).to_have_attribute("title", "conv1.out is added in add")
