"""The journey of a new user: step backward and forward, train, and return to an exact moment."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import (
    at,
    back,
    drag_curve,
    eventually,
    forward,
    numbers,
    play_by,
    read_cell,
    sentence,
)

EVERYWHERE = (
    "input.out",
    "conv1.w",
    "conv1.out",
    "conv2.dw",
    "conv1.delta_w",
    "relu1.dout",
    "dense.dout",
    "dense.b",
)


def test_after_steps_and_training_a_new_user_finds_iteration_3_unchanged(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?seed=11&at=0/loss/loss/loss/0")

    # A digit and its activations are there at once; the gradients are not computed yet.
    expect(page.locator("#example-about")).to_have_text(re.compile(r"^An? \d: training example \d+$"))
    expect(sentence(page)).to_contain_text("The loss is −log of that")
    assert "not computed yet" in read_cell(page, "conv1.dw", 0.4, 0.3)
    assert "not computed yet" not in read_cell(page, "conv1.out", 0.5, 0.2)

    # Step by cell into the backward pass: the gradient of the outputs, then those of dense.
    for _ in range(12):
        forward(page, "cell")
    at(page, "0/backward/dense/dout/1")
    expect(sentence(page)).to_contain_text("Score of 1 has the blame")
    expect(sentence(page)).to_contain_text("times its 64 inputs, that is the gradient of its weights")
    assert "not computed yet" in read_cell(page, "dense.dw", 0.5, 0.95)
    assert "not computed yet" not in read_cell(page, "dense.dw", 0.5, 0.05)
    for _ in range(12):
        back(page, "cell")
    at(page, "0/loss/loss/loss/0")

    # Read the numbers of iteration 3.
    for _ in range(4):
        forward(page, "step")
    at(page, "3/update/dense/delta_b/9")
    before = numbers(page, EVERYWHERE)
    shown = page.locator("#answer").inner_text()

    # Play until the test accuracy is above 90 %.
    play_by(page, "step", "as fast as it goes")
    page.get_by_role("button", name="Play").click()
    accuracy = page.locator("#accuracy")
    eventually(page, lambda: expect(accuracy).to_have_text(re.compile(r"^9\d\.\d %$")))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    # Drag back to iteration 3 along the loss curve: all numbers are the same.
    drag_curve(page, 3)
    at(page, "3/update/dense/delta_b/9")
    assert numbers(page, EVERYWHERE) == before
    assert page.locator("#answer").inner_text() == shown
