"""The NumPy lens: the running line, its numbers, and the loops that agree with it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person, Server
from tests.browser.hands import at, choose, number_of


def test_the_numpy_lens_follows_each_step(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/conv1/out/3")
    choose(page, "NumPy lens …")
    result = page.locator("#lens .result")
    expect(result).to_contain_text("conv1.out[f=0, p=0, q=3]")
    page.keyboard.press(".")
    expect(result).to_contain_text("conv1.out[f=0, p=0, q=4]")
    at(page, "0/forward/conv1/out/4")
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(result).to_contain_text("conv1.out[f=0, p=0, q=2]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lens h2")).to_contain_text("relu1")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#lens h2")).to_contain_text("conv1")
    expect(page.locator("#lens")).to_be_visible()


@pytest.mark.parametrize(
    ("moment", "file", "line"),
    [
        ("0/forward/conv1/out/30", "ops/im2col.py", "out += b.reshape(groups, -1, 1)"),
        ("0/forward/relu1", "ops/relu.py", "return np.maximum(x, np.zeros(x.shape, x.dtype))"),
        (
            "0/backward/conv2/dout/40",
            "ops/im2col.py",
            "out: Array = kernels.reshape(groups, -1, cells) @ windows.reshape(groups, cells, -1)",
        ),
        ("0/loss/loss/probabilities/3", "losses/cross_entropy.py", "probabilities = powers / total"),
        ("0/loss", "losses/cross_entropy.py", "losses = np.log(total)"),
        ("0/backward/loss/dout/2", "losses/cross_entropy.py", "dout = (probabilities - targets)"),
        ("0/update/conv2/delta_w/40", "optimizers/sgd.py", "gradient * gradient.dtype.type(-learning_rate)"),
    ],
)
def test_the_lens_marks_the_running_line_and_its_loops_give_the_same_number(
    person: Person, server: Server, moment: str, file: str, line: str
) -> None:
    page = person.open(server, f"?at={moment}")
    choose(page, "NumPy lens …")
    lit = page.locator("#lens .source [aria-current]")
    expect(lit).to_have_count(1)
    expect(lit).to_contain_text(line)
    expect(lit).to_be_in_viewport()
    expect(lit.locator(".notes")).to_contain_text("(")
    expect(page.locator("#lens .source h3").last).to_contain_text(file)
    expect(page.locator("#lens .loops [aria-current]")).to_be_in_viewport()
    expect(page.locator("#lens .result .right")).to_contain_text("the same")
    numbers = re.findall(r"[=s] (−?[0-9][0-9.e+−]*)", page.locator("#lens .result").inner_text())
    assert len(numbers) == 2
    assert number_of(numbers[0]) == pytest.approx(number_of(numbers[1]), rel=1e-3, abs=1e-6)


def test_the_lens_shows_the_values_of_the_index_and_switches_to_another_gradient(
    person: Person, server: Server
) -> None:
    page = person.open(server, "?at=0/backward/conv1&view=conv1.dw/4")
    choose(page, "NumPy lens …")
    result = page.locator("#lens .result")
    expect(result).to_contain_text("conv1.dw[f=0, c=0, u=1, v=1] = ")
    unpacking = page.locator("#lens .loops li", has_text="f, c, u, v = index")
    expect(unpacking.locator(".notes")).to_have_text("f=0  c=0  u=1  v=1")
    lit = page.locator("#lens .source [aria-current]")
    expect(lit).to_contain_text("@ columns.swapaxes(1, 2)")
    expect(lit.locator(".notes")).to_contain_text("dw (1, 8, 9)")
    page.get_by_role("button", name="dx = input.dout").click()
    expect(result).to_contain_text("input.dout[c=0, ")
    expect(lit).to_contain_text(
        "out: Array = kernels.reshape(groups, -1, cells) @ windows.reshape(groups, cells, -1)"
    )
    expect(result.locator(".right")).to_contain_text("the same")


def test_the_lens_shows_no_number_before_it_is_computed(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/conv1/out/30&view=conv1.out/400")
    choose(page, "NumPy lens …")
    expect(page.locator("#lens .result")).to_have_text("conv1.out[f=6, p=2, q=0] is not computed yet")
    expect(page.locator("#lens .words")).to_contain_text("step 401 of 512 of forward conv1 makes it")
    expect(page.locator("#lens .loops [aria-current] .notes")).to_have_count(0)
    expect(page.locator("#lens .source [aria-current]")).to_contain_text("out +=")


def test_the_lens_says_that_the_input_is_not_computed(person: Person, server: Server) -> None:
    page = person.open(server, "?at=0/forward/input")
    choose(page, "NumPy lens …")
    expect(page.locator("#lens .words")).to_contain_text("Nothing is computed here: the image was given.")
    expect(page.locator("#lens .source [aria-current]")).to_contain_text("def forward(network")
    expect(page.locator("#lens .loops")).to_be_hidden()
