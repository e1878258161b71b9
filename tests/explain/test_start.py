"""The words about the start values of parameters."""

from typing import Any

import pytest

from server.explain.start import start_words
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import step

NETWORK: list[dict[str, Any]] = [{"kind": "batchnorm"}, {"kind": "flatten"}, {"kind": "dense", "units": 10}]


@pytest.mark.parametrize(
    ("changes", "layer", "parameter", "words"),
    [
        ({}, "dense", "w", "This weight still has its random start value."),
        ({}, "dense", "b", "This bias still has its start value, 0."),
        ({}, "bn", "w", "This weight still has its start value, 1."),
        ({"initialisation": {"kind": "zeros"}}, "dense", "w", "This weight still has its start value."),
        (
            {"given": [{"name": "dense.b", "values": list(range(10))}]},
            "dense",
            "b",
            "This bias still has the start value that the recipe gives it.",
        ),
    ],
)
def test_a_start_value_is_called_random_only_where_the_seed_decides_it(
    changes: dict[str, Any], layer: str, parameter: str, words: str
) -> None:
    recipe = Recipe.model_validate({"network": NETWORK, "batch_size": 4, **changes})
    planned = plan(recipe)
    _, trace = step(planned, planned.initial())
    record = next(record for record in trace.records if record.layer == layer)
    assert start_words(recipe, record, parameter) == words
