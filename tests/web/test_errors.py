"""Refusals: every invalid request gets a 4xx reply of one shape, with a sentence that helps."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from starlette.testclient import TestClient

import server
from server.errors import ErrorCode
from server.nn.ops import LAYERS, kind_of
from server.run.history import History
from server.web.errors import STATUS
from tests.web.helpers import new_run, ok, problem

CONV = {"kind": "conv2d", "filters": 8}


def codes_in(source: str) -> Iterator[str]:
    """The error codes in a module: those of its classes (`code = "..."`) and those in its calls
    (`Refusal(..., code="...")`)."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef(bases=[ast.Name(id="Refusal")], body=body):
                for line in body:
                    match line:
                        case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=code)):
                            yield code
            case ast.Call(func=ast.Name(id="Refusal"), keywords=[ast.keyword(arg="code", value=value)]):
                assert isinstance(value, ast.Constant), "a code is written where it is sent"
                yield value.value


def test_the_contract_lists_exactly_the_codes_that_are_sent() -> None:
    assert server.__file__ is not None
    modules = sorted(Path(server.__file__).parent.rglob("*.py"))
    sent = {code for module in modules for code in codes_in(module.read_text(encoding="utf-8"))}
    assert {*sent, "invalid"} == set(get_args(ErrorCode)), '"invalid" is the code of errors without another'


def test_every_code_has_a_status() -> None:
    assert set(STATUS) == set(get_args(ErrorCode))


def test_the_openapi_description_lists_the_codes(client: TestClient) -> None:
    problem = ok(client.get("/openapi.json"))["components"]["schemas"]["Problem"]
    assert set(problem["properties"]["code"]["enum"]) == set(get_args(ErrorCode))


@pytest.mark.parametrize(
    ("recipe", "field", "words"),
    [
        (
            {"network": [{"kind": "conv3d"}]},
            "network.0",
            ["'conv3d'", ", ".join(map(kind_of, LAYERS))],
        ),
        ({"network": [{"filters": 3}]}, "network.0", ["needs a 'kind'"]),
        ({"network": [CONV, {"kind": "dense"}]}, "network.1.units", ["is missing"]),
        ({"network": [{**CONV, "filter": 3}]}, "network.0.filter", ["no setting network.0.filter"]),
        ({"network": [{**CONV, "filters": 0}]}, "network.0", ["filters", "0"]),
        ({"network": [{**CONV, "filters": "many"}]}, "network.0.filters", ["valid integer", "'many'"]),
        (
            {"network": [{**CONV, "padding": "wide"}]},
            "network.0.padding",
            ["a valid integer or a valid array or 'same' or 'valid', not 'wide'"],
        ),
        ({"network": [{**CONV, "stride": [1]}]}, "network.0.stride.1", ["is missing"]),
        ({"network": [{**CONV, "padding": [1]}]}, "network.0.padding", ["valid integer"]),
        ({"network": [{"kind": "maxpool2d", "kernel": []}]}, "network.0.kernel.0", ["is missing"]),
        ({"network": [{"kind": "avgpool2d", "stride": [2, 2, 2]}]}, "network.0.stride", ["at most 2 items"]),
        ({"network": []}, "network", ["at least 1 item"]),
        ({"network": [{"kind": "dense", "units": 10}]}, "network.0", ["dense", "flatten"]),
        ({"network": [{"kind": "flatten"}, {"kind": "dense", "units": 3}]}, "network.1", ["dense", "10"]),
        ({"network": [{"kind": "maxpool2d"}] * 5}, "network.3", ["pool4", "max-pool 2x2"]),
        ({"optimizer": {"learning_rate": -1}}, "optimizer", ["learning rate", "above 0", "-1"]),
        ({"optimizer": {"learning_rate": 0}}, "optimizer", ["above 0"]),
        ({"optimizer": {"kind": "lion", "learning_rate": 1}}, "optimizer", ["lion", "sgd, momentum"]),
        ({"optimizer": {"kind": "adam", "learning_rate": 1, "beta1": 1}}, "optimizer", ["beta1", "below 1"]),
        ({"batch_size": 0}, "batch_size", ["greater than or equal to 1", "not 0"]),
        ({"batch_size": 1000}, "batch_size", ["less than or equal to 256"]),
        ({"dtype": "float16"}, "dtype", ["'float32' or 'float64'", "'float16'"]),
        ({"dataset": "cats"}, "dataset", ["'digits'"]),
        ({"seed": 1.5}, "seed", ["valid integer"]),
        ({"seeds": 1}, "seeds", ["no setting seeds"]),
        ({"edits": [{"kind": "weather", "iteration": 1}]}, "edits.0", ["learning_rate, example"]),
        (
            {"edits": [{"kind": "learning_rate", "iteration": 10**6, "value": 1}]},
            "edits.0.iteration",
            ["1000000", "14369"],
        ),
        ({"edits": [{"kind": "example", "iteration": 1, "slot": 1, "example": 0}]}, "edits.0.slot", ["slot"]),
        (
            {"edits": [{"kind": "example", "iteration": 1, "example": 9999}]},
            "edits.0.example",
            ["9999", "1436"],
        ),
        ([], None, ["The body should be"]),
        ("digits", None, ["The body should be"]),
    ],
)
def test_an_invalid_recipe_is_refused_with_the_setting_at_fault(
    client: TestClient, recipe: Any, field: str | None, words: list[str]
) -> None:
    refused = problem(client.post("/api/runs", json=recipe), 422)
    assert refused.code == "invalid"
    assert refused.field == field
    for word in words:
        assert word in refused.message


