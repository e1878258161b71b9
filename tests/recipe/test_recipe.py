import json
from typing import Any

import pytest
from pydantic import ValidationError

from server.nn.ops import Conv2d, MaxPool2d
from server.recipe.recipe import Recipe
from tests.networks import recipe


def test_a_recipe_and_its_id_survive_json() -> None:
    original = recipe(edits=[{"kind": "learning_rate", "iteration": 3, "value": 0.5}])
    again = Recipe.model_validate_json(original.model_dump_json())
    assert again == original
    assert again.id == original.id


def test_the_id_depends_on_every_field_but_not_on_their_order() -> None:
    fields: dict[str, Any] = {"batch_size": 2, "seed": 8, "dtype": "float64", "epochs": 3}
    ids = {recipe(**{name: value}).id for name, value in fields.items()}
    assert len(ids | {recipe().id}) == 5
    assert recipe(**fields).id == recipe(**dict(reversed(fields.items()))).id


def test_the_id_of_the_default_recipe_is_the_same_on_every_machine() -> None:
    assert Recipe().id == "9815a64b10f1cf10"


def test_a_changed_copy_of_a_recipe_has_an_id_of_its_own() -> None:
    first = Recipe()
    assert first.id is first.id, "computed once"
    changed = first.model_copy(update={"seed": 8})
    assert changed.id == Recipe(seed=8).id != first.id
    assert first.model_copy() == first == Recipe()
    assert first.model_dump_json() == Recipe().model_dump_json()


def test_the_default_network_is_parsed_into_ops() -> None:
    layers = Recipe.model_validate(json.loads(Recipe().model_dump_json())).network
    assert layers[0] == Conv2d(8)
    assert layers[2] == MaxPool2d((2, 2))


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({"network": [{"kind": "conv3d"}]}, ("network", 0), "'conv2d', 'maxpool2d', 'avgpool2d'"),
        ({"network": [{"kind": "relu", "slope": 1}]}, ("network", 0, "relu", "slope"), "Unexpected"),
        (
            {"network": [{"kind": "conv2d", "filters": 0}]},
            ("network", 0, "conv2d"),
            "between 1 and 4096 filters",
        ),
        (
            {"optimizer": {"learning_rate": -1}},
            ("optimizer", "sgd"),
            "must be above 0 and at most 1000, not -1",
        ),
        (
            {"optimizer": {"learning_rate": 1, "momentum": 1}},
            ("optimizer", "sgd", "momentum"),
            "Unexpected",
        ),
        (
            {"optimizer": {"kind": "adam", "learning_rate": 1, "beta1": 1}},
            ("optimizer", "adam"),
            "beta1 must be at least 0 and below 1, not 1",
        ),
        ({"optimizer": {"kind": "lion", "learning_rate": 1}}, ("optimizer",), "'sgd', 'momentum'"),
        ({"loss": {"kind": "hinge"}}, ("loss",), "softmax_cross_entropy"),
        ({"batchsize": 3}, ("batchsize",), "not permitted"),
    ],
)
def test_an_invalid_field_is_refused_at_its_location(
    fields: dict[str, Any], where: tuple[object, ...], words: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        Recipe.model_validate(fields)
    first = refusal.value.errors()[0]
    assert first["loc"] == where
    assert words in first["msg"]


def test_the_learning_rate_is_that_of_the_latest_edit_up_to_an_iteration() -> None:
    edits = [(20, 0.2), (10, 0.1), (10, 0.15), (30, 0.3)]
    edited = recipe(
        0.01, edits=[{"kind": "learning_rate", "iteration": at, "value": value} for at, value in edits]
    )
    expected = {0: 0.01, 9: 0.01, 10: 0.15, 19: 0.15, 20: 0.2, 29: 0.2, 30: 0.3, 1000: 0.3}
    assert {at: edited.learning_rate(at) for at in expected} == expected


def test_a_schedule_sets_the_learning_rate_until_the_first_edit() -> None:
    edits = [{"kind": "learning_rate", "iteration": 25, "value": 0.7}]
    scheduled = recipe(0.4, schedule={"kind": "step", "every": 10, "by": 0.5, "warmup": 4}, edits=edits)
    rates = [scheduled.learning_rate(iteration) for iteration in (0, 3, 4, 13, 14, 24, 25, 500)]
    assert rates == pytest.approx([0.1, 0.4, 0.4, 0.4, 0.2, 0.1, 0.7, 0.7])
