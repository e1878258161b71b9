"""Data sets over HTTP: lists, descriptions, examples, previews, and downloads."""

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from server.data.sets.sources import SOURCES
from tests.data.sets import published
from tests.data.sets.test_download import mirror, small
from tests.waiting import wait_until
from tests.web.helpers import new_run, numbers, ok, problem

assert mirror
READY = ("digits", "drawn", "handwriting", "lines", "signals", "shapes")


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start with an empty cache of loaded data sets."""
    from functools import cache

    import server.data

    monkeypatch.setattr(server.data, "_load_built_in", cache(server.data._load_built_in.__wrapped__))


def info(client: TestClient, name: str) -> dict[str, Any]:
    return next(item for item in ok(client.get("/api/data")) if item["name"] == name)


def test_the_list_of_data_sets_states_which_are_ready(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))  # without uploads
    ready = {item["name"]: item["ready"] for item in ok(client.get("/api/data"))}
    assert [name for name, is_ready in ready.items() if is_ready] == list(READY)
    assert [name for name, is_ready in ready.items() if not is_ready] == list(SOURCES)


def test_a_run_on_missing_data_is_refused_with_the_way_to_get_them(client: TestClient) -> None:
    network = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
    refused = problem(client.post("/api/runs", json={"dataset": "mnist", "network": network}), 409)
    assert (refused.code, refused.field) == ("no_data", "dataset")
    assert "--data-dir" in refused.message
    assert problem(client.get("/api/data/mnist"), 409).code == "no_data"
    assert problem(client.get("/api/data/cifar10/test"), 409).code == "no_data"


@pytest.mark.usefixtures("fresh")
def test_a_data_set_in_the_data_folder_is_described_and_trained_on(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.write_idx(tmp_path / "mnist")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    detail = ok(client.get("/api/data/mnist"))
    assert detail["info"]["ready"]
    assert detail["train_counts"] == [3] * 10
    run = new_run(client, **detail["recipe"])
    assert ok(client.post(f"/api/runs/{run}/step", json={"count": 3}))["computed"] == 3
    image = ok(client.get(f"/api/runs/{run}/iterations/0?names=input.out"))
    (example,) = image["examples"]
    shown = numbers(ok(client.get("/api/data/mnist/train", params={"start": example["index"]}))["images"])
    assert numbers(image["tensors"][0]["data"]) == pytest.approx(shown[0], abs=1e-6)


@pytest.mark.usefixtures("fresh")
def test_a_data_set_is_downloaded_and_used(
    client: TestClient, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SOURCES, "mnist", small())
    started = ok(client.post("/api/data/mnist/download"))
    assert started["download"]["total"] == started["download_bytes"] == small().size
    wait_until(lambda: not info(client, "mnist")["download"]["running"])
    now = info(client, "mnist")
    assert now["ready"]
    assert now["download"]["problem"] is None
    assert now["download"]["done"] == small().size
    assert ok(client.get("/api/data/mnist"))["test_counts"] == [2] * 10


def test_a_failed_download_has_a_reason_and_can_be_repeated(client: TestClient) -> None:
    for _ in range(2):
        ok(client.post("/api/data/fashion_mnist/download"))
        wait_until(lambda: not info(client, "fashion_mnist")["download"]["running"])
        assert "cannot be reached" in info(client, "fashion_mnist")["download"]["problem"]
    assert not ok(client.delete("/api/data/fashion_mnist/download"))["ready"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_download_of_a_built_in_data_set_is_refused(client: TestClient, method: str) -> None:
    refused = problem(client.request(method, "/api/data/digits/download"), 422)
    assert refused.field == "dataset"
    assert "'mnist'" in refused.message


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("digits/train?label=10", "train examples of class 10 of digits there is none"),
        ("two_inputs/test", "there is none"),
        ("digits/test?start=360", "the last place is 359"),
        ("digits/middle", "'train', 'validation' or 'test'"),
        ("digits/validation", "validation examples of digits there is none"),
        ("two_inputs", "'digits'"),
    ],
)
def test_missing_examples_are_refused(client: TestClient, path: str, words: str) -> None:
    assert words in problem(client.get(f"/api/data/{path}"), 422).message


def test_examples_are_read_by_the_splits_of_a_recipe(client: TestClient) -> None:
    recipe = {"validation": {"kind": "hold_out", "share": 0.2}}

    def examples(part: str, **which: int) -> Any:
        return ok(client.post(f"/api/data/examples/{part}", params=which, json=recipe))

    train, validation, test = (examples(part, count=200) for part in ("train", "validation", "test"))
    assert (train["total"], validation["total"], test["total"]) == (1149, 288, 360)
    assert not set(train["numbers"]) & set(validation["numbers"])
    stored = ok(client.get("/api/data/digits/train", params={"start": validation["numbers"][3], "count": 1}))
    assert (numbers(validation["images"])[3] == numbers(stored["images"])[0]).all()
    assert [a + b for a, b in zip(train["counts"], validation["counts"], strict=True)] == stored["counts"]
    sevens = examples("validation", label=7)
    assert (sevens["total"], set(sevens["labels"])) == (validation["counts"][7], {7})
    wrong = {"validation": {"kind": "k_fold", "folds": 5, "fold": 5}}
    refused = problem(client.post("/api/data/examples/train", json=wrong), 422)
    assert "Of 5 folds the last is number 4" in refused.message


def test_a_preview_has_the_first_examples_stored_and_preprocessed(client: TestClient) -> None:
    made = {"scaling": "centred", "label_noise": 1, "balance": "equal"}
    network = [{"kind": "flatten"}, {"kind": "dense", "units": 4}]
    recipe = {"dataset": "shapes", "network": network, "preprocessing": made}
    preview = ok(client.post("/api/data/preview", json=recipe))
    stored, given = numbers(preview["stored"]), numbers(preview["made"])
    assert stored.shape == given.shape == (8, 3, 32, 32)
    assert given == pytest.approx(stored - 0.5, abs=1e-6)
    assert preview["colours"] == [-0.5, 0.5]
    assert (preview["stored_signed"], preview["made_signed"]) == (False, True)
    assert all(label != truth for label, truth in zip(preview["labels"], preview["truths"], strict=True))
    assert preview["counts"] == [160] * 4
    refused = problem(client.post("/api/data/preview", json={"augmentation": {"shift": -1}}), 422)
    assert refused.field == "augmentation.shift"


def test_an_iteration_has_the_assigned_and_the_true_label(client: TestClient) -> None:
    run = new_run(client, preprocessing={"label_noise": 1})
    ok(client.post(f"/api/runs/{run}/step"))
    (example,) = ok(client.get(f"/api/runs/{run}/iterations/0"))["examples"]
    assert example["label"] != example["truth"]
    (shown,) = ok(client.get("/api/data/digits/train", params={"start": example["index"], "count": 1}))[
        "labels"
    ]
    assert shown == example["truth"]
