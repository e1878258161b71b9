"""Predictions, saliency maps, nearest examples and comparisons over HTTP."""

import re
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.data import load
from server.web import feature_store
from server.wire.encode.arrays import typed_array
from tests.web.helpers import DIVERGING, new_run, numbers, ok, problem

DIGITS = load("digits")


def picture(of: np.ndarray | None = None) -> dict[str, str]:
    """A picture as the page sends one; a test example by default."""
    array = DIGITS.test_x[..., 3] if of is None else of
    return typed_array(array.astype(np.float32)).model_dump()


@pytest.fixture
def run(client: TestClient) -> str:
    run = new_run(client, batch_size=4, seed=9)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 40}))
    return run


def ask(client: TestClient, run: str, what: str, iteration: int = 40, **question: Any) -> Any:
    return client.post(f"/api/runs/{run}/iterations/{iteration}/{what}", json=question)


def test_a_prediction_has_the_requested_tensors(client: TestClient, run: str) -> None:
    names = ["input.out", "conv1.out", "loss.probabilities"]
    found = ok(ask(client, run, "prediction", picture=picture(), names=names))
    assert (found["run"], found["iteration"]) == (run, 40)
    tensors = {tensor["name"]: numbers(tensor["data"]) for tensor in found["tensors"]}
    assert [*tensors] == names
    outs = ok(ask(client, run, "prediction", picture=picture(), names=["*.out"]))["tensors"]
    assert [tensor["name"] for tensor in outs if tensor["name"].startswith("conv")] == [
        "conv1.out",
        "conv2.out",
    ]
    assert (tensors["input.out"] == DIGITS.test_x[..., 3].astype(np.float32)).all()
    assert tensors["conv1.out"].shape == (8, 8, 8)
    assert tensors["loss.probabilities"].tolist() == found["answers"]
    assert sum(found["answers"]) == pytest.approx(1)
    assert found["answers"].index(max(found["answers"])) == found["winner"]
    assert found["verdict"] in ("sure", "unsure", "untrained")
    before = ok(ask(client, run, "prediction", 0, picture=picture()))
    assert before["verdict"] == "untrained"
    assert before["answers"] != found["answers"]
    assert before["tensors"] == []


def test_the_text_of_a_picture_can_be_used_in_an_edit(client: TestClient, run: str) -> None:
    text = ok(ask(client, run, "prediction", picture=picture()))["picture"]
    edit = {"kind": "picture", "iteration": 40, "slot": 2, "picture": text, "label": 3}
    edited = new_run(client, batch_size=4, seed=9, edits=[edit])
    progress = ok(client.get(f"/api/runs/{edited}/timeline"))
    assert progress["computed"] == 40
    ok(client.post(f"/api/runs/{edited}/step"))
    found = ok(
        client.get(
            f"/api/runs/{edited}/iterations/40", params={"names": ["input.out", "dense.out"], "example": 2}
        )
    )
    assert found["examples"][2] == {"index": None, "label": 3, "truth": 3}
    (shown, answers) = (numbers(tensor["data"]) for tensor in found["tensors"])
    assert (shown == DIGITS.test_x[..., 3].astype(np.float32)).all()
    before = ok(ask(client, run, "prediction", picture=picture(), names=["dense.out"]))["tensors"][0]
    np.testing.assert_allclose(answers, numbers(before["data"]), rtol=1e-4, atol=1e-5)
    explained = ok(
        client.get(
            f"/api/runs/{edited}/iterations/40/explanation",
            params={"name": "dense.out", "cell": 3, "example": 2},
        )
    )
    assert explained["value"] == pytest.approx(answers[3])


def test_every_saliency_method_gives_a_map(client: TestClient, run: str) -> None:
    ways = ok(client.get("/api/saliency"))
    assert [way["method"] for way in ways] == ["gradient", "magnitude", "guided", "grad_cam", "occlusion"]
    for way in ways:
        question = {"picture": picture(), "layer": "dense", "cell": 3, "method": way["method"]}
        found = ok(ask(client, run, "saliency", **question))
        assert found["about"] == way
        assert numbers(found["map"]["data"]).shape == (1, 8, 8)
        assert found["convolutions"] == ["conv1", "conv2"]
        assert (found["coarse"] is not None) == (way["method"] in ("grad_cam", "occlusion"))
        covering = r"Covering .+ (lowers|raises) the score of 3 most: from "
        assert re.match(covering if way["method"] == "occlusion" else r"dense\.out\[3\] is ", found["words"])
    chosen = {"method": "grad_cam", "convolution": "conv1"}
    found = ok(ask(client, run, "saliency", picture=picture(), layer="dense", cell=3, **chosen))
    assert (found["convolution"], found["maps"]) == ("conv1", "relu1.out")
    patch = {"method": "occlusion", "patch": 4, "stride": 2, "fill": 0.5}
    found = ok(ask(client, run, "saliency", picture=picture(), layer="dense", cell=3, **patch))
    assert numbers(found["coarse"]["data"]).shape == (3, 3)


