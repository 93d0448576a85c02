"""The built page itself: its files are read once at the start, and asked for by name only."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lexiscope.server.exchange import CHECK, FOREVER, encoded_response, tag_matches
from lexiscope.server.wire import Encoded, compressed

router = APIRouter(include_in_schema=False)

INDEX = "index.html"
TEMPLATE = "page.html"
# A name with a hash of its content, as Vite gives it: index-BjXDYOl5.js.
_HASHED = re.compile(r"^/assets/.*-[\w-]{8}\.\w+$")
HOW_TO_BUILD = "the page has not been built; build it with `npm ci && npm run build` in web/"

_MISSING = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Lexiscope</title>
<h1>The page is not here</h1>
<p>This copy of Lexiscope came without its page: {HOW_TO_BUILD.replace("`", "")} of the source
(it needs <a href="https://nodejs.org">Node 20</a>), or install the published package.
<p>The data is being served all the same: see <a href="/api/subject">/api/subject</a> and
<a href="/api/openapi.json">/api/openapi.json</a>.
</html>
"""


@dataclass(frozen=True)
class SiteFile:
    """A file of the built page.

    Attributes:
        content: Its bytes.
        tag: Their entity tag.
    """

    content: Encoded
    tag: str


def folder() -> Path:
    """Where the build lies."""
    return Path(str(files("lexiscope.server"))) / "static"


def is_built() -> bool:
    """Whether the page is there."""
    return (folder() / INDEX).is_file()


def load() -> dict[str, SiteFile]:
    """Every file of the built page by its address; empty where it has not been built."""
    found: dict[str, SiteFile] = {}
    if not is_built():
        return found
    root = folder()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != TEMPLATE:
            media = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            if media in ("text/javascript", "text/css", "text/html"):
                media += "; charset=utf-8"
            body = path.read_bytes()
            tag = f'W/"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
            name = f"/{path.relative_to(root).as_posix()}"
            found[name] = SiteFile(compressed(body, media), tag)
    return found


@router.get("/")
async def index(request: Request) -> Response:
    """The page."""
    site: dict[str, SiteFile] = request.app.state.site
    found = site.get(f"/{INDEX}")
    if found is None:
        return HTMLResponse(_MISSING, status_code=503, headers={"Cache-Control": "no-store"})
    return _send(request, found, CHECK)


@router.get("/{path:path}")
async def file(request: Request) -> Response:
    """A file of the page, found among the names that were there at the start."""
    path = request.scope["path"]
    site: dict[str, SiteFile] = request.app.state.site
    found = site.get(path)
    if found is None:
        raise HTTPException(404)
    return _send(request, found, FOREVER if _HASHED.search(path) else CHECK)


def _send(request: Request, found: SiteFile, caching: str) -> Response:
    headers = {"ETag": found.tag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if tag_matches(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return encoded_response(request, found.content, headers)
