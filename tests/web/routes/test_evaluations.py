"""Evaluations in the background, over HTTP."""

import threading
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.run.evaluation import evaluate_split
from server.web import evaluation_store
from server.web.evaluation_store import EvaluationStore
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import DIVERGING, new_run, numbers, ok, problem


def evaluated(client: TestClient, run: str, **moment: int) -> Any:
    """The last report of an evaluation, when it has ended."""
    begun = client.post(f"/api/runs/{run}/evaluation", json=moment)
    assert begun.status_code == 202
    report: Any = None

    def is_over() -> bool:
        nonlocal report
        report = ok(client.get(f"/api/runs/{run}/evaluation", params=moment))
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


def test_evaluations_of_two_moments_of_a_run_do_not_disturb_each_other(
    client: TestClient, gate: tuple[threading.Event, threading.Event]
) -> None:
    reached, go = gate
    run = new_run(client)
    evaluation = f"/api/runs/{run}/evaluation"
    ok_202(client.post(evaluation))
    assert reached.wait(PATIENCE)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 30}))
    assert ok_202(client.post(evaluation))["iteration"] == 30
    assert ok_202(client.post(evaluation, json={"iteration": 7}))["iteration"] == 7
    assert ok(client.get(evaluation))["iteration"] == 7, "the latest one"
    assert ok(client.delete(evaluation, params={"iteration": 7}))["status"] == "cancelled"
    go.set()
    for iteration in (0, 30):
        at = {"iteration": iteration}
        wait_until(lambda at=at: ok(client.get(evaluation, params=at))["status"] == "done")  # type: ignore[misc]
        assert ok(client.get(evaluation, params=at))["parts"][1]["done"] == 1437
    untrained, trained = (
        ok(client.get(f"{evaluation}/test", params={"iteration": iteration})) for iteration in (0, 30)
    )
    assert untrained["total"] > trained["total"], "it makes fewer mistakes after 30 iterations"


def test_a_run_is_evaluated_after_any_number_of_iterations(client: TestClient) -> None:
    earlier, later = new_run(client, batch_size=16), new_run(client, batch_size=16, epochs=2)
    ok(client.post(f"/api/runs/{earlier}/step", json={"count": 12}))
    ok(client.post(f"/api/runs/{later}/step", json={"count": 40}))
    newest, back = evaluated(client, earlier), evaluated(client, later, iteration=12)
    assert newest["iteration"] == back["iteration"] == 12
    assert back["parts"] == newest["parts"]
    assert evaluated(client, later, iteration=40)["parts"] != back["parts"]


def test_an_evaluation_that_is_running_or_done_is_not_begun_again(
    client: TestClient, gate: tuple[threading.Event, threading.Event]
) -> None:
    reached, go = gate
    run = new_run(client)
    evaluation = f"/api/runs/{run}/evaluation"
    ok_202(client.post(evaluation))
    assert reached.wait(PATIENCE)
    assert ok_202(client.post(evaluation))["parts"][0]["done"] > 0
    go.set()
    wait_until(lambda: ok(client.get(evaluation))["status"] == "done")
    assert ok_202(client.post(evaluation))["status"] == "done"
    assert ok(client.delete(evaluation))["status"] == "done"


def test_a_cancelled_evaluation_can_be_begun_again(client: TestClient) -> None:
    run = new_run(client)
    ok_202(client.post(f"/api/runs/{run}/evaluation"))
    ok(client.delete(f"/api/runs/{run}/evaluation"))
    assert evaluated(client, run)["status"] == "done"


def test_a_moment_that_cannot_be_evaluated_is_refused(client: TestClient) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 3}))
    refused = problem(client.post(f"/api/runs/{run}/evaluation", json={"iteration": 4}), 409)
    assert (refused.code, refused.field) == ("not_computed", "iteration")
    assert "This run has computed 3 iterations. It cannot be evaluated after 4 yet" in refused.message
    refused = problem(client.post(f"/api/runs/{run}/evaluation", json={"iteration": 10**6}), 422)
    assert refused.code == "beyond_the_end"
    assert (
        problem(client.post(f"/api/runs/{run}/evaluation", json={"iteration": -1}), 422).field == "iteration"
    )
    refused = problem(client.get(f"/api/runs/{run}/evaluation", params={"iteration": 2}), 404)
    assert (refused.code, refused.field) == ("no_evaluation", "iteration")
    assert refused.message.startswith("There is no evaluation of this run after 2 iterations")


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
    last = progress["diverged"]["iteration"]
    assert report["iteration"] == last
    refused = problem(client.post(f"/api/runs/{run}/evaluation", json={"iteration": last + 1}), 422)
    assert f"evaluate it after {last} or fewer." in refused.message


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


def test_evaluations_are_found_by_one_thread(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    original = EvaluationStore.get

    def noted(*args: Any) -> Any:
        threads.add(threading.get_ident())
        return original(*args)

    monkeypatch.setattr(EvaluationStore, "get", noted)
    run = new_run(client)
    evaluated(client, run)
    ok(client.get(f"/api/runs/{run}/evaluation/test"))
    assert len(threads) == 1, "an evaluation that begins meanwhile would disturb another thread"
