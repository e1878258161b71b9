"""Runs over HTTP: successful requests, and the ends of runs."""

import time
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.recipe.defaults import FIRST
from server.recipe.plan import plan
from server.recipe.recipe import Recipe
from server.run.history import History
from server.wire.messages.data import Examples
from server.wire.messages.errors import ErrorReply
from server.wire.messages.runs import Iteration, Progress, Run, Window
from tests.networks import MOST_CELLS, MOST_TENSORS
from tests.waiting import wait_until
from tests.web.helpers import DIVERGING, ENDLESS, new_run, numbers, ok, problem


def test_an_empty_body_creates_the_run_of_the_default_recipe(client: TestClient) -> None:
    assert Run.model_validate(ok(client.post("/api/runs"))).recipe == Recipe()


def test_the_first_recipe_can_be_run_and_accepts_drawings(client: TestClient) -> None:
    first = ok(client.get("/api/recipe"))
    assert Recipe.model_validate(first) == FIRST
    run = Run.model_validate(ok(client.post("/api/runs", json=first)))
    assert run.recipe == FIRST
    assert run.drawable


def test_equal_recipes_share_one_run(client: TestClient) -> None:
    replies = [client.post("/api/runs", json=recipe) for recipe in ({}, {"seed": 7}, {"seed": 8})]
    assert [reply.status_code for reply in replies] == [201, 200, 201]
    first, same, other = (ok(reply)["id"] for reply in replies)
    assert first == same != other


def test_a_run_has_its_columns_and_the_order_of_its_micro_steps(client: TestClient) -> None:
    run = Run.model_validate(ok(client.get(f"/api/runs/{new_run(client)}")))
    names = [layer.name for layer in run.layers]
    assert names == [
        "input",
        "conv1",
        "relu1",
        "pool1",
        "conv2",
        "relu2",
        "pool2",
        "flatten",
        "dense",
        "loss",
    ]
    assert {info.layer for layer in run.layers for info in layer.tensors} == set(names)
    assert all(info.layer == layer.name for layer in run.layers for info in layer.tensors)
    assert all(layer.formula and layer.forward and layer.backward for layer in run.layers)
    assert run.positions == sum(segment.cells for segment in run.segments)
    assert run.iterations == run.recipe.epochs * run.iterations_per_epoch
    assert len(run.classes) == 10


def test_a_new_run_has_no_iterations_and_one_evaluation(client: TestClient) -> None:
    progress = Progress.model_validate(ok(client.get(f"/api/runs/{new_run(client)}/timeline")))
    assert (progress.status, progress.computed, progress.since) == ("paused", 0, 0)
    assert progress.losses.bdata == ""
    assert [evaluation.iteration for evaluation in progress.evaluations] == [0]


def test_a_step_gives_the_losses_of_the_engine_bit_for_bit(client: TestClient) -> None:
    run = new_run(client, dtype="float64", batch_size=4)
    progress = ok(client.post(f"/api/runs/{run}/step", json={"count": 3}))
    history = History(plan(Recipe(dtype="float64", batch_size=4)))
    history.advance(3)
    assert (progress["computed"], progress["since"], progress["status"]) == (3, 0, "paused")
    assert numbers(progress["losses"]).tobytes() == history.losses.tobytes()


def test_a_step_without_a_count_is_one_iteration(client: TestClient) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/step"))
    progress = ok(client.post(f"/api/runs/{run}/step", json={}))
    assert (progress["computed"], progress["since"]) == (2, 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_iteration_has_the_requested_tensors_bit_for_bit(client: TestClient, dtype: str) -> None:
    run = new_run(client, dtype=dtype, batch_size=3)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 5}))
    names = ["conv2.out", "conv2.dw", "pool1.winner", "dense.x", "loss.loss"]
    answer = client.get(f"/api/runs/{run}/iterations/2", params={"names": names, "example": 1})
    iteration = Iteration.model_validate(ok(answer))

    history = History(plan(Recipe.model_validate({"dtype": dtype, "batch_size": 3})))
    history.advance(3)
    trace = history.trace(2)
    conv2 = next(record for record in trace.records if record.layer == "conv2")
    got = {tensor.name: numbers(tensor.data.model_dump()) for tensor in iteration.tensors}
    assert list(got) == names
    assert got["conv2.out"].tobytes() == np.ascontiguousarray(conv2.out[..., 1]).tobytes()
    assert got["conv2.dw"].tobytes() == conv2.dparams["w"].tobytes()
    assert got["conv2.out"].dtype == dtype
    assert got["pool1.winner"].shape == (8, 4, 4)
    assert [example.index for example in iteration.examples] == trace.examples.tolist()
    assert (iteration.epoch, iteration.example, iteration.learning_rate) == (0, 1, trace.learning_rate)
    assert iteration.loss == trace.loss.loss


