"""Which runs, traces and streams there may be, and what is evicted for others."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from server.web import eviction
from server.web.settings import Settings
from tests.waiting import wait_until
from tests.web.helpers import ENDLESS, Stream, call, new_run, ok, problem, serving


class TestWithFewPlaces:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(max_runs=2, max_training=1, max_streams=0)

    def test_the_least_recently_used_run_is_evicted(self, client: TestClient) -> None:
        first, second = new_run(client, seed=1), new_run(client, seed=2)
        ok(client.get(f"/api/runs/{first}"))
        new_run(client, seed=3)
        ok(client.get(f"/api/runs/{first}"))
        assert problem(client.get(f"/api/runs/{second}"), 404).code == "no_such_run"
        assert new_run(client, seed=2) == second, "an evicted run can be created again"

    def test_a_run_in_training_is_not_evicted(self, client: TestClient) -> None:
        training = new_run(client, **ENDLESS)
        ok(client.post(f"/api/runs/{training}/run"))
        for seed in (1, 2, 3):
            new_run(client, seed=seed)
        assert ok(client.get(f"/api/runs/{training}/timeline"))["status"] == "running"

    def test_the_number_of_runs_in_training_is_limited(self, client: TestClient) -> None:
        first, second = new_run(client, seed=1, **ENDLESS), new_run(client, seed=2, **ENDLESS)
        ok(client.post(f"/api/runs/{first}/run"))
        refused = problem(client.post(f"/api/runs/{second}/run"), 429)
        assert (refused.code, "Pause one" in refused.message) == ("too_many_running", True)
        ok(client.post(f"/api/runs/{first}/run", json={"rate": 5}))
        ok(client.post(f"/api/runs/{second}/step"))
        ok(client.post(f"/api/runs/{first}/pause"))
        ok(client.post(f"/api/runs/{second}/run"))

    def test_a_run_trains_to_an_accuracy_and_is_restored_after_eviction(self, client: TestClient) -> None:
        recipe = {"batch_size": 32, "seed": 1234}
        run = new_run(client, **recipe)
        refused = problem(client.post(f"/api/runs/{run}/run", json={"accuracy": 97}), 422)
        assert "accuracy" in (refused.field or "")
        ok(client.post(f"/api/runs/{run}/run", json={"accuracy": 0.6}))
        timeline = f"/api/runs/{run}/timeline"
        wait_until(lambda: ok(client.get(timeline))["status"] == "paused")
        first = ok(client.get(timeline))
        *before, last = first["evaluations"]
        assert last["accuracy"] >= 0.6 > max(e["accuracy"] for e in before)
        assert first["computed"] == last["iteration"]
        assert ok(client.post(f"/api/runs/{run}/run", json={"accuracy": 0.6}))["status"] == "paused"
        for seed in (1, 2, 3):
            new_run(client, seed=seed)
        assert ok(client.get(f"/api/runs/{new_run(client, **recipe)}/timeline"))["computed"] == 0
        again = ok(client.post(f"/api/runs/{run}/run", json={"accuracy": 0.6}))
        assert (again["status"], again["computed"]) == ("paused", first["computed"])
        assert again["evaluations"] == first["evaluations"]

    def test_the_number_of_open_event_streams_is_limited(self, client: TestClient) -> None:
        assert problem(client.get(f"/api/runs/{new_run(client)}/events"), 503).code == "full"


def test_a_new_run_is_refused_while_all_runs_train() -> None:
    with serving(replace(Settings(), max_runs=1)) as port:
        run = call(port, "POST", "/api/runs", ENDLESS)["id"]
        call(port, "POST", f"/api/runs/{run}/run")
        with pytest.raises(AssertionError, match="are training"):
            call(port, "POST", "/api/runs", {"seed": 1})


def test_a_run_with_an_open_stream_is_not_evicted() -> None:
    with serving(replace(Settings(), max_runs=2)) as port:
        watched, other = (call(port, "POST", "/api/runs", {"seed": seed})["id"] for seed in (1, 2))
        with Stream(port, watched) as stream:
            stream.open()
            assert stream.event() is not None
            call(port, "POST", "/api/runs", {"seed": 3})
            call(port, "GET", f"/api/runs/{watched}")
            with pytest.raises(AssertionError, match="no_such_run"):
                call(port, "GET", f"/api/runs/{other}")
            with Stream(port, call(port, "POST", "/api/runs", {"seed": 3})["id"]) as second:
                second.open()
                assert second.event() is not None
                with pytest.raises(AssertionError, match=r"full.*its 2 runs are training or open in a page"):
                    call(port, "POST", "/api/runs", {"seed": 4})


class TestWithLittleMemory:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(max_bytes=1_000_000)

    def test_traces_are_evicted_first_and_computed_again(self, client: TestClient) -> None:
        first, second = new_run(client, seed=1), new_run(client, seed=2)
        store = client.app.state.runs
        for run in (first, second):
            ok(client.post(f"/api/runs/{run}/step", json={"count": 20}))
        before = [read(client, first, t) for t in range(20)]
        for t in range(20):
            read(client, second, t)
        ok(client.get(f"/api/runs/{second}"))
        assert eviction.total_bytes(store.runs) <= 1_000_000
        assert list(store.runs) == [first, second]
        assert store.runs[first].report.cached == 0
        assert [read(client, first, t) for t in range(20)] == before

    def test_runs_are_evicted_next_and_can_be_created_again(self, client: TestClient) -> None:
        runs = []
        for seed in range(12):
            runs.append(new_run(client, seed=seed))
            ok(client.post(f"/api/runs/{runs[-1]}/step", json={"count": 20}))
        store = client.app.state.runs
        assert eviction.total_bytes(store.runs) <= 1_000_000
        kept = list(store.runs)
        assert kept == runs[-len(kept) :]
        assert 1 <= len(kept) < len(runs)
        assert problem(client.get(f"/api/runs/{runs[0]}"), 404).code == "no_such_run"
        assert new_run(client, seed=0) == runs[0]

    def test_the_run_in_use_is_not_evicted_even_when_it_alone_is_too_large(self, client: TestClient) -> None:
        other, large = new_run(client), new_run(client, seed=1, dtype="float64", epochs=100)
        ok(client.post(f"/api/runs/{large}/step"))
        assert problem(client.get(f"/api/runs/{other}"), 404).code == "no_such_run"
        assert ok(client.post(f"/api/runs/{large}/step"))["computed"] == 2

    def test_a_new_run_is_refused_while_runs_in_training_use_all_memory(self, client: TestClient) -> None:
        ok(client.post(f"/api/runs/{new_run(client, **ENDLESS)}/run"))
        assert "has room for no more" in problem(client.post("/api/runs", json={"seed": 1}), 503).message


def read(client: TestClient, run: str, iteration: int) -> bytes:
    """The bytes of the reply for an iteration with a gradient."""
    reply = client.get(f"/api/runs/{run}/iterations/{iteration}", params={"names": "conv1.dw"})
    ok(reply)
    return bytes(reply.content)
