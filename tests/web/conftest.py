"""A server on a port, and a client in the same process for tests that need no socket."""

import shutil
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from server.data.disk_cache import cache_folder
from server.web.app import create_app
from server.web.settings import Settings
from tests.web.helpers import serving


@pytest.fixture(autouse=True)
def no_runs_of_other_tests() -> None:
    """Empty the cache of runs, so that each test computes its own."""
    shutil.rmtree(cache_folder() / "trained", ignore_errors=True)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A client whose requests look like those of the page in a browser."""
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    """The port of a server of the test's own."""
    with serving(settings) as port:
        yield port
