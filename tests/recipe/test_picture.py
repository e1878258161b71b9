"""Edited-in pictures: as text, as stored by the data set, and as examples of a batch."""

import re
from typing import Any

import numpy as np
import pytest

from server.data import load
from server.explain.explanation import explain
from server.recipe.batches import PICTURE, batch_examples, gather, picture_input, training_batch
from server.recipe.errors import RecipeError
from server.recipe.picture import UnfitPicture, checked, decoded, encoded, stored
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.run.look import ExampleChoice
from server.wire import encode
from server.wire.messages.runs import Iteration
from tests.networks import recipe

DIGITS = load("digits")


def drawn() -> np.ndarray:
    """A random picture (1, 8, 8) in sixteenths, as in the digits."""
    return np.random.default_rng(3).integers(0, 17, DIGITS.shape) / 16


def picture_edit(iteration: int, slot: int = 0, label: int = 7, **fields: Any) -> dict[str, Any]:
    text = encoded(checked(DIGITS, drawn()))
    return {
        "kind": "picture",
        "iteration": iteration,
        "slot": slot,
        "picture": text,
        "label": label,
        **fields,
    }


def test_a_picture_survives_its_text_form_bit_for_bit() -> None:
    picture = checked(DIGITS, drawn())
    text = encoded(picture)
    assert re.fullmatch(r"[A-Za-z0-9_-]{171}", text)
    assert (decoded(DIGITS, text) == picture).all()
    assert (picture == drawn()).all()
    assert encoded(decoded(DIGITS, text)) == text


def test_all_256_shades_are_stored_exactly() -> None:
    shapes = load("shapes")
    shades = np.resize(np.arange(256), shapes.shape)
    picture = checked(shapes, shades / 255)
    kept = stored(shapes, decoded(shapes, encoded(picture)))
    assert kept.dtype == np.uint8
    assert (kept == shades).all()


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        (np.zeros((8, 8)), "The picture is 8x8; those of digits are 1x8x8."),
        (np.full((1, 8, 8), 1.5), "The numbers of a picture of digits lie between 0 and 1, and all of them"),
        (np.full((1, 8, 8), -0.1), "The numbers of a picture of digits lie between 0 and 1, and all of them"),
        (np.full((1, 8, 8), np.nan), "The numbers of a picture of digits lie between 0 and 1, and all of"),
    ],
)
def test_a_picture_of_the_wrong_shape_or_range_is_refused(numbers: np.ndarray, sentence: str) -> None:
    with pytest.raises(UnfitPicture, match=f"^{re.escape(sentence)}"):
        checked(DIGITS, numbers)


def test_pictures_of_signed_data_may_be_negative_within_the_data_sets_range() -> None:
    signals = load("signals")
    most = float(abs(signals.train_x).max())
    checked(signals, np.full(signals.shape, -most))
    with pytest.raises(UnfitPicture, match="lie between −"):
        checked(signals, np.full(signals.shape, -most - 0.01))


def test_a_picture_edit_changes_its_slot_and_label_and_nothing_else() -> None:
    edited, plain = (plan(recipe(batch_size=4, edits=edits)) for edits in ([picture_edit(3, 2)], []))
    x, targets, examples = training_batch(edited, 3)
    plain_x, plain_targets, plain_examples = training_batch(plain, 3)
    assert examples.tolist() == [*plain_examples[:2], PICTURE, plain_examples[3]]
    assert (x[..., 2] == picture_input(edited, drawn())[..., 0]).all()
    assert (x[..., 2] == drawn().astype(np.float32)).all()
    assert targets[:, 2].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    for slot in (0, 1, 3):
        assert (x[..., slot] == plain_x[..., slot]).all()
        assert (targets[:, slot] == plain_targets[:, slot]).all()
    assert (training_batch(edited, 4)[0] == training_batch(plain, 4)[0]).all()
    assert not x.flags.writeable
    assert not targets.flags.writeable


def test_the_last_of_several_edits_of_a_slot_applies() -> None:
    example = {"kind": "example", "iteration": 3, "slot": 0, "example": 12}
    assert batch_examples(plan(recipe(edits=[picture_edit(3), example])), 3).tolist() == [12]
    assert batch_examples(plan(recipe(edits=[example, picture_edit(3)])), 3).tolist() == [PICTURE]


