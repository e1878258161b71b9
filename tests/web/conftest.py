"""A client in the same process, for everything that needs no socket."""

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
    """A browser's page, as far as the server can tell."""
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1:8765", raise_server_exceptions=False) as client:
        yield client
