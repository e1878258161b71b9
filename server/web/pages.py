"""The page, and its files.

The page is packed (`server.web.packed_page`) when it is first asked for: it and its files are those of that
moment. What it shows first is sent with it as soon as that is prepared. With the setting `reload_page` the
page names the files in the folder "static", and all are read anew for each request.
"""

from collections.abc import Mapping
from functools import cache

from anyio import to_thread
from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from server.web import page_files
from server.web.first_sight import first_sight
from server.web.identity import identified
from server.web.packed_page import PACKED, PackedPage, pack
from server.web.settings import Settings
from server.web.stored_file import FOR_A_DAY, FOR_EVER, REVALIDATED, StoredFile

router = APIRouter(include_in_schema=False)


@router.get("/")
def index(request: Request) -> Response:
    """The page. The response sets the cookie of a new browser."""
    settings: Settings = request.app.settings
    if settings.reload_page:
        page: Response = HTMLResponse(page_files.page(settings.max_upload))
    else:
        file: StoredFile | None = request.app.state.page
        page = (file or _page(settings.max_upload)).reply(request)
    identified(request, page)
    return page


@router.get(PACKED + "{name:path}")
def packed(request: Request, name: str) -> Response:
    """A file of the packed page."""
    settings: Settings = request.app.settings
    file = _files(settings.max_upload).get(PACKED + name)
    if file is None:
        raise HTTPException(404)
    return file.reply(request)


@router.get("/static/vendor/plotly.min.js")
def plotly(request: Request) -> Response:
    """Plotly's script, from the installed Python package."""
    return _plotly().reply(request)


def install(app: FastAPI) -> None:
    """Add the page and its files to `app`."""
    app.state.page = None
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=page_files.folder("static")))


async def prepare(app: FastAPI) -> None:
    """Prepare the first run, and send what a page shows first with the page from then on. Refusal."""
    sight = await first_sight(app.state.runs)
    # In a script, a "<" could begin its end.
    data = sight.model_dump_json().replace("<", "\\u003c")
    script = f'<script id="first-sight" type="application/json">{data}</script>'
    app.state.page = await to_thread.run_sync(_page, app.state.runs.settings.max_upload, script)


@cache
def _packed(max_upload: int) -> PackedPage:
    return pack(page_files.page(max_upload), page_files.static())


@cache
def _page(max_upload: int, first_sight: str = "") -> StoredFile:
    html = _packed(max_upload).html.replace("</body>", f"{first_sight}</body>")
    return StoredFile.of(html.encode(), "index.html", REVALIDATED)


@cache
def _files(max_upload: int) -> Mapping[str, StoredFile]:
    files = _packed(max_upload).files
    return {path: StoredFile.of(content, path, FOR_EVER) for path, content in files.items()}


@cache
def _plotly() -> StoredFile:
    path = page_files.plotly()
    return StoredFile.of(path.read_bytes(), path.name, FOR_A_DAY)
