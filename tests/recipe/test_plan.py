import re
from typing import Any, get_args

import numpy as np
import pytest

from server.nn.arrays import size
from server.recipe.batches import batch_examples, gather
from server.recipe.errors import RecipeError
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.recipe.splits import Split
from server.run.history import History
from tests.examples import all_examples
from tests.networks import recipe


@pytest.mark.parametrize(("batch_size", "iterations", "last"), [(1, 1437, 1), (32, 45, 29), (256, 6, 157)])
def test_an_epoch_shows_every_training_example_once(batch_size: int, iterations: int, last: int) -> None:
    planned = plan(recipe(batch_size=batch_size, epochs=3))
    assert planned.iterations_per_epoch == iterations
    assert planned.iterations == 3 * iterations
    for epoch in range(3):
        batches = [batch_examples(planned, t) for t in range(planned.iterations) if planned.epoch(t) == epoch]
        assert [len(examples) for examples in batches] == [batch_size] * (iterations - 1) + [last]
        assert sorted(np.concatenate(batches)) == list(range(1437))


def test_the_order_of_examples_depends_on_seed_and_epoch_only() -> None:
    one = plan(recipe(batch_size=32, epochs=2))
    same = plan(recipe(0.5, batch_size=32, epochs=9, dtype="float64"))
    other = plan(recipe(batch_size=32, seed=8))
    assert batch_examples(one, 50).tolist() == batch_examples(same, 50).tolist()
    assert batch_examples(one, 0).tolist() != batch_examples(other, 0).tolist()
    assert batch_examples(one, 0).tolist() != batch_examples(one, 45).tolist()


def test_example_edits_replace_slots_of_one_iteration_and_the_last_edit_applies() -> None:
    edits = [(3, 1, 100), (3, 0, 200), (3, 1, 300)]
    edited = plan(recipe(batch_size=4, edits=[example_edit(*edit) for edit in edits]))
    plain = plan(recipe(batch_size=4))
    assert batch_examples(edited, 3).tolist() == [200, 300, *batch_examples(plain, 3)[2:]]
    for other in (2, 4):
        assert batch_examples(edited, other).tolist() == batch_examples(plain, other).tolist()
    assert not batch_examples(edited, 3).flags.writeable
    assert not batch_examples(plain, 3).flags.writeable


def example_edit(iteration: int, slot: int, example: int) -> dict[str, Any]:
    return {"kind": "example", "iteration": iteration, "slot": slot, "example": example}


def test_inputs_targets_and_parameters_have_the_dtype_of_the_recipe() -> None:
    for dtype in ("float32", "float64"):
        planned = plan(Recipe(dtype=dtype))
        for split in get_args(Split):
            assert {part.dtype for part in all_examples(planned, split)} == {np.dtype(dtype)}
        assert planned.initial().params["conv1"]["w"].dtype == np.dtype(dtype)
    assert [layer.name for layer in planned.network.layers][-2:] == ["flatten", "dense"]
    assert size(planned.network.input_shape) == 64


DENSE = {"kind": "dense", "units": 10}


def conv(filters: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "conv2d", "filters": filters, "kernel": [64, 64], **fields}


