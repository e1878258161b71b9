"""A secret cookie names a browser; the server keeps only its hash."""

import re
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from server.web.app import create_app
from tests.web.helpers import new_run

PLAYER = "/api/players/" + "5e" * 16


def test_the_page_gives_its_browser_a_secret_that_no_script_and_no_other_site_has(client: TestClient) -> None:
    cookie = client.get("/").headers["set-cookie"]
    assert re.fullmatch(r"backscope=[0-9a-f]{32}; HttpOnly; Path=/; SameSite=strict", cookie)
    assert "set-cookie" not in client.get("/").headers, "the browser keeps its secret"


def test_the_first_command_of_a_program_gives_it_a_secret(client: TestClient) -> None:
    wish = {"run": new_run(client)}
    assert "set-cookie" in client.put(PLAYER, json=wish).headers
    assert "set-cookie" not in client.put(PLAYER, json=wish).headers


@pytest.mark.parametrize("damaged", ["", "x", "5E" * 16, "5e" * 15, "5e" * 17, "5e" * 15 + "5\u00ad"])
def test_a_damaged_cookie_is_replaced(client: TestClient, damaged: str) -> None:
    reply = client.get("/", headers={b"cookie": f"backscope={damaged}".encode()})
    assert re.search(r"backscope=[0-9a-f]{32};", reply.headers["set-cookie"])


def test_only_the_hash_of_the_secret_is_kept() -> None:
    app = create_app()
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        client.put(PLAYER, json={"run": new_run(client)})
        secret = client.cookies["backscope"]
        owner = app.state.players.players["5e" * 16].player.owner
    assert owner == sha256(secret.encode()).hexdigest()