@pytest.mark.parametrize("recipe", [MOST_TENSORS, MOST_CELLS], ids=["tensors", "cells"])
def test_one_pattern_reads_every_tensor_of_the_largest_runs(client: TestClient, recipe: Any) -> None:
    described = ok(client.post("/api/runs", json=recipe))
    known = {info["name"] for layer in described["layers"] for info in layer["tensors"]}
    ok(client.post(f"/api/runs/{described['id']}/step"))
    found = ok(client.get(f"/api/runs/{described['id']}/iterations/0", params={"names": "*"}))
    assert {tensor["name"] for tensor in found["tensors"]} == known


def test_an_iteration_without_names_has_no_tensors(client: TestClient) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/step"))
    assert ok(client.get(f"/api/runs/{run}/iterations/0"))["tensors"] == []


def test_a_micro_step_has_the_cells_that_it_reads_and_its_partial_sums(client: TestClient) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/step"))
    where = {"phase": "backward", "layer": "conv1", "tensor": "dout", "cell": 9}
    window = Window.model_validate(ok(client.get(f"/api/runs/{run}/iterations/0/window", params=where)))
    reads = {cells.name: cells.cells for cells in window.reads}
    assert reads["conv1.dout"] == (9,)
    assert reads["input.out"] == (0, 1, 2, 8, 9, 10, 16, 17, 18)
    partial = {tensor.name: tensor for tensor in window.partial}
    assert set(partial) == {"conv1.dw", "conv1.db", "input.dout"}
    touched = partial["input.dout"].computed
    assert touched is not None
    assert numbers(touched.model_dump()).sum() == 8 + 8 + 3, "two whole rows, and three cells of the third"


def test_the_last_micro_step_of_a_layer_has_its_whole_gradient(client: TestClient) -> None:
    run = new_run(client, batch_size=2)
    ok(client.post(f"/api/runs/{run}/step"))
    where = {"phase": "backward", "layer": "conv1", "tensor": "dout", "cell": 8 * 8 * 8 - 1}
    window = ok(client.get(f"/api/runs/{run}/iterations/0/window", params=where))
    whole = ok(client.get(f"/api/runs/{run}/iterations/0", params={"names": "conv1.dw"}))["tensors"][0]
    assert next(t for t in window["partial"] if t["name"] == "conv1.dw")["data"] == whole["data"]


def test_a_seek_computes_only_the_missing_iterations(client: TestClient) -> None:
    run = new_run(client)
    assert ok(client.post(f"/api/runs/{run}/seek", json={"iteration": 40}))["computed"] == 41
    back = ok(client.post(f"/api/runs/{run}/seek", json={"iteration": 7}))
    assert (back["computed"], back["since"]) == (41, 41)


def test_a_run_trains_in_the_background_until_it_is_paused(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    assert ok(client.post(f"/api/runs/{run}/run"))["status"] == "running"
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > 0)
    paused = ok(client.post(f"/api/runs/{run}/pause", json={}))
    assert paused["status"] == "paused"
    assert ok(client.get(f"/api/runs/{run}/timeline"))["computed"] == paused["computed"]


def test_a_run_stops_after_the_requested_number_of_iterations(client: TestClient) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/run", json={"until": 25}))
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["status"] == "paused")
    assert ok(client.get(f"/api/runs/{run}/timeline"))["computed"] == 25


def test_a_run_keeps_a_slow_rate(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    ok(client.post(f"/api/runs/{run}/run", json={"rate": 0.001}))
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] == 1)
    assert ok(client.get(f"/api/runs/{run}/timeline"))["status"] == "running"
    assert ok(client.post(f"/api/runs/{run}/pause"))["computed"] == 1, (
        "the next iteration is due in a quarter of an hour"
    )


def test_a_run_does_not_exceed_a_fast_rate(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    began = time.monotonic()
    ok(client.post(f"/api/runs/{run}/run", json={"rate": 400}))
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > 10)
    computed = ok(client.post(f"/api/runs/{run}/pause"))["computed"]
    assert computed <= 400 * (time.monotonic() - began) + 1


def test_a_step_replaces_training_in_the_background(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    ok(client.post(f"/api/runs/{run}/run", json={"rate": 0.001}))
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] == 1)
    stepped = ok(client.post(f"/api/runs/{run}/step"))
    assert (stepped["computed"], stepped["status"]) == (2, "paused")


def test_a_seek_to_a_computed_iteration_does_not_stop_the_run(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    ok(client.post(f"/api/runs/{run}/run", json={"rate": 0.001}))
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] == 1)
    assert ok(client.post(f"/api/runs/{run}/seek", json={"iteration": 0}))["status"] == "running"


def test_a_finished_run_refuses_further_steps(client: TestClient) -> None:
    run = new_run(client, epochs=1, batch_size=256)
    finished = ok(client.post(f"/api/runs/{run}/step", json={"count": 6}))
    assert finished["status"] == "finished"
    assert finished["evaluations"][-1]["iteration"] == 6
    for verb in ("step", "run"):
        refused = problem(client.post(f"/api/runs/{run}/{verb}"), 409)
        assert refused.code == "finished"
        assert "last iteration of this run is 5" in refused.message


