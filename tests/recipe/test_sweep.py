"""Sweeps: the variants of a recipe, invalid sweeps, and the outcomes of runs."""

from typing import Any

import pytest
from pydantic import ValidationError

from server.nn.ops import AvgPool2d, Conv2d, Dense, Dropout, MaxPool2d
from server.recipe.errors import RecipeError
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.recipe.sweep import Sweep, SweepError, Variant, variants
from server.run.history import History
from server.run.summary import LOSS_POINTS, outcome, spread
from tests.networks import recipe

NETWORK = [
    {"kind": "conv2d", "filters": 6, "padding": "same"},
    {"kind": "maxpool2d", "kernel": [2, 2]},
    {"kind": "dropout", "rate": 0.1},
    {"kind": "flatten"},
    {"kind": "dense", "units": 20},
    {"kind": "dense", "units": 10},
]


def sweep(*axes: dict[str, Any], **fields: Any) -> Sweep:
    base = recipe(**{"network": NETWORK, "batch_size": 32, **fields})
    return Sweep.model_validate({"recipe": base, "axes": axes})


def varied(kind: str, *values: Any, **fields: Any) -> tuple[Variant, ...]:
    return variants(sweep({"kind": kind, "values": values}, **fields))


def test_each_axis_changes_its_own_field_and_no_other() -> None:
    base = sweep({"kind": "learning_rate", "values": [1]}).recipe

    def different(made: Recipe) -> set[str]:
        return {name for name in Recipe.model_fields if getattr(made, name) != getattr(base, name)}

    cases: dict[str, tuple[list[Any], str]] = {
        "learning_rate": ([0.5, 0.7], "optimizer"),
        "batch_size": ([2, 8], "batch_size"),
        "width": ([0.5, 2], "network"),
        "dropout": ([0, 0.5], "network"),
        "pooling": (["average"], "network"),
        "optimizer": ([{"kind": "adam", "learning_rate": 0.01}], "optimizer"),
        "initialisation": ([{"kind": "zeros"}, {"kind": "normal"}], "initialisation"),
    }
    for kind, (values, field) in cases.items():
        made = varied(kind, *values)
        assert len(made) == len(values)
        assert [different(variant.recipe) for variant in made] == [{field}] * len(values)
        assert all(variant.iterations == plan(variant.recipe).iterations for variant in made)


def test_width_multiplies_hidden_filters_and_units_but_not_the_output() -> None:
    narrow, wide, tiny = (variant.recipe.network for variant in varied("width", 0.5, 1.5, 0.01))
    assert [op.filters for op in (narrow[0], wide[0], tiny[0]) if isinstance(op, Conv2d)] == [3, 9, 1]
    assert [op.units for op in (narrow[4], wide[4], tiny[4]) if isinstance(op, Dense)] == [10, 30, 1]
    assert all(network[5] == Dense(10) for network in (narrow, wide, tiny))


def test_dropout_and_pooling_change_their_layers_and_keep_kernels() -> None:
    assert [variant.recipe.network[2] for variant in varied("dropout", 0, 0.5)] == [Dropout(0), Dropout(0.5)]
    pools = [variant.recipe.network[1] for variant in varied("pooling", "max", "average")]
    assert pools == [MaxPool2d((2, 2)), AvgPool2d((2, 2))]


def test_a_fold_axis_holds_out_each_fold_in_turn() -> None:
    made = variants(sweep({"kind": "fold", "folds": 4}))
    assert [variant.values for variant in made] == [(1,), (2,), (3,), (4,)]
    told = [variant.recipe.validation.model_dump() for variant in made]
    assert told == [{"kind": "k_fold", "folds": 4, "fold": fold} for fold in range(4)]


def test_two_axes_give_every_pair_and_the_learning_rate_applies_to_the_chosen_optimizer() -> None:
    adam, sgd = {"kind": "adam", "learning_rate": 1}, {"kind": "sgd", "learning_rate": 1}
    rates = {"kind": "learning_rate", "values": [0.1, 0.2]}
    made = variants(sweep(rates, {"kind": "optimizer", "values": [adam, sgd]}))
    assert [variant.values for variant in made] == [(0.1, "adam"), (0.1, "sgd"), (0.2, "adam"), (0.2, "sgd")]
    chosen = [(v.recipe.optimizer.learning_rate, v.recipe.optimizer.kind) for v in made]
    assert chosen == [variant.values for variant in made]


def test_variants_drop_edits_and_equal_sweeps_have_equal_ids() -> None:
    edits = [{"kind": "learning_rate", "iteration": 1, "value": 0.5}]
    axis = {"kind": "learning_rate", "values": [0.1]}
    (variant,) = variants(sweep(axis, edits=edits))
    assert variant.recipe.edits == ()
    assert sweep(axis).id == sweep(axis).id != sweep({**axis, "values": [0.2]}).id
    assert sweep(axis).id != sweep(axis, seed=8).id


