"""The page, and its static files."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.templating import Jinja2Templates
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from server.web import page_files
from server.web.identity import identified

router = APIRouter(include_in_schema=False)


@router.get("/")
def index(request: Request) -> Response:
    """The page. The response sets the cookie of a new browser."""
    templates: Jinja2Templates = request.app.state.templates
    page = templates.TemplateResponse(request, "index.html", {"max_upload": request.app.settings.max_upload})
    identified(request, page)
    return page


@router.get("/static/vendor/plotly.min.js")
async def plotly(request: Request) -> Response:
    """Plotly's script, from the installed Python package."""
    files: StaticFiles = request.app.state.plotly
    response = await files.get_response("plotly.min.js", request.scope)
    response.headers["cache-control"] = "private, max-age=86400"
    return response


def install(app: FastAPI) -> None:
    """Add the page and its files to `app`."""
    app.state.templates = Jinja2Templates(page_files.folder("templates"))
    app.state.plotly = StaticFiles(directory=page_files.plotly())
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=page_files.folder("static")))
