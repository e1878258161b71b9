"""The application: the gate, the error shape, the API and the page, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from server.web import (
    data_routes,
    errors,
    explain_routes,
    network_routes,
    pages,
    picture_routes,
    routes,
    survey_routes,
    sweep_routes,
    upload_routes,
    why_routes,
)
from server.web.downloads import Downloads
from server.web.features import FeatureStore
from server.web.runs import RunStore
from server.web.security import Gate
from server.web.settings import Settings
from server.web.surveys import SurveyStore
from server.web.sweeps import SweepStore
from server.web.uploads import Uploads


class Backscope(FastAPI):
    """FastAPI with the gate before everything else, even before what answers when the server itself fails."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            title="Backscope",
            version="1",
            description="A microscope for backpropagation: train a network, read every number.",
            docs_url=None,
            redoc_url=None,
            max_body_size=settings.max_body,
            lifespan=_lifespan,
            generate_unique_id_function=_route_name,
        )
        self.settings = settings
        self.state.runs = RunStore(settings)
        self.state.surveys = SurveyStore()
        self.state.sweeps = SweepStore()
        self.state.downloads = Downloads()
        self.state.uploads = Uploads(settings)
        self.state.features = FeatureStore()

    def build_middleware_stack(self) -> ASGIApp:
        """The application behind its gate."""
        return Gate(super().build_middleware_stack(), self.settings)


def create_app(settings: Settings | None = None) -> Backscope:
    """A server's application, with runs of its own."""
    settings = settings or Settings()
    app = Backscope(settings)
    errors.install(app, settings)
    app.include_router(routes.router)
    app.include_router(explain_routes.router)
    app.include_router(network_routes.router)
    app.include_router(survey_routes.router)
    app.include_router(sweep_routes.router)
    app.include_router(data_routes.router)
    for uploading in (upload_routes, picture_routes):
        app.include_router(uploading.router, max_body_size=settings.max_upload)
    app.include_router(why_routes.router)
    pages.install(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.sweeps.close()
    await app.state.surveys.close()
    app.state.downloads.close()
    await app.state.runs.close()


def _route_name(route: APIRoute) -> str:
    return route.name
