"""The largest recipes that are accepted, in the browser: each has a picture."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import eventually, forward, heat_map, read_cell, sentence
from tests.networks import MOST_CELLS, MOST_TENSORS


def address(recipe: dict[str, Any]) -> str:
    """The recipe as the page's address holds it."""
    settings = {"dataset": "digits", "batch_size": recipe.get("batch_size", 1)}
    settings |= {f"optimizer.{name}": value for name, value in recipe.get("optimizer", {}).items()}
    return urlencode({**settings, "network": json.dumps(recipe["network"], separators=(",", ":"))})


@pytest.mark.parametrize(
    ("recipe", "last"), [(MOST_TENSORS, "bn30.out"), (MOST_CELLS, "relu6.out")], ids=["tensors", "cells"]
)
def test_the_largest_recipe_that_is_accepted_has_a_picture_and_can_be_stepped(
    person: Person, server: Server, recipe: dict[str, Any], last: str
) -> None:
    page = person.open(server, "?at=0", address(recipe))
    eventually(page, lambda: expect(heat_map(page, "input.out")).to_be_visible())
    for name in ("input.out", last, "dense.dw"):
        assert read_cell(page, name, 0.5, 0.5).startswith(f"{name} [")
    forward(page, "step")
    eventually(page, lambda: expect(page.locator("#iteration")).to_have_value("1"))
    eventually(page, lambda: expect(sentence(page)).not_to_contain_text("Loading"))
