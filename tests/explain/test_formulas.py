"""Formulas derived from the terms equal those of the textbooks."""

import numpy as np
import pytest

from server.explain.explanation import explain
from server.explain.formulas import Math
from server.explain.subscripts import Affine
from server.explain.tensors import tensor
from server.nn.losses import Loss, SquaredError
from server.nn.network import Network, build
from server.nn.ops import AvgPool2d, Conv2d, Dense, Flatten, GlobalAvgPool, MaxPool2d, ReLU, Sigmoid, Softmax
from server.nn.optimizers import SGD
from server.nn.records import Trace
from server.nn.step import State, train_step
from tests.networks import LOSS, traced


def network() -> Network:
    ops = [Conv2d(3), ReLU(), MaxPool2d((2, 2)), Conv2d(2, stride=(2, 2)), Flatten(), Dense(4)]
    return build(ops, (2, 8, 8), True, LOSS, 4)


ONE, THREE = traced(network(), 1), traced(network(), 3)


def text(math: Math) -> str:
    """A formula in one line."""
    if math.text is not None:
        assert not math.items
        return math.text.replace("\u2061", " ")
    parts = [text(item) for item in math.items]
    match math.tag:
        case "mrow":
            return "".join(parts)
        case "msub":
            return f"{parts[0]}[{parts[1]}]"
        case "msup":
            return f"{parts[0]}{parts[1]}"
        case "mfrac":
            return f"{parts[0]} / {parts[1]}"
        case "munder":
            return f"{parts[0]}{{{parts[1]}}} "
    raise AssertionError(math.tag)


def formulas(trace: Trace, name: str, index: tuple[int, ...], loss: Loss = LOSS) -> tuple[str, str]:
    cell = int(np.ravel_multi_index(index, tensor(trace, name, 0).shape))
    found = explain(loss, SGD(0.5), trace, name, cell, 0)
    assert found.index == index
    return text(found.symbols), text(found.numbers)


@pytest.mark.parametrize(
    ("name", "index", "symbols"),
    [
        (
            "conv1.out",
            (1, 4, 5),
            "conv1.out[1,4,5]=∑{c=0…1,u=0…2,v=0…2} x[c,u+3,v+4]·w[1,c,u,v]+b[1]",
        ),
        (
            "conv1.out",
            (1, 0, 7),
            "conv1.out[1,0,7]=∑{c=0…1,u=1…2,v=0…1} x[c,u−1,v+6]·w[1,c,u,v]+b[1]",
        ),
        ("conv2.out", (1, 1, 1), "conv2.out[1,1,1]=∑{c=0…2,u=0…1,v=0…1} x[c,u+2,v+2]·w[1,c,u,v]+b[1]"),
        (
            "input.dout",
            (1, 4, 5),
            "input.dout[1,4,5]=∑{f=0…2,p=3…5,q=4…6} dout[f,p,q]·w[f,1,5−p,6−q]",
        ),
        ("pool.dout", (2, 2, 2), "pool.dout[2,2,2]=∑{f=0…1,p=0…1,q=0…1} dout[f,p,q]·w[f,2,2−2p,2−2q]"),
        ("conv1.dw", (1, 0, 1, 1), "conv1.dw[1,0,1,1]=∑{p=0…7,q=0…7} dout[1,p,q]·x[0,p,q]"),
        ("conv2.dw", (1, 0, 1, 2), "conv2.dw[1,0,1,2]=∑{p=0…1} dout[1,p,0]·x[0,2p+1,2]"),
        ("pool.winner", (2, 1, 3), "pool.winner[2,1,3]=argmax{i=2…3,j=6…7} x[2,i,j]"),
        ("pool.out", (2, 1, 3), "pool.out[2,1,3]=∑{i=2…3,j=6…7} x[2,i,j]·gate"),
        ("dense.dw", (2, 3), "dense.dw[2,3]=dout[2]·x[3]"),
        ("dense.delta_w", (2, 3), "dense.delta_w[2,3]=−η·dw[2,3]"),
        ("dense.new_w", (2, 3), "dense.new_w[2,3]=w[2,3]+Δw[2,3]"),
        ("dense.w", (2, 3), "dense.w[2,3]"),
        ("dense.out", (2,), "dense.out[2]=∑{d=0…7} x[d]·w[2,d]+b[2]"),
        ("dense.dout", (2,), "dense.dout[2]=p[2]−target"),
        ("loss.probabilities", (2,), "loss.probabilities[2]=exp(out[2] − m) / ∑{d=0…3} exp(out[d] − m)"),
    ],
)
def test_the_formula_of_a_cell_is_that_of_the_textbooks_with_its_indices(
    name: str, index: tuple[int, ...], symbols: str
) -> None:
    assert formulas(ONE, name, index)[0] == symbols