@pytest.mark.parametrize("dataset", ["digits", "shapes"])
def test_a_training_example_as_a_picture_gives_the_same_input(dataset: str) -> None:
    preprocessing = {"scaling": "standardised"}
    planned = plan(
        Recipe.model_validate(
            {
                "dataset": dataset,
                "preprocessing": preprocessing,
                "network": [{"kind": "flatten"}, dense(dataset)],
            }
        )
    )
    of = planned.dataset
    picture = checked(of, of.train_x[..., 5] * of.scale)
    assert (picture_input(planned, picture) == gather(planned, "train", np.array([5]))[0]).all()


def dense(dataset: str) -> dict[str, Any]:
    return {"kind": "dense", "units": load(dataset).targets}


def test_a_picture_is_augmented_like_every_other_example() -> None:
    fields = {"batch_size": 4, "augmentation": {"shift": 2, "noise": 0.1}}
    x, _, _ = training_batch(plan(recipe(**fields, edits=[picture_edit(3, 2)])), 3)
    assert (x[..., 2] != drawn().astype(np.float32)).any()
    assert (x == training_batch(plan(recipe(**fields, edits=[picture_edit(3, 2)])), 3)[0]).all()


def test_a_run_trains_on_an_edited_in_picture_and_explains_its_numbers() -> None:
    edited = plan(recipe(edits=[picture_edit(2)]))
    parent = History(plan(recipe()))
    parent.advance(5)
    history = History(edited, parent)
    assert history.computed == 2
    history.advance(1)
    trace = history.trace(2)
    assert (trace.x[..., 0] == drawn().astype(np.float32)).all()
    found = explain(edited.recipe.loss, edited.recipe.optimizer, trace, "dense.out", 7, 0)
    assert found.value == pytest.approx(sum(term.value for term in found.terms) + found.rest)
    (example,) = Iteration.model_validate_json(
        encode.runs.iteration(history, 2, [], ExampleChoice())
    ).examples
    assert (example.index, example.label, example.truth) == (None, 7, 7)
    (example,) = Iteration.model_validate_json(
        encode.runs.iteration(history, 1, [], ExampleChoice())
    ).examples
    assert example.index is not None


def test_a_recipe_with_a_picture_has_its_own_id_and_survives_json() -> None:
    edited = recipe(edits=[picture_edit(2)])
    assert hash(edited) == hash(recipe(edits=[picture_edit(2)]))
    assert Recipe.model_validate_json(edited.model_dump_json()) == edited
    assert len({edited.id, recipe().id, recipe(edits=[picture_edit(2, label=1)]).id}) == 3


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"label": 10}, "edits.0.label", "There is no class number 10; the last one is 9."),
        ({"slot": 1}, "edits.0.slot", "Iteration 3's batch has no slot 1; the last one is 0."),
        (
            {"picture": "AAAA"},
            "edits.0.picture",
            "The picture has 3 bytes; a 1x8x8 of digits has 128: 2 for each number.",
        ),
        ({"picture": "A+/A"}, "edits.0.picture", "A picture is base64url: letters, digits, - and _"),
        ({"picture": "é"}, "edits.0.picture", "A picture is base64url"),
        (
            {"picture": encoded(np.full((1, 8, 8), 2.0))},
            "edits.0.picture",
            "The numbers of a picture of digits lie between 0 and 1, and all of them are finite.",
        ),
        (
            {"iteration": 9999},
            "edits.0.iteration",
            "The edit at iteration 9999 comes after the run's last, 1436.",
        ),
    ],
)
def test_an_invalid_picture_edit_is_refused_with_the_setting_at_fault(
    fields: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(RecipeError, match=f"^{re.escape(sentence)}") as refusal:
        plan(recipe(edits=[picture_edit(**{"iteration": 3, **fields})]))
    assert refusal.value.field == field


def test_a_picture_edit_for_data_without_classes_is_refused() -> None:
    given = {
        "dataset": "two_inputs",
        "network": [{"kind": "dense", "units": 2}],
        "loss": {"kind": "squared_error"},
        "edits": [{"kind": "picture", "iteration": 0, "picture": "AAAAAA", "label": 0}],
    }
    with pytest.raises(RecipeError, match="have targets instead"):
        plan(Recipe.model_validate(given))
