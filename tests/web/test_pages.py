"""The page and its files."""

import json
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.web import page_files
from server.web.app import create_app
from server.web.settings import Settings
from server.web.stored_file import FOR_EVER
from tests.waiting import wait_until
from tests.web.helpers import ok

SIGHT = re.compile(r'<script id="first-sight" type="application/json">([^<]*)</script>')
PLOTLY = "/static/vendor/plotly.min.js"


def named(page: str) -> list[str]:
    """The addresses of this server in a page."""
    return re.findall(r'(?:src|href)="(/[^"]*)"', page)


def test_the_page_is_html_and_all_its_files_are_served(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert any(name.endswith(".js") for name in named(page.text))
    for name in named(page.text):
        assert client.get(name).status_code == 200, name


def test_the_page_links_to_no_other_host(client: TestClient) -> None:
    links = re.findall(r'(?:src|href)="([^"]*)"', client.get("/").text)
    assert not [link for link in links if re.match(r"(?:[a-z]+:)?//", link)]


def test_the_page_has_four_files_that_a_browser_keeps_for_ever(client: TestClient) -> None:
    names = named(client.get("/").text)
    assert [name.rpartition("/")[2] for name in names] == ["icon.svg", "page.css", "theme.js", "page.js"]
    for name in names:
        file = client.get(name)
        assert file.headers["cache-control"] == FOR_EVER
        assert file.headers["content-encoding"] == "gzip"


def test_the_page_itself_is_asked_for_again_and_sent_when_it_has_changed(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_it_shows_first_comes_with_the_page_and_is_what_the_server_answers(client: TestClient) -> None:
    app = create_app(replace(Settings(), prepare_first_run=True))
    with TestClient(app, base_url="http://127.0.0.1:8765") as prepared:
        wait_until(lambda: SIGHT.search(prepared.get("/").text))
        page = prepared.get("/")
        sight = json.loads(SIGHT.search(page.text)[1])
        run = sight["run"]["id"]
        assert ok(prepared.get("/api/runs/" + run)) == sight["run"]
        question = {"names": ["*"], "since": 0}
        reached = ok(prepared.post(f"/api/runs/{run}/iterations/0", json=question))
        assert reached["progress"].pop("sequence") > sight["reached"]["progress"].pop("sequence")
        assert reached == sight["reached"]
        assert ok(prepared.get("/api/recipe")) == sight["recipe"] == sight["run"]["recipe"]
        assert ok(prepared.get("/api/presets")) == sight["presets"]
        assert page.headers["etag"] != client.get("/").headers["etag"]
        assert SIGHT.sub("", page.text) == client.get("/").text
        assert 0 < int(page.headers["content-length"]) < 100_000


def test_the_address_of_other_content_is_not_served(client: TestClient) -> None:
    script = named(client.get("/").text)[-1]
    assert client.get(re.sub(r"[0-9a-f]{16}", "0" * 16, script)).status_code == 404


def test_the_page_can_be_reloaded_as_its_files_are_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text('<script type="module" src="/static/js/main.js"></script>')
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text("first();")
    page_files.templates.cache_clear()
    monkeypatch.setattr(page_files, "folder", lambda name: tmp_path)
    with TestClient(create_app(replace(Settings(), reload_page=True))) as client:
        client.base_url = "http://127.0.0.1:8765"
        (script,) = named(client.get("/").text)
        assert client.get(script).text == "first();"
        (tmp_path / "js" / "main.js").write_text("second();")
        (tmp_path / "index.html").write_text('<script src="/static/js/main.js"></script>changed')
        assert "changed" in client.get("/").text
        assert client.get(script).text == "second();"
    page_files.templates.cache_clear()


@pytest.mark.parametrize("path", ["/static/js/core/store.js", PLOTLY])
def test_scripts_have_the_content_type_of_javascript(client: TestClient, path: str) -> None:
    assert client.get(path).headers["content-type"] == "text/javascript; charset=utf-8"


def test_plotly_comes_from_the_installed_package_compressed_and_is_cached(client: TestClient) -> None:
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    script = client.get(PLOTLY)
    assert script.content == (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_bytes()
    assert int(script.headers["content-length"]) < len(script.content) / 2
    assert script.headers["cache-control"] == "private, max-age=86400"
    again = client.get(PLOTLY, headers={"If-None-Match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_files_of_a_checkout_are_beside_the_package() -> None:
    root = Path(__file__).parents[2]
    assert page_files.folder("static") == root / "static"
    assert page_files.folder("templates") == root / "templates"
