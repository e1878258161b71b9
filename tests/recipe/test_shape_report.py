"""Shape reports: sizes and sums, receptive fields, and fixes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.data import load
from server.nn.arrays import Shape, size, union
from server.nn.network import Network
from server.nn.ops import (
    Add,
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool,
    MaxPool2d,
    ReLU,
    Softmax,
)
from server.nn.optimizers import Adam
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.recipe.shape_report import ShapeReport, receptive_fields, shape_report
from server.recipe.worked_examples import WORKED_EXAMPLES
from server.run.history import History
from tests.networks import small_network


def report_of(*network: Any, **fields: Any) -> ShapeReport:
    return shape_report(Recipe(network=network, **fields))


def test_the_report_of_the_default_network_describes_each_layer() -> None:
    report = shape_report(Recipe())
    assert report.problem is None
    assert report.fixes == ()
    rows = [(d.name, d.shape, d.parameters, d.multiply_adds, d.field) for d in report.layers]
    assert rows == [
        ("conv1", (8, 8, 8), 80, 8 * 64 * 9, (3, 3)),
        ("relu1", (8, 8, 8), 0, 0, (3, 3)),
        ("pool1", (8, 4, 4), 0, 0, (4, 4)),
        ("conv2", (16, 4, 4), 1168, 16 * 16 * 72, (8, 8)),
        ("relu2", (16, 4, 4), 0, 0, (8, 8)),
        ("pool2", (16, 2, 2), 0, 0, (8, 8)),
        ("flatten", (64,), 0, 0, (8, 8)),
        ("dense", (10,), 650, 640, (8, 8)),
    ]
    assert [d.field_stride for d in report.layers] == [
        *[(1, 1), (1, 1), (2, 2), (2, 2), (2, 2), (4, 4)],
        *[None, None],
    ]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(batch_size=3),
        Recipe(batch_size=2, optimizer=Adam(learning_rate=0.01, clip_norm=1.0)),
        Recipe(network=(BatchNorm(), Flatten(), Dense(10), BatchNorm()), batch_size=3),
        *(preset.recipe for preset in WORKED_EXAMPLES),
    ],
)
def test_the_report_has_the_names_shapes_parameters_and_bytes_of_a_real_trace(recipe: Recipe) -> None:
    report, run = shape_report(recipe), History(plan(recipe))
    run.advance(1)
    trace = run.trace(0)
    assert report.problem is None
    assert [d.name for d in report.layers] == [record.layer for record in trace.records]
    for described, record in zip(report.layers, trace.records, strict=True):
        assert described.shape == record.out.shape[:-1]
        assert described.parameters == sum(w.size for w in record.params.values())
        kept = [record.out, record.dout, *record.saved.values(), *record.params.values()]
        kept += [*record.dparams.values(), *record.deltas.values(), *record.updated.values()]
        kept += [*record.running.values(), *record.renewed.values()]
        kept += [
            array
            for of in (record.slots, record.intermediates)
            for part in of.values()
            for array in part.values()
        ]
        itemsize = np.dtype(recipe.dtype).itemsize
        # Saved integers count as if they were floats.
        assert described.bytes == itemsize * sum(array.size for array in kept)


def seen_by(network: Network, last: int, cell: int) -> tuple[Shape, Shape]:
    """The first and the last (row, column) of the input on which a cell of layer `last` depends."""
    cells = np.array([cell])
    for layer in reversed(network.layers[: last + 1]):
        x = np.zeros(layer.in_shape)
        saved = {name: np.zeros(shape, np.int32) for name, shape in layer.saved_shapes.items()}
        cells = union(layer.op.reads(cells, x, saved).x, size(layer.in_shape))
    places = np.stack(np.unravel_index(cells, network.input_shape))[1:]
    return tuple(places.min(axis=1).tolist()), tuple(places.max(axis=1).tolist())


@pytest.mark.parametrize(
    "network",
    [
        small_network(),
        plan(Recipe()).network,
        plan(
            Recipe(
                network=(
                    Conv2d(4, dilation=(2, 1)),
                    Conv2d(4, groups=4, stride=(1, 2)),
                    AvgPool2d(),
                    GlobalAvgPool(),
                    Dense(10),
                    Softmax(),
                )
            )
        ).network,
    ],
    ids=["small", "default", "dilated"],
)
def test_no_cell_depends_on_more_than_its_receptive_field(network: Network) -> None:
    fields = list(receptive_fields(network.layers, network.input_shape))
    for number, (layer, field) in enumerate(zip(network.layers, fields, strict=True)):
        for cell in range(size(layer.out_shape)):
            first, last = seen_by(network, number, cell)
            sides = tuple(b - a + 1 for a, b in zip(first, last, strict=True))
            assert all(seen <= most for seen, most in zip(sides, field.size, strict=True))


def test_without_padding_each_cell_depends_on_exactly_its_field_and_fields_lie_a_stride_apart() -> None:
    recipe = Recipe(
        network=(
            Conv2d(2, kernel=(2, 3), padding="valid"),
            MaxPool2d((2, 2), stride=(1, 2)),
            ReLU(),
            Conv2d(1, kernel=(2, 1), padding="valid", dilation=(2, 1), stride=(2, 1)),
            Flatten(),
            Dense(10),
        )
    )
    network = plan(recipe).network
    fields = list(receptive_fields(network.layers, network.input_shape))
    assert [field.size for field in fields] == [(2, 3), (3, 4), (3, 4), (5, 4), (5, 4), (7, 8)]
    for number, layer in enumerate(network.layers[:4]):
        field = fields[number]
        assert field.stride is not None
        for cell in range(size(layer.out_shape)):
            _, row, column = np.unravel_index(cell, layer.out_shape)
            first, last = seen_by(network, number, cell)
            assert tuple(b - a + 1 for a, b in zip(first, last, strict=True)) == field.size
            assert first == (row * field.stride[0], column * field.stride[1])
    # The dense layer reads all cells of its input, which need not depend on the whole image.
    assert seen_by(network, 5, 0)[0] == (0, 0)


def test_receptive_fields_in_a_row_of_numbers_are_counted_in_cells() -> None:
    report = report_of(Dense(3), ReLU(), Dense(2), dataset="two_inputs", loss={"kind": "squared_error"})
    assert [(d.field, d.field_stride) for d in report.layers] == [((2,), None)] * 3


CONV = Conv2d(8, padding="valid")
END = (Flatten(), Dense(10))


@pytest.mark.parametrize(
    ("network", "described", "reason", "fixes"),
    [
        (
            (CONV, CONV, CONV, CONV, *END),
            3,
            "its kernel does not fit",
            ["use a kernel of 2x2", 'use padding "same"', "leave it out"],
        ),
        ((CONV, MaxPool2d(), MaxPool2d(), MaxPool2d(), *END), 3, "at least 2 rows", ["leave it out"]),
        ((MaxPool2d((3, 12)), *END), 0, "at least 3 rows", ["use a kernel of 3x8", "leave it out"]),
        ((Dense(10),), 0, "needs one row", ["put a flatten layer before it"]),
        (
            (Flatten(), CONV, Dense(10)),
            1,
            "needs images",
            ["move it before the flatten layer", "leave it out"],
        ),
        (
            (Flatten(), Dense(7)),
            1,
            "10 classes",
            ["use 10 units", "add a dense layer of 10 units at the end"],
        ),
        ((CONV,), 0, "10 classes", ["add a flatten and a dense layer of 10 units at the end"]),
        (
            (Flatten(), Dense(4000), Dense(4000), Dense(10)),
            2,
            "at most 500,000",
            ["use 59 units", "use 112 units in dense1", "leave it out"],
        ),
        (
            (Conv2d(8, dilation=(4, 1), padding="valid"), *END),
            0,
            "which spans 9x3",
            ["use a kernel of 2x3", "use a dilation of 3x1", 'use padding "same"'],
        ),
        (
            (CONV, Conv2d(6, groups=3), *END),
            1,
            "8 channels cannot be cut into 3",
            ["use 2 groups", "leave it out"],
        ),
        (
            (MaxPool2d(), MaxPool2d(), MaxPool2d(), *END, MaxPool2d()),
            5,
            "needs images",
            ["leave it out"],
        ),
        (
            (*END, Softmax(), GlobalAvgPool()),
            3,
            "needs images",
            ["move it before the flatten layer", "leave it out"],
        ),
        ((Conv2d(4096), *END), 2, "at most 500,000", ["use 769 filters in conv"]),
        (
            (Conv2d(4), ReLU(), MaxPool2d(), Conv2d(4), Add(3), *END),
            4,
            "what has it is pool",
            ["add pool", "leave it out"],
        ),
        (
            (Conv2d(8), ReLU(), Conv2d(4), ReLU(), Conv2d(4), Add(4), *END),
            5,
            "conv2 or relu2",
            ["add conv2", "add relu2", "use 8 filters in conv3"],
        ),
        (
            (Flatten(), Dense(8), Dense(4), Add(2), Dense(10)),
            3,
            "no layer that far back has it",
            ["use 8 units in dense2", "leave it out"],
        ),
        ((Add(),), 0, "beyond the input", ["put a flatten and a dense layer of 10 units in its place"]),
        ((ReLU(), Add(4), *END), 1, "beyond the input", ["add input", "leave it out"]),
    ],
)
def test_a_layer_that_does_not_fit_has_a_reason_and_fixes_of_which_the_first_works(
    network: tuple[Any, ...], described: int, reason: str, fixes: list[str]
) -> None:
    report = report_of(*network)
    assert report.problem is not None
    assert reason in str(report.problem)
    assert report.problem.field == f"network.{described}"
    assert len(report.layers) == described
    assert len(report.names) == len(network)
    assert [fix.words for fix in report.fixes] == fixes
    assert shape_report(report.fixes[0].recipe).problem is None


def test_a_fix_keeps_the_source_of_a_skip_connection_when_layers_are_removed() -> None:
    block = (Conv2d(8), ReLU(), Conv2d(8), Add(4))
    (fix, *_) = report_of(Conv2d(8), Conv2d(8, kernel=(9, 9), padding="valid"), *block, *END).fixes
    assert fix.recipe.network[5] == Add(4)
    left_out = next(
        fix for fix in report_of(Conv2d(8), Dense(3), *block, *END).fixes if fix.words == "leave it out"
    )
    assert left_out.recipe.network == (Conv2d(8), *block, *END)
    within = (Conv2d(8), ReLU(), Dense(3), ReLU(), Add(4), *END)
    left_out = next(fix for fix in report_of(*within).fixes if fix.words == "leave it out")
    assert left_out.recipe.network == (Conv2d(8), ReLU(), ReLU(), Add(3), *END)


def test_the_receptive_field_of_a_skip_connection_is_the_larger_of_its_inputs() -> None:
    report = report_of(Conv2d(8), Conv2d(8), ReLU(), Conv2d(8), Add(2), Conv2d(8), Add(6), *END)
    assert [d.field for d in report.layers[3:7]] == [(7, 7), (7, 7), (8, 8), (8, 8)]
    deep = report_of(Flatten(), Dense(8), ReLU(), Add(2), Dense(10))
    assert deep.layers[3].field == (8, 8)
    assert (deep.layers[3].parameters, deep.layers[3].multiply_adds) == (0, 0)


def test_a_fix_offers_the_largest_value_that_fits() -> None:
    (fix, *_) = report_of(Conv2d(4096), *END).fixes
    assert fix.recipe.network[0] == Conv2d(769)
    assert report_of(Conv2d(770), *END).problem is not None
    (fix,) = report_of(Conv2d(300), Conv2d(60), *END, batch_size=256).fixes
    assert fix.words == f"use a batch of {fix.recipe.batch_size}"
    assert shape_report(fix.recipe).problem is None
    larger = fix.recipe.model_copy(update={"batch_size": fix.recipe.batch_size + 1})
    assert shape_report(larger).problem is not None


def test_a_fix_replaces_a_loss_for_classes_where_the_data_have_none() -> None:
    report = report_of(Dense(2), dataset="two_inputs")
    assert report.problem is not None
    assert (report.problem.field, len(report.layers)) == ("loss", 1)
    assert [fix.words for fix in report.fixes] == ["use squared error as the loss"]


def test_a_fix_enlarges_a_batch_that_is_too_small_for_batch_normalisation() -> None:
    report = report_of(Flatten(), BatchNorm(), Dense(10), batch_size=1)
    assert report.problem is not None
    assert report.problem.field == "batch_size"
    assert [fix.words for fix in report.fixes] == ["use a batch of 3"]
    normalised = report_of(Conv2d(4), BatchNorm(), Flatten(), Dense(10)).layers[1]
    assert (normalised.parameters, normalised.multiply_adds, normalised.field) == (8, 256, (3, 3))


pairs = st.tuples(st.integers(1, 9), st.integers(1, 9))
layers = st.one_of(
    st.builds(Conv2d, st.integers(1, 4096), pairs, pairs, st.sampled_from(["same", "valid", 0, 3])),
    st.builds(
        lambda count, groups, dilation: Conv2d(count * groups, dilation=dilation, groups=groups, padding=0),
        st.integers(1, 64),
        st.integers(1, 6),
        pairs,
    ),
    st.builds(MaxPool2d, pairs, st.none() | pairs),
    st.builds(Dense, st.integers(1, 4096)),
    st.builds(Add, st.integers(2, 6)),
    st.sampled_from([ReLU(), Flatten(), GlobalAvgPool(), Softmax(), BatchNorm()]),
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(layers, min_size=1, max_size=5), st.integers(1, 256))
def test_following_first_fixes_repeatedly_always_leads_to_a_network_that_runs(
    network: list[Any], batch: int
) -> None:
    recipe = Recipe(network=tuple(network), batch_size=batch)
    for _ in range(20):
        report = shape_report(recipe)
        if report.problem is None:
            break
        assert report.fixes, report.problem
        recipe = report.fixes[0].recipe
    assert plan(recipe).network.layers[-1].out_shape == (load("digits").targets,)