def test_without_a_picture_an_example_of_the_batch_is_used(client: TestClient, run: str) -> None:
    question = {"layer": "dense", "cell": 3, "method": "gradient"}
    shown = ok(client.get(f"/api/runs/{run}/iterations/39", params={"names": ["input.out"], "example": 2}))
    x = numbers(shown["tensors"][0]["data"])
    of_batch = ok(ask(client, run, "saliency", 39, example=2, **question))
    of_picture = ok(ask(client, run, "saliency", 39, picture=picture(x), **question))
    assert of_batch["map"] == of_picture["map"]
    near = ok(ask(client, run, "nearest", 39, example=2, count=1))["neighbours"][0]
    assert near["example"] == shown["examples"][2]["index"]
    assert near["distance"] == pytest.approx(0, abs=1e-4)
    refused = problem(ask(client, run, "saliency", 40, **question), 409)
    assert (refused.code, refused.field) == ("not_computed", "iteration")


def test_the_nearest_examples_have_their_pictures_and_their_features_are_cached(
    client: TestClient, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def counted(*given: Any) -> Any:
        asked.append(given)
        return original(*given)

    original = feature_store.features
    monkeypatch.setattr(feature_store, "features", counted)
    found = ok(ask(client, run, "nearest", picture=picture(), part="test", count=3))
    assert found["neighbours"][0]["example"] == 3
    assert found["neighbours"][0]["distance"] == pytest.approx(0, abs=1e-5)
    assert (found["features"], found["compared"], found["total"]) == ("flatten.out", 360, 360)
    assert found["words"] == "Of all 360 test examples, compared in flatten.out."
    for neighbour, image in zip(found["neighbours"], numbers(found["images"]), strict=True):
        assert (image == DIGITS.test_x[..., neighbour["example"]].astype(np.float32)).all()
        assert DIGITS.test_targets[neighbour["label"], neighbour["example"]] == 1
    other = ok(ask(client, run, "nearest", picture=picture(), part="test", count=3, metric="cosine"))
    assert other["metric"] == "cosine"
    assert len(asked) == 1
    for iteration in range(6):
        ok(ask(client, run, "nearest", iteration, picture=picture(), part="test"))
    assert len(asked) == 7
    ok(ask(client, run, "nearest", 40, picture=picture(), part="test"))
    assert len(asked) == 8


def test_the_effect_of_training_on_a_picture_equals_the_edited_run(client: TestClient, run: str) -> None:
    asked = {"picture": picture(), "label": 3, "slot": 1, "iterations": 2, "count": 4}
    effect = ok(ask(client, run, "effect", **asked))
    assert len(effect["moved"]) == 4
    assert effect["before"]["run"] == run
    assert (effect["before"]["iteration"], effect["after"]["iteration"]) == (40, 42)
    assert effect["after"]["loss"] < effect["before"]["loss"]
    assert effect["after"]["test"]["iteration"] == 42
    edits = [
        {"kind": "picture", "iteration": at, "slot": 1, "picture": effect["picture"], "label": 3}
        for at in (40, 41)
    ]
    edited = new_run(client, batch_size=4, seed=9, edits=edits)
    assert edited == effect["after"]["run"]
    ok(client.post(f"/api/runs/{edited}/step", json={"count": 2}))
    question = {"picture": picture(), "label": 3, "run": edited, "iteration": 42, "count": 4}
    assert ok(client.post(f"/api/runs/{run}/iterations/40/comparison", json=question)) == effect
    assert ok(client.get(f"/api/runs/{run}"))["recipe"]["edits"] == []


def test_two_moments_of_one_run_are_compared(client: TestClient, run: str) -> None:
    question = {"picture": picture(), "iteration": 40}
    found = ok(client.post(f"/api/runs/{run}/iterations/10/comparison", json=question))
    assert (found["before"]["iteration"], found["after"]["iteration"]) == (10, 40)
    assert (found["before"]["loss"], len(found["moved"])) == (None, 10)


@pytest.mark.parametrize(
    ("what", "question", "field", "sentence"),
    [
        ("prediction", {"picture": picture(np.zeros((1, 9, 8)))}, "picture", "The picture is 1x9x8; those"),
        ("prediction", {"picture": picture(np.full((1, 8, 8), 2))}, "picture", "The numbers of a picture"),
        ("prediction", {"picture": picture(), "names": ["conv9.out"]}, "names", "There is no tensor"),
        ("prediction", {}, "picture", "picture is missing."),
        ("saliency", {"layer": "conv9", "cell": 0, "method": "gradient"}, "layer", "There is no layer"),
        (
            "saliency",
            {"layer": "dense", "cell": 10, "method": "gradient"},
            "cell",
            "dense.out has no cell 10",
        ),
        (
            "saliency",
            {"layer": "dense", "cell": 0, "method": "lrp"},
            "method",
            "method should be 'gradient', 'magnitude', 'guided', 'grad_cam' or 'occlusion', not 'lrp'.",
        ),
        (
            "saliency",
            {"layer": "dense", "cell": 0, "method": "grad_cam", "convolution": "conv9"},
            "convolution",
            'There is no convolution "conv9" between the input and dense; there are: conv1, conv2.',
        ),
        (
            "saliency",
            {"layer": "dense", "cell": 0, "method": "occlusion", "patch": 9},
            "patch",
            "A patch has from 1 to 8 pixels a side here, not 9.",
        ),
        (
            "saliency",
            {"layer": "dense", "cell": 0, "method": "occlusion", "fill": 7},
            "fill",
            "The numbers of a picture of digits lie between 0 and 1",
        ),
        (
            "saliency",
            {"layer": "dense", "cell": 0, "method": "gradient", "example": 4},
            "example",
            "Iteration",
        ),
        ("nearest", {"example": 4}, "example", "Iteration 39's batch has no example 4"),
        ("effect", {"picture": picture(), "label": 10}, "label", "There is no class number 10"),
        (
            "effect",
            {"picture": picture(), "label": 0, "slot": 4},
            "slot",
            "Iteration 39's batch has no slot 4",
        ),
        ("comparison", {"picture": picture(), "label": 10, "iteration": 0}, "label", "There is no class"),
    ],
)
def test_invalid_questions_are_refused(
    client: TestClient, run: str, what: str, question: dict[str, Any], field: str, sentence: str
) -> None:
    refused = problem(client.post(f"/api/runs/{run}/iterations/39/{what}", json=question), 422)
    assert refused.message.startswith(sentence)
    assert (refused.code, refused.field) == ("invalid", field)


def test_moments_of_different_runs_are_compared_where_their_data_fit(client: TestClient, run: str) -> None:
    other = new_run(client, network=[{"kind": "flatten"}, {"kind": "dense", "units": 10}])
    question = {"picture": picture(), "run": other, "iteration": 0}
    refused = problem(client.post(f"/api/runs/{run}/iterations/0/comparison", json=question), 422)
    assert (refused.code, refused.field) == ("invalid", "run")
    assert "different networks" in refused.message
    gone = {**question, "run": "0123456789abcdef"}
    refused = problem(client.post(f"/api/runs/{run}/iterations/0/comparison", json=gone), 404)
    assert refused.code == "no_such_run"
    late = {**question, "iteration": 9}
    assert problem(client.post(f"/api/runs/{run}/iterations/0/comparison", json=late), 409).message


def test_a_diverged_run_answers_in_strict_json(client: TestClient) -> None:
    run = new_run(client, **DIVERGING)
    progress = ok(client.post(f"/api/runs/{run}/step", json={"count": 30}))
    assert progress["status"] == "diverged"
    at = progress["computed"]
    found = ok(ask(client, run, "prediction", at, picture=picture(), names=["conv1.out"]))
    assert (found["winner"], found["verdict"]) == (None, None)
    assert "diverged" in found["words"]
    for method in ("gradient", "magnitude", "guided", "grad_cam", "occlusion"):
        question = {"picture": picture(), "layer": "dense", "cell": 3, "method": method}
        assert ok(ask(client, run, "saliency", at, **question))["map"]["name"] == "map"
    assert ok(ask(client, run, "nearest", at, picture=picture()))["neighbours"]
    assert ok(ask(client, run, "effect", at, picture=picture(), label=3))["words"]