def test_the_refusal_of_a_network_names_the_layer_its_shape_and_a_remedy(
    client: TestClient,
) -> None:
    refused = problem(client.post("/api/runs", json={"network": [{"kind": "maxpool2d"}] * 5}), 422)
    for words in ("pool4", "1x1x1", "at least", "remove"):
        assert words in refused.message


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"seed":', "application/json", 400, "malformed_json"),
        (b"{'seed': 1}", "application/json", 400, "malformed_json"),
        (b'{"seed": "\xff"}', "application/json", 400, "bad_request"),
        (b"[" * 4_000, "application/json", 400, "bad_request"),
        (b"[" * 100_000, "application/json", 413, "too_large"),
        (b'{"seed": NaN}', "application/json", 422, "invalid"),
        (b'{"seed": 1e999}', "application/json", 422, "invalid"),
        (b'{"optimizer": {"learning_rate": Infinity}}', "application/json", 422, "invalid"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "application/json", 400, "bad_request"),
        (b'{"seed": true}', "application/json", 422, "invalid"),
        (b'{"seed": "7"}', "application/json", 422, "invalid"),
        (b'{"preprocessing": {"whitening": 1}}', "application/json", 422, "invalid"),
        (b'{"network": [' + b"[]," * 4_096 + b"[]]}", "application/json", 413, "too_large"),
        (b"{" + b'"x":1,' * 8_192 + b'"x":1}', "application/json", 413, "too_large"),
        (b'{"frozen": [' + b"1," * 120_000 + b"1]}", "application/json", 422, "invalid"),
        (b'{"dataset": "\\ud800"}', "application/json", 422, "invalid"),
        (b'{"\\ud800": 1}', "application/json", 422, "invalid"),
        (b'{"seed": 1}', "text/plain", 415, "not_json"),
        (b"seed=1", "application/x-www-form-urlencoded", 415, "not_json"),
        (b'{"dataset": "' + b"x" * 262_144 + b'"}', "application/json", 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    client: TestClient, body: bytes, content_type: str, status: int, code: str
) -> None:
    refused = problem(client.post("/api/runs", content=body, headers={"Content-Type": content_type}), status)
    assert refused.code == code
    assert len(refused.message) < 300


