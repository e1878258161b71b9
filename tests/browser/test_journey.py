"""The journey of a newcomer, from the first sight to the very numbers that stood there before."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import at, back, drag_curve, eventually, forward, numbers, read_cell, sentence

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


def test_a_newcomer_walks_into_the_backward_pass_and_out_again_trains_and_finds_iteration_3_as_it_was(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?seed=11")

    # A recognisable digit and its maps at once; the backward pass is still to come.
    expect(page.locator("#example-about")).to_have_text(re.compile(r"^An? \d: training example \d+$"))
    expect(sentence(page)).to_contain_text("The loss of this example is")
    assert "not computed yet" in read_cell(page, "conv1.dw", 0.4, 0.3)
    assert "not computed yet" not in read_cell(page, "conv1.out", 0.5, 0.2)

    # Cell by cell into the backward pass: the gradient of the outputs, then dense's own.
    for _ in range(12):
        forward(page, "cell")
    at(page, "0/backward/dense/dout/1")
    expect(sentence(page)).to_contain_text("dense (2 of 10): dense.dout[1] =")
    expect(sentence(page)).to_contain_text("64 cells of dense.dw")
    assert "not computed yet" in read_cell(page, "dense.dw", 0.5, 0.95)
    assert "not computed yet" not in read_cell(page, "dense.dw", 0.5, 0.05)
    for _ in range(12):
        back(page, "cell")
    at(page, "0/loss/loss/loss/0")

    # Iteration 3, with its numbers written down.
    for _ in range(4):
        forward(page, "iteration")
    at(page, "3/update/dense/delta_b/9")
    before = numbers(page, EVERYWHERE)
    shown = page.locator("#side").inner_text()

    # Play: the loss falls, and the test accuracy passes 90 %.
    page.get_by_label("Speed of play").fill("9")
    page.get_by_role("button", name="Play").click()
    accuracy = page.locator("#accuracy")
    eventually(page, lambda: expect(accuracy).to_have_text(re.compile(r"^9\d\.\d %$")))
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    # Back to iteration 3 along the loss curve: the very numbers that stood there before.
    drag_curve(page, 3)
    at(page, "3/update/dense/delta_b/9")
    assert numbers(page, EVERYWHERE) == before
    assert page.locator("#side").inner_text() == shown
