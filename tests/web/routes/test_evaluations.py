"""Evaluations in the background, over HTTP."""

import threading
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.run.evaluation import evaluate_split
from server.web import evaluation_store
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import DIVERGING, new_run, numbers, ok, problem


def evaluated(client: TestClient, run: str) -> Any:
    """The last report of an evaluation, when it has ended."""
    begun = client.post(f"/api/runs/{run}/evaluation")
    assert begun.status_code == 202
    report: Any = None

    def is_over() -> bool:
        nonlocal report
        report = ok(client.get(f"/api/runs/{run}/evaluation"))
        return bool(report["status"] != "running")

    wait_until(is_over)
    return report


def test_a_run_is_evaluated_on_all_of_its_data(client: TestClient) -> None:
    run = new_run(client, batch_size=16)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 88}))
    report = evaluated(client, run)
    assert (report["run"], report["iteration"], report["status"]) == (run, 88, "done")
    test, train = report["parts"]
    assert (test["part"], test["done"], test["total"]) == ("test", 360, 360)
    assert (train["part"], train["done"], train["total"]) == ("train", 1437, 1437)
    at_88 = ok(client.get(f"/api/runs/{run}/timeline"))["evaluations"][-1]
    assert at_88["iteration"] == 88
    assert test["accuracy"] == pytest.approx(at_88["accuracy"])
    assert test["loss"] == pytest.approx(at_88["loss"], rel=1e-5)
    confusion = numbers(test["confusion"])
    assert confusion.sum() == 360
    assert test["wrong"] == 360 - np.trace(confusion) > 0


def test_the_validation_split_is_evaluated_with_the_stored_numbers_of_its_examples(
    client: TestClient,
) -> None:
    run = ok(client.post("/api/runs", json={"batch_size": 16, "validation": {"kind": "k_fold"}}))
    assert (run["train_examples"], run["validation_examples"], run["monitored"]) == (1149, 288, "validation")
    ok(client.post(f"/api/runs/{run['id']}/step", json={"count": 20}))
    parts = evaluated(client, run["id"])["parts"]
    assert [(part["part"], part["total"]) for part in parts] == [
        ("test", 360),
        ("validation", 288),
        ("train", 1149),
    ]
    held = {"validation": {"kind": "k_fold"}}
    stored = ok(client.post("/api/data/examples/validation", params={"count": 200}, json=held))["numbers"]
    mistakes = ok(client.get(f"/api/runs/{run['id']}/evaluation/validation"))["answers"]
    known = [answer for answer in mistakes if answer["example"] <= stored[-1]]
    assert {answer["example"] for answer in known} <= set(stored)
    assert known


