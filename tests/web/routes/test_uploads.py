"""Uploads over HTTP: drafts, saved data sets, limits, and deletion."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.data.uploads import store
from server.web.app import create_app
from server.web.body_limits import EMPTY
from server.web.routes import uploads as upload_routes
from server.web.settings import Settings
from tests.data.uploads.archives import pictures, table, zipped
from tests.waiting import PATIENCE, wait_until
from tests.web.helpers import new_run, numbers, ok, problem, serving


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    return tmp_path


def drafted(client: TestClient, kind: str = "pictures", **how: Any) -> dict[str, Any]:
    body = zipped(pictures()).getvalue() if kind == "pictures" else table().encode()
    draft: dict[str, Any] = ok(client.put(f"/api/uploads/{kind}", content=body, params=how))
    return draft


def kept(client: TestClient, kind: str = "pictures", title: str = "mine", **how: Any) -> dict[str, Any]:
    draft = drafted(client, kind, **how)
    info: dict[str, Any] = ok(client.post(f"/api/data/{draft['name']}", json={"title": title}))
    assert info["name"] == draft["name"]
    return info


def listed(client: TestClient) -> list[str]:
    return [item["name"] for item in ok(client.get("/api/data")) if item["name"].startswith("own:")]


def test_an_upload_is_shown_as_a_draft_and_saved_only_on_request(client: TestClient, cache: Path) -> None:
    draft = drafted(client, side=16, colour=True)
    assert draft["classes"] == ["bright", "dark"]
    assert draft["counts"] == [10, 10]
    assert draft["shape"] == [3, 16, 16]
    images = numbers(draft["images"])
    assert images.shape == (16, 3, 16, 16)
    assert draft["labels"] == [0] * 8 + [1] * 8
    assert images[0, 0, 15, 15] == pytest.approx(125 / 255)
    assert listed(client) == []
    assert list(cache.rglob("*.npz")) == []
    assert problem(client.get(f"/api/data/{draft['name']}"), 409).code == "no_data"
    info = ok(client.post(f"/api/data/{draft['name']}", json={"title": "  my\u200b \n things "}))
    assert info["title"] == "my things"
    assert listed(client) == [draft["name"]]
    assert len(list(cache.rglob("*.npz"))) == 1


def test_a_saved_upload_can_be_used_like_every_other_data_set(client: TestClient) -> None:
    name = kept(client, side=16)["name"]
    detail = ok(client.get(f"/api/data/{name}"))
    assert (detail["train_counts"], detail["test_counts"]) == ([8, 8], [2, 2])
    assert detail["info"]["title"] == "mine"
    assert detail["recipe"]["dataset"] == name
    page = ok(client.get(f"/api/data/{name}/test", params={"label": 1}))
    assert page["total"] == 2
    assert ok(client.post("/api/data/preview", json=detail["recipe"]))["counts"] == [8, 8]
    assert ok(client.post("/api/networks", json=detail["recipe"]))["problem"] is None
    run = new_run(client, **detail["recipe"])
    assert ok(client.post(f"/api/runs/{run}/step", json={"count": 40}))["computed"] == 40
    iteration = ok(client.get(f"/api/runs/{run}/iterations/39?names=input.out"))
    start = iteration["examples"][0]["index"]
    shown = numbers(ok(client.get(f"/api/data/{name}/train", params={"start": start}))["images"])
    assert numbers(iteration["tensors"][0]["data"]) == pytest.approx(shown[0], abs=1e-6)
    explained = f"/api/runs/{run}/iterations/39/explanation?name=conv1.out&cell=5"
    assert ok(client.get(explained))["name"] == "conv1.out"


def test_uploaded_signals_can_be_saved_and_trained_on(client: TestClient) -> None:
    draft = drafted(client, "signals")
    assert (draft["shape"], draft["signed"]) == ([1, 1, 16], True)
    assert np.abs(numbers(draft["images"])).max() <= 1
    name = kept(client, "signals", normalise=True)["name"]
    assert name == draft["name"]
    run = new_run(client, **ok(client.get(f"/api/data/{name}"))["recipe"])
    assert ok(client.post(f"/api/runs/{run}/step", json={"count": 5}))["computed"] == 5


def test_the_suggested_recipe_standardises_signals_that_are_not_normalised(client: TestClient) -> None:
    for normalise, scaling in ((True, "unit"), (False, "standardised")):
        name = kept(client, "signals", normalise=normalise)["name"]
        recipe = ok(client.get(f"/api/data/{name}"))["recipe"]
        assert recipe["preprocessing"]["scaling"] == scaling


def test_another_server_with_the_same_cache_lists_a_saved_upload(client: TestClient) -> None:
    name = kept(client)["name"]
    with TestClient(create_app(), base_url="http://127.0.0.1:8765") as another:
        assert listed(another) == [name]
        assert ok(another.get(f"/api/data/{name}"))["info"]["title"] == "mine"


def test_equal_files_with_equal_settings_have_equal_names(client: TestClient) -> None:
    first, again = kept(client, title="one"), kept(client, title="two")
    assert first["name"] == again["name"]
    assert ok(client.get(f"/api/data/{first['name']}"))["info"]["title"] == "two"
    assert drafted(client, side=16)["name"] != first["name"]


def test_a_deleted_upload_is_not_listed_and_its_recipes_are_refused(client: TestClient) -> None:
    name = kept(client)["name"]
    recipe = ok(client.get(f"/api/data/{name}"))["recipe"]
    run = new_run(client, **recipe)
    left = ok(client.delete(f"/api/data/{name}"))
    assert name not in [item["name"] for item in left]
    assert ok(client.post(f"/api/runs/{run}/step"))["computed"] == 1
    refused = problem(client.post("/api/runs", json=recipe | {"seed": 99}), 409)
    assert refused.field == "dataset"
    assert "not on this machine (any more). Add the same files under Data" in refused.message
    assert problem(client.delete(f"/api/data/{name}"), 409).code == "no_data"


def test_saving_an_unknown_draft_is_refused(client: TestClient) -> None:
    refused = problem(client.post("/api/data/own:0123456789abcdef", json={"title": "x"}), 404)
    assert refused.code == "no_draft"


@pytest.mark.parametrize("name", ["own:0123", "own:../../../../etc/x", "own:0123456789ABCDEF", "mine"])
def test_an_unknown_name_of_a_data_set_is_refused_with_the_known_ones(client: TestClient, name: str) -> None:
    refused = problem(client.post("/api/runs", json={"dataset": name}), 422)
    assert refused.field == "dataset"
    assert "'digits'" in refused.message
    assert "own: with 16 hexadecimal digits" in refused.message


@pytest.mark.parametrize("content", [b"", b"no file of NumPy's", b"PK\x03\x04"])
def test_a_damaged_upload_is_not_listed_and_can_be_saved_again(
    client: TestClient, cache: Path, content: bytes
) -> None:
    name = kept(client)["name"]
    (path,) = cache.rglob("*.npz")
    path.write_bytes(content)
    assert listed(client) == []
    refused = problem(client.get(f"/api/data/{name}"), 409)
    assert "is damaged: add the same files again" in refused.message
    assert kept(client)["name"] == name
    assert listed(client) == [name]


def test_an_upload_with_changed_numbers_is_damaged(client: TestClient, cache: Path) -> None:
    name = kept(client)["name"]
    (path,) = cache.rglob("*.npz")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["inputs"][0] += 1
    np.savez_compressed(path, **arrays)
    assert "is damaged" in problem(client.get(f"/api/data/{name}"), 409).message


def test_the_number_and_the_bytes_of_saved_uploads_are_limited(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(client)
    monkeypatch.setattr(store, "MAX_SAVED", 1)
    other = drafted(client, side=16)["name"]
    refused = problem(client.post(f"/api/data/{other}", json={"title": "x"}), 422)
    assert "1 sets of your own are kept already" in refused.message
    kept(client, title="again")
    monkeypatch.setattr(store, "MAX_SAVED", 2)
    monkeypatch.setattr(store, "MAX_SAVED_BYTES", 2000)
    refused = problem(client.post(f"/api/data/{other}", json={"title": "x"}), 422)
    assert "more than what is left" in refused.message
    assert len(listed(client)) == 1


def test_saving_in_a_cache_that_cannot_be_written_is_refused(client: TestClient, cache: Path) -> None:
    name = drafted(client)["name"]
    (cache / "own").write_text("no folder")
    refused = problem(client.post(f"/api/data/{name}", json={"title": "x"}), 422)
    assert "could not be written into the cache folder" in refused.message


@pytest.mark.parametrize(
    ("kind", "body", "how", "words"),
    [
        ("pictures", b"no zip", {}, "The file is not a zip file"),
        ("pictures", zipped(pictures(("one",))).getvalue(), {}, "only one class"),
        ("pictures", b"", {}, "The file is not a zip file"),
        ("pictures", b"", {"side": 65}, "side should be less than or equal to 64"),
        ("pictures", b"", {"fit": "stretch"}, "'pad' or 'crop'"),
        ("signals", b"1,2,3,4,a\n1,x,3,4,b\n", {}, "Row 2, column 2: “x” is not a number"),
        (
            "signals",
            b"",
            {"label": "middle"},
            "'detect', 'first' or 'last', or the number of a column, counted from 1",
        ),
        (
            "signals",
            b"",
            {"label": "0"},
            "'detect', 'first' or 'last', or the number of a column, counted from 1",
        ),
        ("signals", b"", {"encoding": "klingon"}, "'detect', 'cp1252', 'cp1251'"),
    ],
)
def test_an_invalid_upload_is_refused_with_the_reason(
    client: TestClient, kind: str, body: bytes, how: dict[str, Any], words: str
) -> None:
    refused = problem(client.put(f"/api/uploads/{kind}", content=body, params=how), 422)
    assert words in refused.message


class TestLimits:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(max_upload=100_000)

    @pytest.mark.parametrize("pieces", [True, False])
    def test_an_upload_has_a_larger_limit_than_other_bodies(self, client: TestClient, pieces: bool) -> None:
        body = zipped(pictures(each=40)).getvalue()
        assert EMPTY < len(body) < 100_000

        def cut(content: bytes) -> Any:
            return iter([content[k : k + 700] for k in range(0, len(content), 700)]) if pieces else content

        assert ok(client.put("/api/uploads/pictures", content=cut(body)))["counts"] == [40, 40]
        refused = problem(client.put("/api/uploads/pictures", content=cut(bytes(100_001))), 413)
        assert "at most 100,000 bytes" in refused.message

    def test_an_upload_from_another_origin_is_refused(self, client: TestClient) -> None:
        reply = client.put("/api/uploads/pictures", content=b"", headers={"Origin": "http://evil.example"})
        assert problem(reply, 403).code == "wrong_origin"


class TestDrafts:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(max_draft_bytes=20 * 28 * 28 + 20 * 8 * 8)

    def test_the_oldest_drafts_are_dropped_first(self, client: TestClient) -> None:
        first, second, third = (drafted(client, side=side)["name"] for side in (28, 8, 16))
        refused = problem(client.post(f"/api/data/{first}", json={"title": "x"}), 404)
        assert "not here any more: choose the file once more" in refused.message
        for name in (second, third):
            ok(client.post(f"/api/data/{name}", json={"title": "x"}))


def begun_upload(port: int, length: int) -> socket.socket:
    """A client that has sent the first byte of an upload of `length` bytes."""
    client = socket.create_connection(("127.0.0.1", port))
    client.settimeout(PATIENCE)
    head = f"PUT /api/uploads/pictures HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}"
    client.sendall(f"{head}\r\n\r\nx".encode())
    return client


def test_processing_stops_when_the_client_disconnects(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def endless(file: Any, how: Any, go_on: Any) -> Any:
        begun.set()
        try:
            while True:
                go_on()
        finally:
            ended.set()

    monkeypatch.setattr(upload_routes, "from_zip", endless)
    with serving(Settings()) as port:
        client = begun_upload(port, 1)
        wait_until(begun.is_set)
        client.close()
        wait_until(ended.is_set)


def test_an_aborted_upload_frees_its_place() -> None:
    with serving(replace(Settings(), max_uploads=1)) as port:
        begun_upload(port, 9).close()

        def is_taken() -> bool:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            client.request("PUT", "/api/uploads/signals", table())
            reply = client.getresponse().read()
            client.close()
            return b"falling" in reply

        wait_until(is_taken)


def test_other_requests_are_answered_during_an_upload_and_further_uploads_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, done = threading.Event(), threading.Event()

    def waiting(file: Any, how: Any, go_on: Any) -> Any:
        begun.set()
        done.wait(PATIENCE)
        go_on()
        return upload_routes_from_zip(file, how, go_on)

    upload_routes_from_zip = upload_routes.from_zip
    monkeypatch.setattr(upload_routes, "from_zip", waiting)
    with serving(replace(Settings(), max_uploads=1)) as port:
        first = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        first.request("PUT", "/api/uploads/pictures", zipped(pictures()).getvalue())
        wait_until(begun.is_set)
        second = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        second.request("GET", "/api/recipe")
        assert json.load(second.getresponse())["dataset"] == "drawn"
        second.request("PUT", "/api/uploads/pictures", b"x")
        reply = second.getresponse()
        assert (reply.status, json.load(reply)["error"]["code"]) == (429, "too_many_uploads")
        done.set()
        assert json.load(first.getresponse())["counts"] == [10, 10]
        first.close()
        second.close()


def pieces_of(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def test_an_upload_has_a_longer_time_limit_than_other_requests() -> None:
    body = zipped(pictures()).getvalue()
    arrived = threading.Event()
    settings = Settings(request_seconds=0.3, upload_seconds=60)
    with serving(settings) as port:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

        def slowly() -> Iterator[bytes]:
            for piece in pieces_of(body, len(body) // 3):
                arrived.wait(0.3)
                yield piece

        client.request("PUT", "/api/uploads/pictures", slowly(), {"Content-Length": str(len(body))})
        assert json.load(client.getresponse())["counts"] == [10, 10]
        client.close()


def test_an_upload_that_never_ends_is_cut_off() -> None:
    with serving(Settings(request_seconds=0.2, upload_seconds=0.4)) as port:
        client = begun_upload(port, 9)
        with suppress(ConnectionResetError):
            assert client.recv(1000) == b""
        client.close()
