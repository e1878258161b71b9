"""Only requests to allowed host names and from the server's own pages are answered; headers of replies."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from server.web.app import create_app
from server.web.security import HEADERS
from server.web.settings import Settings
from tests.web.helpers import ok, problem


@pytest.mark.parametrize(
    ("method", "path", "host"),
    [
        ("GET", "/", "127.0.0.1:8765"),
        ("GET", "/static/js/core/store.js", "127.0.0.1:8765"),
        ("GET", "/static/vendor/plotly.min.js", "127.0.0.1:8765"),
        ("GET", "/openapi.json", "127.0.0.1:8765"),
        ("GET", "/api/recipe", "127.0.0.1:8765"),
        ("GET", "/api/nothing", "127.0.0.1:8765"),
        ("DELETE", "/api/runs", "127.0.0.1:8765"),
        ("GET", "/", "evil.example"),
    ],
)
def test_every_reply_carries_the_security_headers(
    client: TestClient, method: str, path: str, host: str
) -> None:
    reply = client.request(method, path, headers={"Host": host})
    for name, value in HEADERS.items():
        assert reply.headers[name] == value
    assert "cache-control" in reply.headers


def test_the_content_security_policy_allows_this_server_and_nothing_unsafe() -> None:
    directives = dict(part.split(" ", 1) for part in HEADERS["content-security-policy"].split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["connect-src"] == "'self'"
    assert "'unsafe-inline'" not in HEADERS["content-security-policy"]
    assert "'unsafe-eval'" not in HEADERS["content-security-policy"]


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765", "[::1]:8765"])
def test_loopback_names_are_answered(client: TestClient, host: str) -> None:
    ok(client.get("/api/recipe", headers={"Host": host}))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:8765", ""],
)
@pytest.mark.parametrize("path", ["/", "/api/recipe", "/static/js/core/store.js"])
def test_other_host_names_are_refused_with_the_option_that_allows_them(
    client: TestClient, host: str, path: str
) -> None:
    refused = problem(client.get(path, headers={"Host": host}), 403)
    assert refused.code == "wrong_host"
    assert "--allowed-hosts" in refused.message


def test_an_allowed_host_name_is_answered() -> None:
    app = create_app(Settings(hosts=frozenset({"class.example"})))
    with TestClient(app, base_url="http://class.example") as client:
        ok(client.get("/api/recipe"))
        ok(client.get("/api/recipe", headers={"Origin": "https://class.example"}))


@pytest.mark.parametrize(
    ("host", "status"),
    [("192.168.7.5:8765", 200), ("192.168.7.6:8765", 403), ("192.168.7.5", 403), ("evil.example:8765", 403)],
)
def test_a_server_on_all_addresses_answers_to_the_one_that_the_client_reached(host: str, status: int) -> None:
    app = create_app(replace(Settings(), any_own_address=True))
    with TestClient(app, base_url="http://192.168.7.5:8765") as client:
        assert client.get("/api/recipe", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8765", "HTTP://127.0.0.1:8765"])
def test_requests_from_the_servers_own_pages_are_answered(client: TestClient, origin: str) -> None:
    ok(client.post("/api/runs", headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}))


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:9999",
        "http://localhost:8765",
        "file://",
    ],
)
def test_requests_from_other_origins_are_refused(client: TestClient, origin: str) -> None:
    assert problem(client.post("/api/runs", headers={"Origin": origin}), 403).code == "wrong_origin"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_can_link_to_the_page_but_not_read_the_api(client: TestClient, site: str) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": site}).status_code == 200
    assert problem(client.get("/api/recipe", headers={"Sec-Fetch-Site": site}), 403).code == "wrong_origin"


def test_web_sockets_are_refused(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/runs"):
        pass


def test_api_replies_are_not_cached_and_files_are_revalidated(client: TestClient) -> None:
    assert client.get("/api/recipe").headers["cache-control"] == "no-store"
    script = client.get("/static/js/core/store.js")
    assert script.headers["cache-control"] == "no-cache"
    again = client.get("/static/js/core/store.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["content-security-policy"] == HEADERS["content-security-policy"]