def test_mistakes_are_read_in_pages_with_their_pictures(client: TestClient) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 20}))
    train = evaluated(client, run)["parts"][1]
    page = ok(client.get(f"/api/runs/{run}/evaluation/train", params={"count": 5, "start": 2}))
    assert (page["part"], page["start"], page["total"]) == ("train", 2, train["wrong"])
    assert len(page["answers"]) == 5
    examples = numbers(ok(client.get("/api/data/digits/train", params={"count": 200}))["images"])
    for answer, image in zip(page["answers"], numbers(page["images"]), strict=True):
        assert answer["label"] != answer["answer"]
        assert 0 < answer["certainty"] <= 1
        if answer["example"] < 200:
            assert (image == examples[answer["example"]]).all()
    losses = [answer["loss"] for answer in page["answers"]]
    assert losses == sorted(losses, reverse=True)
    wanted = {"label": 3, "answer": 3, "count": 200}
    right = ok(client.get(f"/api/runs/{run}/evaluation/train", params=wanted))
    assert right["total"] == numbers(train["confusion"])[3, 3]
    assert all((a["label"], a["answer"]) == (3, 3) for a in right["answers"])


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Evaluations that wait after their first chunk: `reached` is set when one waits, `go` releases them."""
    reached, go = threading.Event(), threading.Event()

    def slowly(*what: Any) -> Any:
        for number, evaluation in enumerate(evaluate_split(*what)):
            yield evaluation
            if number == 1:
                reached.set()
                assert go.wait(PATIENCE)

    monkeypatch.setattr(evaluation_store, "evaluate_split", slowly)
    return reached, go


def test_a_running_evaluation_reports_progress_blocks_no_request_and_can_be_cancelled(
    client: TestClient, gate: tuple[threading.Event, threading.Event]
) -> None:
    reached, go = gate
    run = new_run(client)
    assert ok_202(client.post(f"/api/runs/{run}/evaluation"))["status"] == "running"
    assert reached.wait(PATIENCE)
    report = ok(client.get(f"/api/runs/{run}/evaluation"))
    assert report["status"] == "running"
    assert 0 < report["parts"][0]["done"] <= 360
    assert ok(client.post(f"/api/runs/{run}/step", json={"count": 5}))["computed"] == 5
    assert ok(client.get(f"/api/runs/{run}/iterations/3", params={"names": "conv1.out"}))
    assert ok(client.delete(f"/api/runs/{run}/evaluation"))["status"] == "cancelled"
    go.set()
    report = ok(client.get(f"/api/runs/{run}/evaluation"))
    assert (report["status"], report["iteration"], len(report["parts"])) == ("cancelled", 0, 1)
    refused = problem(client.get(f"/api/runs/{run}/evaluation/train"), 409)
    assert (refused.code, refused.field) == ("not_computed", "part")


def ok_202(reply: Any) -> Any:
    assert reply.status_code == 202
    return reply.json()


def test_a_new_evaluation_replaces_the_running_one(
    client: TestClient, gate: tuple[threading.Event, threading.Event]
) -> None:
    reached, go = gate
    run = new_run(client)
    ok_202(client.post(f"/api/runs/{run}/evaluation"))
    assert reached.wait(PATIENCE)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 3}))
    assert ok_202(client.post(f"/api/runs/{run}/evaluation"))["iteration"] == 3
    go.set()
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/evaluation"))["status"] == "done")
    assert ok(client.get(f"/api/runs/{run}/evaluation"))["parts"][1]["done"] == 1437


def test_an_evaluation_with_an_internal_error_is_failed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*what: Any) -> Any:
        raise RuntimeError("no reason")

    monkeypatch.setattr(evaluation_store, "evaluate_split", broken)
    assert evaluated(client, new_run(client))["status"] == "failed"


def test_a_diverged_run_is_evaluated_at_its_last_finite_state(client: TestClient) -> None:
    run = new_run(client, **DIVERGING)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 100}))
    progress = ok(client.get(f"/api/runs/{run}/timeline"))
    assert progress["status"] == "diverged"
    report = evaluated(client, run)
    assert report["status"] == "done"
    assert report["iteration"] == progress["diverged"]["iteration"]


def test_data_without_classes_has_a_loss_and_no_confusion(client: TestClient) -> None:
    presets = ok(client.get("/api/presets"))
    run = new_run(client, **presets[0]["recipe"])
    (train,) = evaluated(client, run)["parts"]
    assert (train["accuracy"], train["confusion"], train["wrong"]) == (None, None, 0)
    assert train["loss"] == pytest.approx(0.298371109, abs=1e-9)


def test_the_number_of_kept_evaluations_is_limited(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_store, "KEPT", 1)
    first, second = new_run(client), new_run(client, seed=8)
    assert problem(client.get(f"/api/runs/{first}/evaluation"), 404).code == "no_evaluation"
    evaluated(client, first)
    evaluated(client, second)
    assert problem(client.get(f"/api/runs/{first}/evaluation"), 404).code == "no_evaluation"
    assert problem(client.post("/api/runs/none/evaluation"), 404).code == "no_such_run"
