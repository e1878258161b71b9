"""Every route has the body limit of its own largest valid request, and says what it is."""

import re
import threading
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from server.recipe.recipe import Recipe
from server.web import json_bodies
from server.web.app import create_app
from server.web.body_limits import BODY_LIMITS, COMMAND, EMPTY, INPUT, RECIPE, SWEEP, TITLE
from server.web.limits_table import DOCUMENT, written
from server.web.settings import Settings
from tests.web.helpers import new_run, ok, problem

DESCRIBED = create_app().openapi()["paths"]
SOFTMAX = "softmax_cross_entropy"
BODIES = {
    "Recipe": RECIPE,
    "Sweep": SWEEP,
    "PlayerCommand": COMMAND,
    "ReachCommand": COMMAND,
    "StepCommand": EMPTY,
    "RunCommand": EMPTY,
    "SeekCommand": EMPTY,
    "EvaluationCommand": EMPTY,
    "KeepCommand": TITLE,
    "Collection": BODY_LIMITS["collection of digits"],
    "PictureQuestion": INPUT,
    "SaliencyQuestion": INPUT,
    "NearestQuestion": INPUT,
    "EffectQuestion": INPUT,
    "ComparisonQuestion": INPUT,
}


def operations(*, with_body: bool) -> list[tuple[str, str, int]]:
    """The method, the path and the expected limit of the operations that take JSON, or that take no body."""
    found = []
    for path, methods in DESCRIBED.items():
        for method, operation in methods.items():
            described: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
            name = re.search(r"schemas/(\w+)", str(described))
            if with_body and name:
                found.append((method.upper(), path, BODIES[name[1]]))
            if not with_body and not described:
                found.append((method.upper(), path, EMPTY))
    return found


def refused(client: TestClient, method: str, path: str, content: Any) -> str:
    """The sentence with which a body is refused as too large."""
    filled = re.sub(r"{\w+}", "0", path)
    reply = client.request(method, filled, content=content, headers={"content-type": "application/json"})
    error = problem(reply, 413)
    assert error.code == "too_large"
    return error.message


@pytest.mark.parametrize(
    ("method", "path", "limit"), operations(with_body=True) + operations(with_body=False)
)
def test_a_body_above_the_limit_of_its_route_is_refused_with_the_limit(
    client: TestClient, method: str, path: str, limit: int
) -> None:
    assert f"at most {limit:,} bytes" in refused(client, method, path, bytes(limit + 1))


@pytest.mark.parametrize(("method", "path", "limit"), operations(with_body=True))
def test_a_body_without_a_length_is_counted(client: TestClient, method: str, path: str, limit: int) -> None:
    half = bytes(limit // 2 + 1)
    assert f"at most {limit:,} bytes" in refused(client, method, path, iter([half, half]))


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/api/uploads/digit/digits", "picture file"),
        ("/api/uploads/signals", "CSV file of signals"),
        ("/api/uploads/collection", "collection of digits"),
    ],
)
def test_each_kind_of_upload_has_its_own_limit(client: TestClient, path: str, what: str) -> None:
    refused = problem(client.put(path, headers={"content-length": str(BODY_LIMITS[what] + 1)}), 413)
    assert f"{BODY_LIMITS[what]:,} bytes" in refused.message


@pytest.mark.parametrize("path", ["/api/uploads", "/api/uploads/pictures/x", "/nowhere", "/"])
def test_an_unknown_address_takes_no_body(client: TestClient, path: str) -> None:
    assert problem(client.put(path, content=bytes(EMPTY + 1)), 413).code == "too_large"


def test_the_largest_valid_requests_are_taken(client: TestClient) -> None:
    edit = {"kind": "example", "iteration": 0, "example": 1}
    layers = [{"kind": "relu"}] * 29 + [{"kind": "flatten"}, {"kind": "dense", "units": 10}]
    given = [{"name": "dense.w", "values": [0.0625] * 640}, {"name": "dense.b", "values": [0.0625] * 10}]
    run = new_run(client, network=layers, given=given, edits=[edit] * 256)
    names = ["loss.loss".ljust(1), *["*.out"] * 200]
    ok(client.post(f"/api/runs/{run}/iterations/0", json={"names": names}))
    digits = [{"picture": "AAAA" * 42 + "AAA", "label": k % 10} for k in range(1000)]
    kept = ok(client.put("/api/uploads/collection", json={"base": "digits", "alone": True, "digits": digits}))
    ok(client.delete(f"/api/data/{kept['name']}"))


def test_a_collection_with_more_values_than_any_is_refused_before_it_is_parsed(client: TestClient) -> None:
    body = b'{"base": "digits", "digits": [' + b"1," * 2_000_000 + b"1]}"
    sentence = refused(client, "PUT", "/api/uploads/collection", body)
    assert "values" in sentence
    assert "150,000" in sentence


def test_validation_of_a_list_ends_at_its_first_invalid_element() -> None:
    with pytest.raises(ValidationError) as refusal:
        Recipe.model_validate({"frozen": [1] * 100, "loss": {"kind": SOFTMAX, "class_weights": ["x"] * 100}})
    assert refusal.value.error_count() == 2


def test_a_large_body_is_read_in_a_thread(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    read = json_bodies.read

    def watched(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return read(*given)

    monkeypatch.setattr(json_bodies, "read", watched)
    new_run(client, seed=3)
    long = {"given": [{"name": "conv1.w", "values": [0.1234567890123] * 4000}] * 2}
    problem(client.post("/api/runs", json=long), 422)
    small, large = threads
    assert small is not large


def test_the_settings_have_no_other_limit_for_bodies() -> None:
    assert [name for name in Settings.__slots__ if "body" in name] == []


def test_the_document_lists_the_limits_of_the_code() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert written(document) == document
    for what, nbytes in BODY_LIMITS.items():
        assert f"| {what} | {nbytes:,} bytes |" in document
