"""A step and a page's command are answered without the framework, and as by the framework."""

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from server.web.app import create_app
from server.web.settings import Settings
from tests.web.helpers import new_run, ok, problem

PLAYER = "/api/players/" + "7" * 32
SLOW = "?by=the-framework"
"""A query, with which a request takes the framework's way."""


@pytest.fixture
def app() -> FastAPI:
    return create_app(Settings(hosts=frozenset({"testserver"})))


def test_a_step_and_a_command_do_not_need_the_framework(app: FastAPI) -> None:
    with TestClient(app) as client:
        run = new_run(client)
        ok(client.put(PLAYER, json={"run": run}))
        app.router.routes.clear()
        reached = ok(client.post(f"/api/runs/{run}/iterations/3", json={"names": ["loss.loss"]}))
        assert (reached["iteration"]["iteration"], reached["progress"]["computed"]) == (3, 4)
        moment = {"iteration": 2, "position": 0}
        assert ok(client.put(PLAYER, json={"run": run, "moment": moment}))["moment"] == moment
        assert client.get(f"/api/runs/{run}").status_code == 404, "all else needs it"


def test_both_ways_give_the_same_answers(app: FastAPI) -> None:
    with TestClient(app) as client:
        run = new_run(client)
        step = {"names": ["conv1.*", "loss.*"], "look": 5, "since": 0}
        fast, slow = (ok(client.post(f"/api/runs/{run}/iterations/2{way}", json=step)) for way in ("", SLOW))
        assert fast["iteration"] == slow["iteration"]
        assert _unnumbered(fast["progress"]) == _unnumbered(slow["progress"])
        command = {"run": run, "unit": "layer", "names": ["conv1.w"]}
        slow, fast = (ok(client.put(f"{PLAYER}{way}", json=command)) for way in (SLOW, ""))
        assert _unnumbered(fast) == _unnumbered(slow)


def _unnumbered(message: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != "sequence"}


@pytest.mark.parametrize(
    ("iteration", "body"),
    [
        ("0", {"names": 3}),
        ("0", {"nmaes": []}),
        ("0", {"names": ["conv1.ww"]}),
        ("0", {"example": 999}),
        ("999999", {}),
        ("-1", {}),
        ("x", {}),
        ("0", []),
    ],
)
def test_both_ways_refuse_a_step_with_the_same_sentence(app: FastAPI, iteration: str, body: Any) -> None:
    with TestClient(app) as client:
        run = new_run(client)
        fast, slow = (
            client.post(f"/api/runs/{run}/iterations/{iteration}{way}", json=body) for way in ("", SLOW)
        )
        assert fast.status_code == slow.status_code >= 400
        assert problem(fast, fast.status_code) == problem(slow, slow.status_code)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"{", {"content-type": "application/json"}),
        (b"{}", {"content-type": "text/plain"}),
        (b'{"since": NaN}', {"content-type": "application/json"}),
        (b"", {}),
    ],
)
def test_both_ways_refuse_a_body_that_is_not_json_with_the_same_sentence(
    app: FastAPI, content: bytes, headers: dict[str, str]
) -> None:
    with TestClient(app) as client:
        run = new_run(client)
        for path in (f"/api/runs/{run}/iterations/0", PLAYER):
            method = "PUT" if path == PLAYER else "POST"
            fast, slow = (
                client.request(method, path + way, content=content, headers=headers) for way in ("", SLOW)
            )
            assert fast.status_code == slow.status_code >= 400
            assert problem(fast, fast.status_code) == problem(slow, slow.status_code)


def test_a_body_in_chunks_is_answered_as_well(app: FastAPI) -> None:
    with TestClient(app) as client:
        run = new_run(client)
        reached = client.post(
            f"/api/runs/{run}/iterations/0",
            content=iter([b'{"names":', b' ["loss.loss"]}']),
            headers={"content-type": "application/json"},
        )
        assert ok(reached)["iteration"]["tensors"][0]["name"] == "loss.loss"


def test_a_command_with_a_goal_for_a_player_of_another_browser_reads_no_cache(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(plan: object) -> None:
        raise AssertionError("the cache was read")

    monkeypatch.setattr("server.run.checkpoints.read", fail)
    with TestClient(app) as client:
        run = new_run(client)
        ok(client.put(PLAYER, json={"run": run}))
        client.cookies.clear()
        command = {"run": run, "playing": True, "goal": 0.9}
        assert problem(client.put(PLAYER, json=command), 403).code == "not_yours"