@pytest.mark.parametrize(
    ("name", "index", "symbols"),
    [
        ("sigmoid.out", (1,), "sigmoid.out[1]=σ (x[1])"),
        ("dense.dout", (1,), "dense.dout[1]=dout[1]·σ′(x[1])"),
        ("sigmoid.dout", (1,), "sigmoid.dout[1]=e[1]"),
        ("loss.errors", (1,), "loss.errors[1]=out[1]−target"),
        ("loss.loss", (0,), "loss.loss[0]=∑{d=0…2} ½·e[d]·e[d]"),
    ],
)
def test_the_formulas_of_a_sigmoid_and_of_squared_errors(
    name: str, index: tuple[int, ...], symbols: str
) -> None:
    net = build([Dense(3), Sigmoid()], (4,), True, SquaredError(), 3)
    assert formulas(traced(net), name, index, net.loss)[0] == symbols


@pytest.mark.parametrize(
    ("name", "index", "symbols"),
    [
        ("pool.out", (1, 0, 2), "pool.out[1,0,2]=∑{i=0…1,j=4…5} x[1,i,j]·1/4"),
        ("input.dout", (1, 1, 4), "input.dout[1,1,4]=dout[1,0,2]·1/4"),
        ("gap.out", (1,), "gap.out[1]=∑{i=0…1,j=0…2} x[1,i,j]·1/6"),
        ("pool.dout", (1, 0, 2), "pool.dout[1,0,2]=dout[1]·1/6"),
    ],
)
def test_the_formulas_of_averages_show_the_factor_of_each_cell(
    name: str, index: tuple[int, ...], symbols: str
) -> None:
    net = build([AvgPool2d(), GlobalAvgPool()], (4, 4, 6), True, LOSS, 4)
    assert formulas(traced(net), name, index)[0] == symbols


@pytest.mark.parametrize(
    ("name", "index", "symbols"),
    [
        ("softmax.out", (1,), "softmax.out[1]=exp(x[1] − m) / ∑{d=0…2} exp(x[d] − m)"),
        ("dense.dout", (1,), "dense.dout[1]=∑{m=0…2} dout[m]·∂out/∂x"),
    ],
)
def test_the_formulas_of_a_softmax_layer(name: str, index: tuple[int, ...], symbols: str) -> None:
    net = build([Dense(3), Softmax()], (4,), True, SquaredError(), 3)
    assert formulas(traced(net), name, index, net.loss)[0] == symbols


def test_over_a_batch_the_sum_runs_over_its_examples_too() -> None:
    assert formulas(THREE, "conv1.dw", (1, 0, 1, 1))[0] == (
        "conv1.dw[1,0,1,1]=∑{n=0…2,p=0…7,q=0…7} dout[1,p,q](n)·x[0,p,q](n)"
    )
    assert formulas(THREE, "dense.dw", (2, 3))[0] == "dense.dw[2,3]=∑{n=0…2} dout[2](n)·x[3](n)"
    assert formulas(THREE, "dense.dout", (2,))[0] == "dense.dout[2]=p[2]·1/3−1/3·target"


def whole_numbers() -> Trace:
    """A 3x3 image under a 3x3 filter, all whole numbers: one output."""
    ops = [Conv2d(1, padding="valid"), Flatten()]
    net = build(ops, (1, 3, 3), True, LOSS, 1)
    x = np.array([1.0, 0, 0, 2, 80, 0, 0, -3, 0]).reshape(1, 3, 3, 1)
    w = np.array([1.0, 0, 0, -2, 1, 0, 0, 2, 0]).reshape(1, 1, 3, 3)
    params = {"conv": {"w": w, "b": np.array([0.5])}, "flatten": {}}
    return train_step(net, LOSS, SGD(1), State(0, params), x, np.array([0]), 0.1, np.array([0]))[1]


def test_a_formula_of_exact_numbers_has_an_equals_sign() -> None:
    trace = whole_numbers()
    found = explain(LOSS, SGD(1), trace, "flatten.out", 0, 0)
    assert text(found.numbers) == "71.5=71.5"
    found = explain(LOSS, SGD(1), trace, "conv.out", 0, 0)
    assert text(found.numbers) == "71.5≈80·1−3·2+2·(−2)+1.5{… 7 more} "


def test_a_short_sum_shows_all_numbers_and_a_rounded_one_an_almost_equal_sign() -> None:
    assert "≈−log 0." in text(explain(LOSS, SGD(1), ONE, "loss.loss", 0, 0).numbers)
    numbers = text(explain(LOSS, SGD(1), ONE, "dense.new_w", 3, 0).numbers)
    assert "≈" in numbers
    assert "more" not in numbers


@pytest.mark.parametrize(
    ("affine", "words"),
    [
        (Affine(3), "3"),
        (Affine(-3), "−3"),
        (Affine(0, "p", 1), "p"),
        (Affine(2, "p", 1), "p+2"),
        (Affine(-1, "p", 2), "2p−1"),
        (Affine(2, "p", -1), "2−p"),
        (Affine(0, "p", -2), "−2p"),
    ],
)
def test_a_subscript_is_written_as_people_write_it(affine: Affine, words: str) -> None:
    assert str(affine) == words