def test_a_run_that_stopped_early_has_a_message_and_refuses_further_steps(client: TestClient) -> None:
    recipe = {
        "network": [{"kind": "maxpool2d"}, {"kind": "flatten"}, {"kind": "dense", "units": 10}],
        "optimizer": {"kind": "sgd", "learning_rate": 0.5},
        "batch_size": 8,
        "early_stopping": {"kind": "patience", "patience": 3, "minimum_improvement": 0.01},
    }
    run = new_run(client, **recipe)
    progress = Progress.model_validate(ok(client.post(f"/api/runs/{run}/step", json={"count": 1000})))
    assert progress.status == "stopped"
    assert progress.stopped is not None
    assert progress.computed == progress.stopped.iteration < 1000
    assert progress.stopped.message.startswith("Stopped early, after iteration ")
    ok(client.get(f"/api/runs/{run}/iterations/{progress.computed - 1}"))
    for verb, body in (("step", {"count": 1}), ("run", {}), ("seek", {"iteration": progress.computed})):
        refused = problem(client.post(f"/api/runs/{run}/{verb}", json=body), 409)
        assert refused.code == "stopped_early"
        assert refused.message == f"{progress.stopped.message} A recipe with more patience continues."
    ok(client.post(f"/api/runs/{run}/seek", json={"iteration": 0}))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "patience", "patience": 0}, "between 1 and 10,000 evaluations"),
        ({"kind": "patience", "minimum_improvement": -1}, "a number from 0 on"),
        ({"kind": "hope"}, "off"),
    ],
)
def test_an_invalid_early_stopping_rule_is_refused(
    client: TestClient, rule: dict[str, object], words: str
) -> None:
    refused = problem(client.post("/api/runs", json={"early_stopping": rule}), 422)
    assert words in refused.message
    assert str(refused.field).startswith("early_stopping")


def test_a_diverged_run_names_its_first_tensor_and_can_be_read_in_strict_json(client: TestClient) -> None:
    run = new_run(client, **DIVERGING)
    progress = Progress.model_validate(ok(client.post(f"/api/runs/{run}/step", json={"count": 200})))
    assert progress.status == "diverged"
    assert progress.diverged is not None
    at = progress.diverged.iteration
    assert progress.computed == at + 1
    assert progress.diverged.tensor in progress.diverged.message
    assert str(at) in progress.diverged.message
    answer = client.get(f"/api/runs/{run}/iterations/{at}", params={"names": progress.diverged.tensor})
    (tensor,) = Iteration.model_validate(ok(answer)).tensors
    assert tensor.nonfinite > 0
    assert not np.isfinite(numbers(tensor.data.model_dump())).all(), "the cells keep their bits"
    for verb, body in (("step", {}), ("run", {}), ("seek", {"iteration": at + 1})):
        assert problem(client.post(f"/api/runs/{run}/{verb}", json=body), 409).code == "diverged"


def test_training_examples_are_read_in_pages_with_their_labels(client: TestClient) -> None:
    first = Examples.model_validate(ok(client.get("/api/data/digits/train", params={"count": 5})))
    tail = Examples.model_validate(ok(client.get("/api/data/digits/train", params={"start": 3, "count": 2})))
    images = numbers(first.images.model_dump())
    assert images.shape == (5, 1, 8, 8)
    assert images.max() == 1
    assert numbers(tail.images.model_dump()).tobytes() == images[3:].tobytes()
    assert tail.labels == first.labels[3:]
    last = ok(client.get("/api/data/digits/train", params={"start": first.total - 1, "count": 200}))
    assert len(last["labels"]) == 1


def test_openapi_describes_every_message_and_the_one_error_shape(client: TestClient) -> None:
    described = ok(client.get("/openapi.json"))
    schemas = described["components"]["schemas"]
    for message in (Run, Progress, Iteration, Window, Examples, ErrorReply):
        assert message.__name__ in schemas
    assert "HTTPValidationError" not in schemas
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith(
                "ErrorReply"
            )


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_documentation_pages_with_scripts_of_another_host_are_not_served(
    client: TestClient, path: str
) -> None:
    problem(client.get(path), 404)


def test_every_option_with_its_default_numbers_can_be_run(client: TestClient) -> None:
    for field, options in ok(client.get("/api/options")).items():
        kinds = [option["value"]["kind"] for option in options]
        assert len(kinds) == len(set(kinds)) > 1
        for option in options:
            assert option["title"]
            assert option["about"].endswith(".")
            run = client.post("/api/runs", json={field: option["value"], "epochs": 1, "batch_size": 256})
            assert run.status_code == 201 or kinds[0] == option["value"]["kind"]
            assert run.json()["recipe"][field] == option["value"]


def test_a_run_that_cannot_be_computed_says_so_and_goes_on_when_it_is_asked_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(history: History, *_: object) -> int:
        raise IndexError("a defect")

    run = new_run(client, **ENDLESS)
    with monkeypatch.context() as patched:
        patched.setattr(History, "advance", broken)
        ok(client.post(f"/api/runs/{run}/run"))
        wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["status"] == "failed")
    assert "A training failed." in caplog.text
    ok(client.post(f"/api/runs/{run}/run", json={"until": 5}))
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] == 5)
    assert ok(client.get(f"/api/runs/{run}/timeline"))["status"] == "paused"
