"""The application: gate, error replies, API, and page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from anyio import CapacityLimiter
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from server.errors import Refusal
from server.web import errors, pages
from server.web.body_limits import COMMAND, EMPTY, BodyLimits
from server.web.downloads import Downloads
from server.web.evaluation_store import EvaluationStore
from server.web.event_stream import describe_events
from server.web.feature_store import FeatureStore
from server.web.hot_paths import HotPaths
from server.web.player_store import PlayerStore
from server.web.routes import (
    data,
    evaluations,
    explanations,
    learning,
    networks,
    pictures,
    players,
    runs,
    saliency,
    sweeps,
    uploads,
)
from server.web.run_store import RunStore
from server.web.security import Gate
from server.web.settings import Settings
from server.web.sweep_store import SweepStore
from server.web.uploads import Uploads


class Backscope(FastAPI):
    """FastAPI behind the gate. Replies to errors of the server itself pass the gate too."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            title="Backscope",
            version="1",
            description="A microscope for backpropagation: train a network, read every number.",
            docs_url=None,
            redoc_url=None,
            max_body_size=COMMAND,
            lifespan=_lifespan,
            generate_unique_id_function=_route_name,
        )
        self.settings = settings
        self.state.runs = RunStore(settings)
        self.state.players = PlayerStore(self.state.runs)
        self.state.evaluations = EvaluationStore()
        self.state.sweeps = SweepStore()
        self.state.downloads = Downloads()
        self.state.uploads = Uploads(settings)
        self.state.features = FeatureStore()
        self.state.parsing = CapacityLimiter(settings.max_parsing)
        self.limits = BodyLimits()

    def openapi(self) -> dict[str, Any]:
        """The description of the API, with the events of its streams."""
        if self.openapi_schema is None:
            describe_events(super().openapi())
        return super().openapi()

    def build_middleware_stack(self) -> ASGIApp:
        """The application behind its gate."""
        return Gate(super().build_middleware_stack(), self.settings, self.limits)


def create_app(settings: Settings | None = None) -> Backscope:
    """An application with its own runs."""
    settings = settings or Settings()
    app = Backscope(settings)
    errors.install(app, app.limits)
    app.add_middleware(HotPaths, runs=app.state.runs, players=app.state.players)
    for resource in (runs, players, explanations, learning, networks, evaluations, sweeps, data, saliency):
        _include(app, resource.router, EMPTY)
    for resource in (uploads, pictures):
        _include(app, resource.router, settings.max_upload)
    pages.install(app)
    return app


def _include(app: Backscope, router: APIRouter, max_body: int) -> None:
    """Add a router whose routes take bodies of at most `max_body` bytes, unless they declare a limit."""
    app.limits.add(router, max_body)
    app.include_router(router, max_body_size=max_body)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Kept, because the event loop keeps only a weak reference to a task.
    preparing = asyncio.create_task(_prepare(app)) if app.state.runs.settings.prepare_first_run else None
    yield
    if preparing is not None:
        preparing.cancel()
    await app.state.sweeps.close()
    await app.state.evaluations.close()
    app.state.downloads.close()
    app.state.players.close()
    await app.state.runs.close()


async def _prepare(app: FastAPI) -> None:
    """Prepare the first run. Where that is refused, a page asks for its run itself, and is told why."""
    with suppress(Refusal):
        await pages.prepare(app)


def _route_name(route: APIRoute) -> str:
    return route.name