MANY_CELLS = [
    {"kind": "conv2d", "filters": 64, "kernel": [1, 1], "padding": 11},
    *[{"kind": "relu"}, {"kind": "maxpool2d"}, {"kind": "flatten"}, DENSE],
]
MANY_WINDOWS = [
    *({"kind": "conv2d", "filters": 1, "kernel": [1, 1], "padding": padding} for padding in (64, 8)),
    {"kind": "maxpool2d", "kernel": [64, 64], "stride": [1, 1]},
    *[{"kind": "flatten"}, DENSE],
]
MANY_TENSORS = [
    {"kind": "conv2d", "filters": 4096, "kernel": [1, 1], "padding": "same"},
    *[{"kind": "batchnorm"}] * 6,
    *[{"kind": "maxpool2d", "kernel": [8, 8]}, {"kind": "flatten"}, {"kind": "dense", "units": 100}, DENSE],
]


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        (
            {"network": [{"kind": "maxpool2d", "kernel": [9, 9]}, {"kind": "flatten"}, DENSE]},
            "network.0",
            "pool (max-pool 9x9) got 1x8x8",
        ),
        ({"network": [{"kind": "flatten"}, {"kind": "relu"}]}, "network.1", "relu (ReLU) gives 64"),
        (
            {"network": [conv(100), {"kind": "flatten"}, DENSE], "batch_size": 5},
            "batch_size",
            "One forward pass of a batch of 5 takes 131,424,000 multiplications; at most 128,000,000 are",
        ),
        (
            {"network": MANY_CELLS, "batch_size": 256},
            "batch_size",
            "One iteration of a batch of 256 takes 327 MB of memory; at most 256 MB are allowed: use a "
            "batch of at most 200.",
        ),
        (
            {
                "network": MANY_WINDOWS,
                "batch_size": 1,
                "dtype": "float64",
            },
            "network",
            "One iteration of a batch of 1 takes 295 MB of memory; at most 256 MB are allowed: use fewer "
            "filters or units, or a smaller kernel.",
        ),
        (
            {
                "network": MANY_TENSORS,
                "optimizer": {"kind": "adam", "learning_rate": 0.01},
                "batch_size": 1,
                "dtype": "float64",
            },
            "network",
            "The tensors of one example and of all parameters take 84 MB; at most 64 MB can be shown: use "
            "fewer filters or units, or float32.",
        ),
        (
            {"dataset": "two_inputs", "batch_size": 1},
            "loss",
            "softmax_cross_entropy needs examples that belong to classes, and those of two_inputs have "
            "targets instead: use squared_error.",
        ),
        (
            {"given": [{"name": "conv.w", "values": [1]}]},
            "given.0.name",
            'There is no parameter "conv.w"; the parameters are: dense.w, dense.b.',
        ),
        (
            {"given": [{"name": "dense.b", "values": [1, 2, 3]}]},
            "given.0.values",
            "dense.b is 10: it takes 10 numbers, and was given 3.",
        ),
        (
            {"frozen": ["dense.b", "dense.c"]},
            "frozen.1",
            'There is no parameter "dense.c"; the parameters are: dense.w, dense.b.',
        ),
        (
            {"epochs": 10_000},
            "epochs",
            "10,000 epochs are 4,790,000 iterations; at most 2,000,000 are allowed: use fewer epochs",
        ),
        (
            {"edits": [{"kind": "learning_rate", "iteration": 479, "value": 1}]},
            "edits.0.iteration",
            "The edit at iteration 479 comes after the run's last, 478.",
        ),
        (
            {"edits": [example_edit(0, 0, 5), example_edit(0, 0, 1437)]},
            "edits.1.example",
            "There is no training example 1437; the last one is 1436.",
        ),
        (
            {"edits": [{"kind": "parameter", "iteration": 0, "name": "dense.v", "cell": 0, "value": 1}]},
            "edits.0.name",
            'There is no parameter "dense.v"; the parameters are: dense.w, dense.b.',
        ),
        (
            {"edits": [{"kind": "parameter", "iteration": 0, "name": "dense.b", "cell": 10, "value": 1}]},
            "edits.0.cell",
            "dense.b is 10: it has no cell 10, the last one is 9.",
        ),
        (
            {"edits": [example_edit(1, 3, 5)]},
            "edits.0.slot",
            "Iteration 1's batch has no slot 3; the last one is 2.",
        ),
    ],
)
def test_an_invalid_recipe_is_refused_with_a_sentence_and_the_setting_at_fault(
    fields: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(RecipeError, match=f"^{re.escape(sentence)}") as refusal:
        plan(recipe(**{"batch_size": 3, **fields}))
    assert refusal.value.field == field


def test_given_parameters_start_from_their_values_and_the_others_are_initialised() -> None:
    values = [float(number) for number in range(10)]
    start = plan(recipe(given=[{"name": "dense.b", "values": values}])).initial().params["dense"]
    assert start["b"].tolist() == values
    assert (start["w"] == plan(recipe()).initial().params["dense"]["w"]).all()


def test_frozen_parameters_have_gradients_and_do_not_change() -> None:
    run = History(plan(recipe(frozen=["dense.w"])))
    run.advance(3)
    (_, _, dense) = run.trace(2).records
    assert dense.dparams["w"].any()
    assert not dense.deltas["w"].any()
    assert (run.state(3).params["dense"]["w"] == run.state(0).params["dense"]["w"]).all()
    assert (run.state(3).params["dense"]["b"] != run.state(0).params["dense"]["b"]).any()


def test_edits_beyond_the_slots_of_a_smaller_last_batch_are_refused() -> None:
    fields = {"batch_size": 32, "epochs": 2}
    plan(recipe(**fields, edits=[example_edit(44, 28, 5), example_edit(43, 31, 5)]))
    for iteration in (44, 89):
        with pytest.raises(RecipeError, match="no slot 29; the last one is 28"):
            plan(recipe(**fields, edits=[example_edit(iteration, 29, 5)]))


def test_the_largest_batch_that_a_refusal_suggests_is_accepted_and_a_larger_one_is_not() -> None:
    plan(recipe(network=MANY_CELLS, batch_size=200))
    for batch_size in (201, 256):
        with pytest.raises(RecipeError, match="use a batch of at most 200"):
            plan(recipe(network=MANY_CELLS, batch_size=batch_size))


def test_lenet_with_the_largest_batch_is_accepted() -> None:
    lenet = [
        *[{"kind": "conv2d", "filters": 6, "kernel": [5, 5]}, {"kind": "relu"}, {"kind": "maxpool2d"}],
        *[{"kind": "conv2d", "filters": 16, "kernel": [5, 5]}, {"kind": "relu"}, {"kind": "flatten"}],
        *[{"kind": "dense", "units": units} for units in (120, 84, 10)],
    ]
    for dtype in ("float32", "float64"):
        assert plan(recipe(network=lenet, batch_size=256, dtype=dtype)).network.parameters > 40_000


def test_gathered_examples_are_the_stored_ones_scaled_to_the_dtype_of_the_recipe() -> None:
    planned = plan(recipe(dataset="shapes", dtype="float32", network=[{"kind": "flatten"}, FOUR]))
    chosen = np.array([5, 2, 639])
    x, targets = gather(planned, "train", chosen)
    stored = planned.dataset.train_x
    assert stored.dtype == np.uint8
    assert x.dtype == targets.dtype == np.float32
    assert x.flags.c_contiguous
    assert not x.flags.writeable
    assert x == pytest.approx(stored[..., chosen] / 255, abs=1e-6)
    assert (targets == planned.dataset.train_targets[:, chosen]).all()
    assert (gather(planned, "test", chosen[:2])[0] == all_examples(planned, "test")[0][..., chosen[:2]]).all()


FOUR = {"kind": "dense", "units": 4}


def test_an_expensive_network_is_evaluated_on_evenly_spread_test_examples() -> None:
    assert plan(recipe()).evaluated.tolist() == list(range(360))
    busy = [{"kind": "conv2d", "filters": 96, "padding": "same"}] * 2
    planned = plan(recipe(dataset="shapes", batch_size=1, network=[*busy, {"kind": "flatten"}, FOUR]))
    assert planned.evaluated.size == 100 < planned.dataset.test_examples
    assert (planned.evaluated[0], planned.evaluated[-1]) == (0, planned.dataset.test_examples - 1)
    assert (np.diff(planned.evaluated) > 0).all()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"loss": {"kind": "binary_cross_entropy"}, "dataset": "small_image"}, "between 0 and 1"),
        (
            {"loss": {"kind": "softmax_cross_entropy", "class_weights": [1, 2]}},
            "each of the 10 classes, not 2",
        ),
    ],
)
def test_a_loss_that_does_not_fit_the_targets_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=words) as refusal:
        plan(Recipe.model_validate(fields))
    assert refusal.value.field == "loss"
