"""A client in the same process, for tests that need no socket."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from server.web.app import create_app
from server.web.settings import Settings


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A client whose requests look like those of the page in a browser."""
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        yield client
