"""Runs in memory: ids, shared pasts, and simultaneous requests."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from server.nn.records import Trace
from server.recipe.recipe import Recipe
from server.run.history import History
from server.web.settings import Settings
from tests.web.helpers import call, new_run, numbers, ok, serving


def test_a_recipe_has_the_same_run_id_in_another_process(client: TestClient) -> None:
    program = "from server.recipe.recipe import Recipe; print(Recipe(seed=3, batch_size=4).id)"
    elsewhere = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert new_run(client, seed=3, batch_size=4) == elsewhere.stdout.strip()


def test_an_edit_makes_a_run_that_shares_the_past(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = new_run(client)
    ok(client.post(f"/api/runs/{original}/step", json={"count": 50}))
    monkeypatch.setattr(History, "advance", None)  # no iteration may be computed again
    edit = {"kind": "learning_rate", "iteration": 30, "value": 0.001}
    edited = new_run(client, edits=[edit])
    assert edited != original
    before, after = (ok(client.get(f"/api/runs/{run}/timeline")) for run in (original, edited))
    assert after["computed"] == 30
    assert numbers(after["losses"]).tobytes() == numbers(before["losses"])[:30].tobytes()


def test_an_edit_changes_the_future_only(client: TestClient) -> None:
    original = new_run(client)
    edited = new_run(client, edits=[{"kind": "example", "iteration": 3, "example": 5}])
    for run in (original, edited):
        ok(client.post(f"/api/runs/{run}/step", json={"count": 5}))
    before, after = (
        numbers(ok(client.get(f"/api/runs/{run}/timeline"))["losses"]) for run in (original, edited)
    )
    assert (before == after).tolist() == [True, True, True, False, False]
    assert ok(client.get(f"/api/runs/{edited}/iterations/3"))["examples"][0]["index"] == 5


def test_a_new_run_branches_off_the_run_with_the_longest_common_past(client: TestClient) -> None:
    early, late, new = ({"kind": "example", "iteration": at, "example": 5} for at in (10, 40, 60))
    original = new_run(client)
    ok(client.post(f"/api/runs/{original}/step", json={"count": 50}))
    edited_late = new_run(client, edits=[late])
    ok(client.post(f"/api/runs/{edited_late}/step", json={"count": 40}))
    edited_early = new_run(client, edits=[early])  # used last
    assert [
        ok(client.get(f"/api/runs/{new_run(client, edits=edits)}/timeline"))["computed"]
        for edits in ([late, new], [new], [early, new])
    ] == [60, 50, 10]
    assert ok(client.get(f"/api/runs/{edited_early}/timeline"))["computed"] == 10


def test_histories_are_read_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    trace = History.trace

    def noted(history: History, iteration: int) -> Trace:
        threads.add(threading.get_ident())
        time.sleep(0.02)
        return trace(history, iteration)

    monkeypatch.setattr(History, "trace", noted)
    with serving(Settings()) as port, ThreadPoolExecutor(12) as pool:
        run = call(port, "POST", "/api/runs")["id"]
        call(port, "POST", f"/api/runs/{run}/step")
        cell = "phase=forward&layer=conv1&tensor=out&cell=0"
        paths = ["", f"/window?{cell}", "/explanation?name=conv1.out&cell=0", "/cone?name=conv1.out&cell=0"]
        paths += ["/chain?layer=conv1&cell=0", "/stack?position=1"]
        wanted = [f"/api/runs/{run}/iterations/0{path}" for path in paths for _ in range(2)]
        list(pool.map(lambda path: call(port, "GET", path), wanted))
    assert len(threads) == 1


def test_simultaneous_steps_run_one_after_the_other(client: TestClient) -> None:
    run = new_run(client)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: client.post(f"/api/runs/{run}/step"), range(24)))
    assert sorted(ok(reply)["computed"] for reply in replies)[-1] == 24


def test_simultaneous_requests_with_equal_recipes_create_one_run(client: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: client.post("/api/runs", json={"seed": 11}), range(8)))
    assert sorted(reply.status_code for reply in replies) == [200] * 7 + [201]


def test_the_default_recipe_is_the_recipe_of_the_page(client: TestClient) -> None:
    assert new_run(client) == Recipe().id
