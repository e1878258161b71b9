"""Runs in memory: limits, eviction, shared pasts, and simultaneous commands."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from http.client import HTTPConnection

import pytest
from starlette.testclient import TestClient

from server.nn.records import Trace
from server.recipe.recipe import Recipe
from server.run.history import History
from server.web import eviction
from server.web.run_store import RunStore
from server.web.settings import Settings
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import ENDLESS, Stream, call, new_run, numbers, ok, problem, serving


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


class TestLeaving:
    @pytest.fixture
    def port(self) -> Iterator[int]:
        with serving(replace(Settings(), grace_seconds=0.3)) as port:
            yield port

    @pytest.fixture
    def run(self, port: int) -> str:
        run: str = call(port, "POST", "/api/runs", ENDLESS)["id"]
        return run

    def test_a_run_stops_after_all_its_streams_have_closed(self, port: int, run: str) -> None:
        with watching(port, run), watching(port, run):
            call(port, "POST", f"/api/runs/{run}/run")
            time.sleep(0.5)
            assert status(port, run) == "running"
        wait_until(lambda: status(port, run) == "paused")

    def test_a_run_with_one_open_stream_continues(self, port: int, run: str) -> None:
        with watching(port, run):
            with watching(port, run):
                call(port, "POST", f"/api/runs/{run}/run")
            time.sleep(0.6)
            assert status(port, run) == "running"

    @pytest.mark.parametrize("returns", [True, False], ids=["comes back", "stays away"])
    def test_a_stream_reopened_within_the_grace_time_keeps_the_run_going(self, returns: bool) -> None:
        async def is_left() -> bool:
            store = RunStore(replace(Settings(), grace_seconds=0.05))
            live, _ = await store.create(Recipe.model_validate(ENDLESS))
            await store.run(live, 1, None)
            with store.stream(live):
                pass
            with store.stream(live) if returns else nullcontext():
                await asyncio.sleep(0.2)
                trains = live.training
            await store.close()
            return trains

        with ThreadPoolExecutor(1) as pool:  # the browser tests' loop runs in this thread
            assert pool.submit(asyncio.run, is_left()).result(PATIENCE) == returns

    def test_a_run_that_never_had_a_stream_continues(self, port: int, run: str) -> None:
        call(port, "POST", f"/api/runs/{run}/run")
        time.sleep(0.6)
        assert status(port, run) == "running"

    def test_a_step_is_finished_after_all_streams_have_closed(self, port: int, run: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            with watching(port, run):
                call(port, "POST", f"/api/runs/{run}/run")
            step = pool.submit(call, port, "POST", f"/api/runs/{run}/step", {"count": 2000})
            stepped = step.result(PATIENCE)
            assert stepped["computed"] >= stepped["since"] + 2000

    def test_a_run_that_stopped_without_streams_frees_its_training_place(self) -> None:
        with serving(replace(Settings(), grace_seconds=0, max_training=1)) as port:
            first, second = (call(port, "POST", "/api/runs", {"seed": s, **ENDLESS})["id"] for s in (1, 2))
            with watching(port, first):
                call(port, "POST", f"/api/runs/{first}/run")
                with pytest.raises(AssertionError, match="too_many_running"):
                    call(port, "POST", f"/api/runs/{second}/run")
            wait_until(lambda: status(port, first) == "paused")
            call(port, "POST", f"/api/runs/{second}/run")


@contextmanager
def watching(port: int, run: str) -> Iterator[None]:
    """Keep an event stream of a run open."""
    with Stream(port, run) as stream:
        stream.open()
        assert stream.event() is not None
        yield


def status(port: int, run: str) -> str:
    """The status of a run."""
    found: str = call(port, "GET", f"/api/runs/{run}/timeline")["status"]
    return found


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


def test_simultaneous_steps_run_one_after_the_other(client: TestClient) -> None:
    run = new_run(client)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: client.post(f"/api/runs/{run}/step"), range(24)))
    assert sorted(ok(reply)["computed"] for reply in replies)[-1] == 24


def test_simultaneous_requests_with_equal_recipes_create_one_run(client: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: client.post("/api/runs", json={"seed": 11}), range(8)))
    assert sorted(reply.status_code for reply in replies) == [200] * 7 + [201]


def test_a_new_command_replaces_a_running_one(client: TestClient) -> None:
    run = new_run(client, **ENDLESS)
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(client.post, f"/api/runs/{run}/seek", json={"iteration": 140_000})
        wait_until(lambda: ok(client.get(f"/api/runs/{run}/timeline"))["computed"] > 0)
        paused = ok(client.post(f"/api/runs/{run}/pause"))
        assert ok(long.result(PATIENCE))["computed"] == paused["computed"] < 140_000


def test_the_default_recipe_is_the_recipe_of_the_page(client: TestClient) -> None:
    assert new_run(client) == Recipe().id
