"""The page and its files."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.web import page_files


def test_the_page_is_html_and_all_its_links_are_served(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:src|href)="(/[^"]*)"', page.text)
    assert any(name.endswith(".js") for name in named)
    for name in named:
        assert client.get(name).status_code == 200, name


def test_the_page_links_to_no_other_host(client: TestClient) -> None:
    named = re.findall(r'(?:src|href)="([^"]*)"', client.get("/").text)
    assert not [name for name in named if re.match(r"(?:[a-z]+:)?//", name)]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/static/js/core/store.js", "text/javascript; charset=utf-8"),
        ("/static/vendor/plotly.min.js", "text/javascript; charset=utf-8"),
    ],
)
def test_scripts_have_the_content_type_of_javascript(
    client: TestClient, path: str, content_type: str
) -> None:
    assert client.get(path).headers["content-type"] == content_type


def test_plotly_comes_from_the_installed_package_and_is_cached(client: TestClient) -> None:
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    script = client.get("/static/vendor/plotly.min.js")
    assert script.content == (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_bytes()
    assert script.headers["cache-control"] == "private, max-age=86400"
    again = client.get("/static/vendor/plotly.min.js", headers={"If-None-Match": script.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_files_of_a_checkout_are_beside_the_package() -> None:
    root = Path(__file__).parents[2]
    assert page_files.folder("static") == root / "static"
    assert page_files.folder("templates") == root / "templates"