@pytest.mark.parametrize(
    ("axes", "fields", "field", "words"),
    [
        ([{"kind": "dropout", "values": [0.1]}], {"network": None}, "axes.0", "add a Dropout"),
        ([{"kind": "pooling", "values": ["max"]}], {"network": "dense"}, "axes.0", "add a MaxPool2d"),
        (
            [{"kind": "width", "values": [2]}],
            {"network": "dense"},
            "axes.0",
            "add a Conv2d, or a Dense before",
        ),
        ([{"kind": "width", "values": [1, 1]}], {}, "axes.0.values", "values of the width should all differ"),
        (
            [{"kind": "learning_rate", "values": [1]}] * 2,
            {},
            "axes.1",
            "The learning rate can vary once only",
        ),
        (
            [{"kind": "fold", "folds": 5}, {"kind": "batch_size", "values": [1, 2, 3, 4, 5]}],
            {},
            "axes",
            "These are 25 runs; at most 24 are allowed: use fewer values",
        ),
        (
            [{"kind": "batch_size", "values": [1, 2]}],
            {"epochs": 1000},
            "axes",
            "2 runs of 1,000 epochs are 2,156,000 iterations; at most 250,000 are allowed: use fewer "
            "values, or at most 115 epochs.",
        ),
        (
            [{"kind": "width", "values": [16]}, {"kind": "batch_size", "values": [8, 256]}],
            {"network": "wide"},
            "axes",
            "With width 16, batch size 8: dense (dense 10) brings the network to 624,010 parameters",
        ),
        (
            [{"kind": "width", "values": [16]}],
            {"network": "widest"},
            "axes.0",
            "between 1 and 4096 filters",
        ),
    ],
)
def test_an_invalid_sweep_is_refused_with_a_sentence_and_the_setting_at_fault(
    axes: list[dict[str, Any]], fields: dict[str, Any], field: str, words: str
) -> None:
    flat = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
    networks = {
        None: [{"kind": "maxpool2d"}, *flat],
        "dense": flat,
        "wide": [{"kind": "conv2d", "filters": 60, "padding": "same"}, *flat],
        "widest": [{"kind": "conv2d", "filters": 300}, *flat],
    }
    network = {"network": networks[fields["network"]]} if "network" in fields else {}
    with pytest.raises(SweepError) as refusal:
        variants(sweep(*axes, **{**fields, **network}))
    assert words in str(refusal.value)
    assert refusal.value.field == field


def test_a_sweep_of_an_invalid_recipe_is_refused_like_the_recipe() -> None:
    with pytest.raises(RecipeError, match="batch size is 200") as refusal:
        variants(
            sweep(
                {"kind": "learning_rate", "values": [1]},
                dataset="lines",
                batch_size=200,
                network=[{"kind": "flatten"}, {"kind": "dense", "units": 4}],
            )
        )
    assert refusal.value.field == "batch_size"


@pytest.mark.parametrize(
    "axis",
    [
        {"kind": "learning_rate", "values": []},
        {"kind": "learning_rate", "values": [-1]},
        {"kind": "fold", "folds": 1},
        {"kind": "dropout", "values": [1]},
        {"kind": "pooling", "values": ["median"]},
        {"kind": "colour", "values": [1]},
    ],
)
def test_invalid_values_of_an_axis_are_refused(axis: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        sweep(axis)


def test_an_outcome_summarises_the_history() -> None:
    history = History(plan(recipe(0.1, batch_size=4, epochs=2)))
    before = outcome(history)
    assert (before.computed, before.train_loss, before.at.size, before.best_epoch) == (0, None, 0, 0)
    history.advance(500)
    made = outcome(history)
    assert (made.computed, made.ended, made.diverged) == (500, False, None)
    assert made.seconds == history.seconds > before.seconds == 0
    assert made.train_loss == pytest.approx(history.losses[-360:].mean())
    assert made.evaluations == history.evaluations
    best = max(evaluation.accuracy for evaluation in history.evaluations)
    first = next(e for e in history.evaluations if e.accuracy == best)
    assert made.best_epoch == (1 if first.iteration <= 360 else 2)
    assert made.at.size == made.losses.size == LOSS_POINTS
    assert made.at[-1] == 500
    assert made.losses[0] == pytest.approx(history.losses[: made.at[0]].mean())
    history.advance(1000)
    assert outcome(history).ended


def test_the_outcome_of_a_diverged_run_ends_at_its_last_finite_iteration() -> None:
    network = [{"kind": "conv2d", "filters": 2}] * 3 + [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
    history = History(plan(recipe(1000, network=network)))
    history.advance(1000)
    made = outcome(history)
    assert made.ended
    assert made.diverged == history.finite
    assert made.at.size == made.losses.size <= history.finite


def test_a_spread_has_the_mean_and_the_sample_standard_deviation() -> None:
    of = spread([1, 2, 3, 4])
    assert of is not None
    assert (of.mean, of.deviation) == (2.5, pytest.approx((5 / 3) ** 0.5))
    one = spread([2])
    assert one is not None
    assert (one.mean, one.deviation) == (2, None)
    assert spread([]) is None
    assert spread([float("inf"), 1]) is None
