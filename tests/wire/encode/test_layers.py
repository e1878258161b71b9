"""The columns of the stage as messages: what each layer is called, and how the page shows it."""

from typing import Any

import pytest

from server.nn.ops import AvgPool2d, BatchNorm, Conv2d, Dense, Dropout, Flatten, LeakyReLU, MaxPool2d, Op
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.wire.encode.layers import columns
from server.wire.messages.runs import LayerInfo


def of(**recipe: Any) -> tuple[LayerInfo, ...]:
    """The columns of a recipe's run."""
    return columns(plan(Recipe.model_validate({"seed": 1, **recipe})))


LENET = of(
    network=[
        {"kind": "conv2d", "filters": 4, "kernel": [3, 3]},
        {"kind": "relu"},
        {"kind": "maxpool2d"},
        {"kind": "conv2d", "filters": 6, "kernel": [3, 3]},
        {"kind": "relu"},
        {"kind": "avgpool2d"},
        {"kind": "flatten"},
        {"kind": "dense", "units": 10},
    ]
)


def test_titles_are_numbered_where_there_are_several_of_a_kind() -> None:
    assert [layer.title for layer in LENET] == [
        "Picture",
        "Convolution 1",
        "ReLU 1",
        "Max-pool",
        "Convolution 2",
        "ReLU 2",
        "Average-pool",
        "Flatten",
        "Dense",
        "Loss",
    ]


def test_each_layer_names_the_form_that_shows_it() -> None:
    assert [layer.form for layer in LENET] == [
        "picture",
        "windows",
        "curve",
        "windows",
        "windows",
        "curve",
        "windows",
        "before_after",
        "matrix",
        "distribution",
    ]


def test_each_layer_names_the_layer_whose_output_it_reads() -> None:
    names = [layer.name for layer in LENET]
    assert [layer.source for layer in LENET] == [None, *names[:-1]]


def test_a_signal_is_called_a_signal() -> None:
    dense = [{"kind": "flatten"}, {"kind": "dense", "units": 4}]
    first = of(dataset="signals", network=dense)[0]
    assert (first.title, first.summary) == ("Signal", "64 samples")


def test_a_picture_is_described_by_its_size_and_its_colours() -> None:
    assert LENET[0].summary == "8×8 pixels"


@pytest.mark.parametrize(
    ("op", "shape", "summary"),
    [
        (Conv2d(8, padding=1), (1, 8, 8), "8 filters, 3×3, stride 1, padding 1"),
        (Conv2d(1, padding="valid", stride=(2, 2)), (1, 8, 8), "1 filter, 3×3, stride 2, no padding"),
        (Conv2d(4, (1, 5), (1, 2), "valid"), (1, 1, 64), "4 filters, 1×5, stride 2, no padding"),
        (
            Conv2d(4, (3, 3), (2, 1)),
            (4, 8, 8),
            "4 filters, 3×3, stride 2×1, padding 1 below, 1 left, 1 right",
        ),
        (
            Conv2d(4, padding=(2, 2), dilation=(2, 2), groups=2, binary="weights"),
            (4, 8, 8),
            "4 filters, 3×3, stride 1, padding 2, dilation 2, 2 groups, binary weights",
        ),
        (MaxPool2d(), (4, 8, 8), "2×2 windows, the largest wins"),
        (AvgPool2d((3, 3), (2, 2)), (4, 8, 8), "3×3 windows, stride 2, their mean"),
        (Dense(10), (64,), "64 numbers to 10 weighted sums"),
        (Dense(10, "both"), (64,), "64 numbers to 10 weighted sums, binary weights and inputs"),
        (LeakyReLU(0.1), (64,), "negative numbers times 0.1, the others stay"),
        (Flatten(), (4, 3, 3), "4 maps of 3×3 to 36 numbers in one row"),
        (Dropout(0.25), (64,), "each number becomes 0 with probability 0.25"),
        (BatchNorm(), (4, 8, 8), "each of 4 channels to mean 0 and variance 1, then scaled and shifted"),
    ],
    ids=str,
)
def test_a_summary_names_the_layers_own_settings(op: Op, shape: tuple[int, ...], summary: str) -> None:
    assert op.summary(shape) == summary


@pytest.mark.parametrize(
    ("op", "shape", "forward", "backward"),
    [
        (
            Conv2d(8),
            (1, 8, 8),
            "Each 3×3 window, times a filter, adds up to one number, plus a bias. "
            "Zeros surround the picture.",
            "The blame of each output, times the pixels under its window, adds up to the gradient "
            "of the filter.",
        ),
        (
            Conv2d(8, (1, 3), padding="valid"),
            (1, 1, 64),
            "Each 1×3 window, times a filter, adds up to one number, plus a bias.",
            "The blame of each output, times the numbers under its window, adds up to the gradient "
            "of the filter.",
        ),
        (
            MaxPool2d(),
            (1, 8, 8),
            "Only the largest number of each 2×2 window goes on.",
            "Only the winner of each window is to blame: it gets the whole gradient, the others none.",
        ),
        (Dropout(0), (8,), "At rate 0 every number stays.", "At rate 0 every gradient stays."),
    ],
    ids=str,
)
def test_the_sentences_of_a_layer_are_true_of_its_own_settings(
    op: Op, shape: tuple[int, ...], forward: str, backward: str
) -> None:
    assert (op.forward_words(shape), op.backward_words(shape)) == (forward, backward)
