"""Sweeps in worker processes over HTTP: finished, cancelled, failed, and invalid."""

import multiprocessing
import os
import signal
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.web import sweep_store
from tests.waiting import wait_until
from tests.web.helpers import numbers, ok, problem

LINES = {
    "dataset": "lines",
    "network": [{"kind": "flatten"}, {"kind": "dense", "units": 6}, {"kind": "dense", "units": 4}],
    "batch_size": 16,
    "epochs": 2,
}
ENDLESS = {**LINES, "batch_size": 1, "epochs": 500}


def begun(client: TestClient, recipe: dict[str, Any], *axes: dict[str, Any]) -> Any:
    reply = client.post("/api/sweeps", json={"recipe": recipe, "axes": axes})
    assert reply.status_code == 202, reply.text
    return reply.json()


def report(client: TestClient, sweep: str) -> Any:
    return ok(client.get(f"/api/sweeps/{sweep}"))


def until(client: TestClient, sweep: str, happened: Any) -> Any:
    wait_until(lambda: happened(report(client, sweep)))
    return report(client, sweep)


def no_worker_is_left() -> bool:
    return multiprocessing.active_children() == []


def test_the_runs_of_a_sweep_equal_the_runs_of_their_recipes(client: TestClient) -> None:
    axes = [{"kind": "learning_rate", "values": [0.01, 0.2]}, {"kind": "fold", "folds": 2}]
    first = begun(client, LINES, *axes)
    assert [run["status"] for run in first["runs"]] == ["waiting"] * 4
    assert first["monitored"] == "validation"
    assert first["sweep"]["axes"] == axes
    done = until(client, first["id"], lambda told: told["status"] == "done")
    for run in done["runs"]:
        assert (run["status"], run["computed"], run["problem"]) == ("done", run["iterations"], None)
        history = History(plan(Recipe.model_validate(run["recipe"])))
        history.advance(run["iterations"])
        assert run["accuracy"] == history.evaluations[-1].accuracy
        assert run["train_loss"] == pytest.approx(history.losses[-6:].mean())
        assert numbers(run["losses"]).tolist() == [e.loss for e in history.evaluations]
        assert numbers(run["train_losses"]) == pytest.approx(history.losses)
        assert numbers(run["evaluated_at"]).tolist() == [e.iteration for e in history.evaluations]
        assert run["seconds"] > 0
    for summary, of_rate in zip(done["folds"], (done["runs"][:2], done["runs"][2:]), strict=True):
        assert summary["values"] == [of_rate[0]["values"][0]]
        assert summary["done"] == 2
        accuracies = [run["accuracy"] for run in of_rate]
        assert summary["accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
        assert summary["accuracy"]["deviation"] == pytest.approx(np.std(accuracies, ddof=1))
    again = begun(client, LINES, *axes)
    assert (again["id"], again["status"]) == (done["id"], "done")
    wait_until(no_worker_is_left)


def test_a_worker_that_dies_fails_only_its_own_run(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_store, "WORKERS", 1)
    sweep = begun(client, ENDLESS, {"kind": "batch_size", "values": [1, 16]})["id"]
    until(client, sweep, lambda told: told["runs"][0]["computed"] > 0)
    (child,) = multiprocessing.active_children()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    told = until(client, sweep, lambda told: told["runs"][1]["computed"] > 0)
    first, second = told["runs"]
    assert (first["status"], second["status"]) == ("failed", "running")
    assert "ended before its time" in first["problem"]
    assert ok(client.delete(f"/api/sweeps/{sweep}"))["status"] == "cancelled"
    wait_until(no_worker_is_left)


def test_the_next_sweep_starts_when_the_first_is_cancelled(client: TestClient) -> None:
    first = begun(client, ENDLESS, {"kind": "learning_rate", "values": [0.01, 0.1]})["id"]
    second = begun(client, ENDLESS, {"kind": "learning_rate", "values": [0.02]})["id"]
    third = begun(client, ENDLESS, {"kind": "learning_rate", "values": [0.03]})["id"]
    until(client, first, lambda told: told["runs"][0]["computed"] > 0)
    assert report(client, second)["status"] == "waiting"
    assert ok(client.delete(f"/api/sweeps/{third}"))["runs"][0]["status"] == "cancelled"
    told = ok(client.delete(f"/api/sweeps/{first}"))
    assert told["status"] == "cancelled"
    assert {run["status"] for run in told["runs"]} == {"cancelled"}
    assert told["runs"][0]["computed"] > 0
    until(client, second, lambda told: told["status"] == "running")
    # The fixture closes the server, which ends the running sweep. The next test checks that.


def test_closing_the_server_ends_its_workers() -> None:
    wait_until(no_worker_is_left)


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"recipe": LINES, "axes": []}, "axes", "at least 1 item"),
        (
            {"recipe": LINES, "axes": [{"kind": "dropout", "values": [0.5]}]},
            "axes.0",
            "add a Dropout, say before the last Dense",
        ),
        (
            {"recipe": ENDLESS, "axes": [{"kind": "learning_rate", "values": [0.1, 0.2, 0.3]}]},
            "axes",
            "at most 250,000 are allowed: use fewer values, or at most 434 epochs.",
        ),
        (
            {"recipe": LINES, "axes": [{"kind": "colour", "values": [1]}]},
            "axes.0",
            "there is no 'colour'; the known kinds are fold, learning_rate",
        ),
        (
            {"recipe": {**LINES, "batch_size": 200}, "axes": [{"kind": "width", "values": [1]}]},
            "batch_size",
            "only 192 training examples",
        ),
        (
            {"recipe": {**LINES, "dataset": "mnist"}, "axes": [{"kind": "fold", "folds": 2}]},
            "dataset",
            "MNIST is not on this machine",
        ),
    ],
)
def test_an_invalid_sweep_is_refused_without_starting_a_worker(
    client: TestClient, body: dict[str, Any], field: str, words: str
) -> None:
    reply = client.post("/api/sweeps", json=body)
    refused = problem(reply, 409 if field == "dataset" else 422)
    assert refused.field == field
    assert words in refused.message
    assert no_worker_is_left()


def test_an_unknown_sweep_is_refused(client: TestClient) -> None:
    for method in ("GET", "DELETE"):
        assert problem(client.request(method, "/api/sweeps/none"), 404).code == "no_such_sweep"
