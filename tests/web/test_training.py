"""A run in training: commands that seek, reach and step, and readings beside it."""

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
from starlette.testclient import TestClient

from server.web.settings import Settings
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import ENDLESS, call, new_run, numbers, ok, problem, serving


class TestSeekingWhileItTrains:
    @pytest.fixture
    def run(self, client: TestClient) -> str:
        run = new_run(client, **ENDLESS)
        ok(client.post(f"/api/runs/{run}/run", json={"rate": 5}))
        return run

    def test_a_seek_goes_ahead_and_the_training_continues(self, client: TestClient, run: str) -> None:
        sought = ok(client.post(f"/api/runs/{run}/seek", json={"iteration": 600}))
        assert sought["status"] == "running"
        assert sought["computed"] > 600
        wait_until(
            lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > sought["computed"],
        )

    def test_a_pause_replaces_a_seek(self, client: TestClient, run: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            seek = pool.submit(client.post, f"/api/runs/{run}/seek", json={"iteration": 140_000})
            wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > 20)
            assert ok(client.post(f"/api/runs/{run}/pause"))["computed"] < 140_000
            assert ok(seek.result(PATIENCE))["computed"] < 140_000
        assert ok(client.get(f"/api/runs/{run}/timeline"))["status"] == "paused"

    def test_a_seek_does_not_shorten_a_step(self, client: TestClient, run: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            seek = pool.submit(client.post, f"/api/runs/{run}/seek", json={"iteration": 1500})
            wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > 20)
            stepped = ok(client.post(f"/api/runs/{run}/step", json={"count": 300}))
            assert stepped["computed"] >= stepped["since"] + 300
            assert ok(seek.result(PATIENCE))["computed"] > 1500

    def test_a_seek_ends_with_the_server(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            with serving(Settings()) as port:
                run = call(port, "POST", "/api/runs", ENDLESS)["id"]
                seek = pool.submit(call, port, "POST", f"/api/runs/{run}/seek", {"iteration": 140_000})
                wait_until(lambda: call(port, "GET", f"/api/runs/{run}/timeline")["computed"] > 20)
                assert not seek.done()
            assert seek.result(PATIENCE)["computed"] < 140_000

    def test_reaching_an_iteration_answers_with_its_picture_and_its_losses(
        self, client: TestClient, run: str
    ) -> None:
        command = {"names": ["conv1.dw", "loss.loss"], "since": 3}
        reached = ok(client.post(f"/api/runs/{run}/iterations/30", json=command))
        read = ok(client.get(f"/api/runs/{run}/iterations/30", params={"names": command["names"]}))
        assert reached["iteration"] == read
        progress = reached["progress"]
        assert (progress["since"], progress["status"]) == (3, "running")
        assert len(numbers(progress["losses"])) == progress["computed"] - 3 >= 28
        again = ok(client.post(f"/api/runs/{run}/iterations/30", json={**command, "since": 10**9}))
        assert again["iteration"] == read
        assert again["progress"]["since"] == again["progress"]["computed"]

    def test_reaching_ends_when_its_client_has_gone(self) -> None:
        with serving(Settings()) as port:
            run = call(port, "POST", "/api/runs", ENDLESS)["id"]

            def computed() -> int:
                return int(call(port, "GET", f"/api/runs/{run}/timeline")["computed"])

            def stands_still() -> bool:
                before = computed()
                time.sleep(0.2)
                return computed() == before

            connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            head = {"Content-Type": "application/json"}
            connection.request("POST", f"/api/runs/{run}/iterations/140000", "{}", head)
            wait_until(lambda: computed() > 20)
            connection.close()
            wait_until(stands_still)
            assert computed() < 140_000

    def test_reaching_is_replaced_by_nobody(self, client: TestClient, run: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            reached = pool.submit(client.post, f"/api/runs/{run}/iterations/900", json={})
            wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > 20)
            ok(client.post(f"/api/runs/{run}/pause"))
            assert ok(reached.result(PATIENCE))["iteration"]["iteration"] == 900

    @pytest.mark.parametrize(
        ("iteration", "body", "code", "field"),
        [
            (10**6, {}, "beyond_the_end", "iteration"),
            (1, {"names": ["conv1.dww"]}, "invalid", "names"),
            (1, {"example": 99}, "invalid", "example"),
            (1, {"sinse": 1}, "invalid", "sinse"),
        ],
    )
    def test_what_cannot_be_reached_is_refused(
        self, client: TestClient, run: str, iteration: int, body: dict[str, object], code: str, field: str
    ) -> None:
        refused = client.post(f"/api/runs/{run}/iterations/{iteration}", json=body)
        found = problem(refused, refused.status_code)
        assert (found.code, found.field) == (code, field)


def test_a_rate_may_exceed_the_speed_of_the_machine(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    ok(client.post(f"/api/runs/{run}/run", json={"rate": 1e9, "until": 300}))
    wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] == 300)


def test_a_step_is_answered_while_another_run_trains(client: TestClient) -> None:
    training, stepped = new_run(client, **ENDLESS), new_run(client, seed=1)
    ok(client.post(f"/api/runs/{training}/run"))
    for count in range(1, 6):
        before = ok(client.get(f"/api/runs/{training}/timeline"))["computed"]
        assert ok(client.post(f"/api/runs/{stepped}/step"))["computed"] == count
        while ok(client.get(f"/api/runs/{training}/timeline"))["computed"] == before:
            pass
    assert ok(client.get(f"/api/runs/{training}/timeline"))["status"] == "running"


def test_iterations_read_during_and_after_training_are_equal(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    ok(client.post(f"/api/runs/{run}/step", json={"count": 300}))
    ok(client.post(f"/api/runs/{run}/run"))
    wanted = {"names": ["conv1.dw", "dense.out"]}
    during = [client.get(f"/api/runs/{run}/iterations/{t}", params=wanted).content for t in (3, 150, 299)]
    ok(client.post(f"/api/runs/{run}/pause"))
    after = [client.get(f"/api/runs/{run}/iterations/{t}", params=wanted).content for t in (3, 150, 299)]
    assert during == after


def test_a_new_command_replaces_a_running_one(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(client.post, f"/api/runs/{run}/seek", json={"iteration": 140_000})
        wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > 0)
        paused = ok(client.post(f"/api/runs/{run}/pause"))
        assert ok(long.result(PATIENCE))["computed"] == paused["computed"] < 140_000