def test_a_body_without_a_content_length_is_limited_too(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'"'
        for _ in range(300):
            yield b"x" * 1024

    reply = client.post("/api/runs", content=pieces(), headers={"Content-Type": "application/json"})
    assert "262,144 bytes" in problem(reply, 413).message


@pytest.mark.parametrize("verb", ["step", "run", "pause", "seek"])
def test_a_command_to_a_missing_run_is_refused_with_the_way_to_create_it(
    client: TestClient, verb: str
) -> None:
    refused = problem(client.post(f"/api/runs/0123456789abcdef/{verb}", json={"iteration": 0}), 404)
    assert refused.code == "no_such_run"
    assert "recipe" in refused.message


@pytest.mark.parametrize("path", ["", "/timeline", "/iterations/0", "/events"])
def test_reading_a_missing_run_is_refused(client: TestClient, path: str) -> None:
    assert problem(client.get(f"/api/runs/nonsense{path}"), 404).code == "no_such_run"


@pytest.mark.parametrize(
    ("verb", "body", "field", "words"),
    [
        ("step", {"count": 0}, "count", "greater than or equal to 1"),
        ("step", {"count": 14371}, "count", "at most 14370"),
        ("step", {"counts": 1}, "counts", "no setting"),
        ("run", {"rate": 0}, "rate", "greater than 0"),
        ("run", {"rate": "fast"}, "rate", "valid number"),
        ("run", {"rate": 1e10}, "rate", "less than or equal to 1000000000"),
        ("run", {"until": 14371}, "until", "at most 14370"),
        ("run", {"until": -1}, "until", "greater than or equal to 0"),
        ("seek", {"iteration": 14370}, "iteration", "The last iteration of this run is 14369"),
        ("seek", {"iteration": -1}, "iteration", "greater than or equal to 0"),
        ("seek", {}, "iteration", "is missing"),
    ],
)
def test_an_invalid_command_is_refused_with_its_limits(
    client: TestClient, verb: str, body: Any, field: str, words: str
) -> None:
    refused = problem(client.post(f"/api/runs/{new_run(client)}/{verb}", json=body), 422)
    assert refused.field == field
    assert words in refused.message


@pytest.mark.parametrize(
    ("path", "status", "field", "words"),
    [
        ("iterations/1", 409, "iteration", 'POST {"iteration": 1} to'),
        ("iterations/14370", 422, "iteration", "14369"),
        ("iterations/-1", 422, "iteration", "greater than or equal to 0"),
        ("iterations/first", 422, "iteration", "valid integer"),
        ("iterations/0?names=conv3.out", 422, "names", "conv1.out"),
        ("iterations/0?names=" + "&names=".join(["loss.loss"] * 257), 422, "names", "at most 256"),
        ("iterations/0?names=dense.w&names=conv3.out", 422, "names", "conv2.out"),
        ("iterations/0?example=1", 422, "example", "the last one is 0"),
        ("iterations/0/window?phase=forward&layer=conv1&tensor=out&cell=512", 422, "cell", "511"),
        ("iterations/0/window?phase=forward&layer=conv9&tensor=out&cell=0", 422, "cell", "conv1"),
        ("iterations/0/window?phase=sideways&layer=conv1&tensor=out&cell=0", 422, "phase", "'forward'"),
        ("iterations/0/window?phase=forward&layer=conv1&tensor=out", 422, "cell", "is missing"),
        (
            "iterations/0/window?phase=loss&layer=loss&tensor=loss&cell=0&example=4",
            422,
            "example",
            "the last one is 0",
        ),
        ("timeline?since=-1", 422, "since", "greater than or equal to 0"),
        ("events?since=never", 422, "since", "valid integer"),
    ],
)
def test_reading_missing_numbers_is_refused_with_the_existing_ones(
    client: TestClient, path: str, status: int, field: str, words: str
) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/step"))
    refused = problem(client.get(f"/api/runs/{run}/{path}"), status)
    assert refused.field == field
    assert words in refused.message


LONG = "x" * 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"iterations/0?names={LONG}", None),
        ("GET", f"iterations/0/explanation?name={LONG}&cell=0", None),
        ("GET", f"iterations/0/chain?layer={LONG}&cell=0", None),
        ("GET", f"iterations/0/chain?layer=conv1&parameter={LONG[:64]}&cell=0", None),
        ("GET", f"iterations/0/window?phase={LONG}&layer=conv1&tensor=out&cell=0", None),
        ("GET", f"iterations/0/window?phase=forward&layer={LONG}&tensor=out&cell=0", None),
        ("GET", f"iterations/0/window?phase=forward&layer=conv1&tensor={LONG}&cell=0", None),
        ("GET", f"iterations/{LONG}", None),
        ("POST", "step", {LONG: 1}),
        ("POST", "step", {"count": LONG}),
        ("POST", "step", [LONG]),
        (LONG.upper(), "step", None),
    ],
)
def test_a_refusal_quotes_only_the_beginning_of_a_long_name(
    client: TestClient, method: str, path: str, body: Any
) -> None:
    run = new_run(client)
    ok(client.post(f"/api/runs/{run}/step"))
    reply = client.request(method, f"/api/runs/{run}/{path}", json=body)
    refused = problem(reply, reply.status_code)
    assert 400 <= reply.status_code < 500
    words = f"{refused.message} {refused.field}".lower()
    assert "x" * 40 in words, "the name is quoted"
    assert "x" * 61 not in words


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/api/data/cats/train", 422, "dataset"),
        ("/api/data/digits/train?count=201", 422, "count"),
        ("/api/data/digits/train?start=1437", 422, "start"),
    ],
)
def test_missing_examples_are_refused(client: TestClient, path: str, status: int, field: str) -> None:
    assert problem(client.get(path), status).field == field


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/static/nothing.js", 404, "not_found"),
        ("GET", "/static/..%2f..%2fpyproject.toml", 404, "not_found"),
        ("DELETE", "/api/runs", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("POST", "/static/css", 405, "method_not_allowed"),
    ],
)
def test_an_unknown_path_or_method_is_refused_in_the_same_shape(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    assert problem(client.request(method, path), status).code == code


def test_an_internal_error_is_reported_without_details(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the secret")

    run = new_run(client)
    monkeypatch.setattr(History, "advance", fail)
    reply = client.post(f"/api/runs/{run}/step")
    assert problem(reply, 500).code == "internal"
    assert "secret" not in reply.text
    assert reply.headers["x-content-type-options"] == "nosniff"
    monkeypatch.undo()
    assert ok(client.post(f"/api/runs/{run}/step"))["computed"] == 1, "and the run is unharmed"


def test_a_loss_whose_terms_overflow_is_explained(client: TestClient) -> None:
    """The squares of float64 errors are finite, and their sum is not."""
    network = [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
    run = new_run(
        client,
        network=network,
        loss={"kind": "squared_error"},
        dtype="float64",
        optimizer={"learning_rate": 1000},
        epochs=1,
    )
    path = f"/api/runs/{run}/iterations"
    last = next(k for k in range(1000) if client.post(f"{path}/{k}", json={}).status_code == 409)
    for iteration in (last - 2, last - 1):
        explained = ok(client.get(f"{path}/{iteration}/explanation", params={"name": "loss.loss", "cell": 0}))
    assert explained["total"] is None
    assert explained["value"] is None
