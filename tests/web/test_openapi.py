"""Requests generated from the OpenAPI description, valid and invalid: none gives an internal error."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient

from server.web.app import create_app
from server.wire.messages.errors import ErrorReply
from tests.web.helpers import new_run, ok, strict

DESCRIBED = schemathesis.openapi.from_dict(create_app().openapi())
# An event stream has no end; tests/web/test_events.py reads some.
OPERATIONS = [
    result.ok() for result in DESCRIBED.get_all_operations() if not result.ok().path.endswith("/events")
]


@pytest.fixture(scope="module")
def visited() -> Iterator[tuple[TestClient, str]]:
    with TestClient(create_app(), base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        run = new_run(client, epochs=1, batch_size=256)
        ok(client.post(f"/api/runs/{run}/step"))
        yield client, run


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_reply_conforms_to_the_openapi_description(
    operation: Any, visited: tuple[TestClient, str]
) -> None:
    client, run = visited

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        if "run" in case.path_parameters:
            case.path_parameters["run"] = run
        request = case.as_transport_kwargs(base_url="http://127.0.0.1:8765")
        request.pop("cookies", None)
        if "data" in request:  # a body of bytes
            request["content"] = request.pop("data")
        reply = client.request(**request)
        assert reply.status_code < 500, reply.text
        assert str(reply.status_code) in operation.definition.raw["responses"], reply.text
        if reply.status_code >= 400:
            assert ErrorReply.model_validate(strict(reply.content)).error.message
        else:
            strict(reply.content)

    ask()


@pytest.mark.parametrize("path", DESCRIBED.raw_schema["paths"])
def test_the_refusal_of_a_method_lists_all_methods_of_the_path(
    path: str, visited: tuple[TestClient, str]
) -> None:
    client, _ = visited
    reply = client.request("TRACE", path.replace("{", "").replace("}", ""))
    described = {method.upper() for method in DESCRIBED.raw_schema["paths"][path]}
    allowed = set(reply.headers["allow"].split(", "))
    assert reply.status_code == 405
    assert described <= allowed
    # A path such as /api/data/preview is one of /api/data/{dataset} too.
    assert described == allowed or path.count("{") < max(other.count("{") for other in _like(path))
    assert ", ".join(sorted(allowed)) in ErrorReply.model_validate(strict(reply.content)).error.message


def _like(path: str) -> list[str]:
    """The described paths of which a path can be one."""
    return [
        other
        for other in DESCRIBED.raw_schema["paths"]
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", other), path.replace("{", "").replace("}", ""))
    ]


def test_every_operation_is_visited() -> None:
    assert len(OPERATIONS) == 61
