"""Application beside a run that is being trained: its page, what it tells, and what it is asked.

What the run tells comes as server-sent events. Each reader has a place of its own in what the run
keeps (`LiveRun.since`), so that one who is slow, or comes late, waits for nobody and holds up none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from lexiscope._version import __version__
from lexiscope.server import problems, site
from lexiscope.server.payloads.base import fit_texts
from lexiscope.server.safety import Guard
from lexiscope.training.watching.live import Ask, LiveRun

MOST_READERS = 32
# How often a reader's place is compared with what there is; a page shows five pictures a second.
LOOK_SECONDS = 0.2
# A line without meaning, by which a reader that has gone is noticed.
ALIVE_SECONDS = 15.0
# A header that a page elsewhere cannot send without asking first, which is never granted.
ASKED_BY = "x-lexiscope"

router = APIRouter(include_in_schema=False)


class _Readers:
    """Those who read the events now."""

    def __init__(self) -> None:
        self.count = 0


def create_live_app(live: LiveRun, host: str = "127.0.0.1") -> FastAPI:
    """The application that shows a run while it is trained.

    Args:
        live: The run.
        host: What it will listen at: requests that name another host are refused.
    """
    app = FastAPI(
        title="Lexiscope",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.live = live
    app.state.readers = _Readers()
    app.state.site = site.load()
    app.include_router(router)
    app.include_router(site.router)
    problems.add_handlers(app)
    app.add_middleware(Guard, host=host)
    return app


@router.get("/api/subject")
async def subject() -> Response:
    """There is no model yet."""
    return problems.problem(
        404, "a run is being trained here, and nothing else is open: see #/watch"
    )


@router.get("/api/watch")
async def watch(request: Request) -> Response:
    """What the run tells: first all of it (`whole`), then each change (`change`)."""
    readers: _Readers = request.app.state.readers
    if readers.count >= MOST_READERS:
        return problems.problem(503, f"{MOST_READERS} pages watch this run already; close one")
    return StreamingResponse(
        _events(request.app.state.live, readers),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(live: LiveRun, readers: _Readers) -> AsyncIterator[bytes]:
    readers.count += 1
    try:
        version, silent = 0, 0.0
        while True:
            if live.version > version:
                kind = "change" if version else "whole"
                change, version = live.since(version)
                yield _event(kind, change)
                silent = 0.0
                if "end" in change:
                    return
            elif silent >= ALIVE_SECONDS:
                yield b":\n\n"
                silent = 0.0
            await asyncio.sleep(LOOK_SECONDS)
            silent += LOOK_SECONDS
    finally:
        readers.count -= 1


def _event(kind: str, change: dict[str, Any]) -> bytes:
    body = json.dumps(fit_texts(change), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {body}\n\n".encode("utf-8", "replace")


@router.post("/api/watch/pause")
async def pause(request: Request) -> Response:
    """Holds the run after the stretch under way."""
    return await _ask(request, "pause")


@router.post("/api/watch/go-on")
async def go_on(request: Request) -> Response:
    """Lets it go on."""
    return await _ask(request, "go on")


@router.post("/api/watch/stop")
async def stop(request: Request) -> Response:
    """Stops it with a checkpoint, as Ctrl-C does."""
    return await _ask(request, "stop")


async def _ask(request: Request, what: Ask) -> Response:
    reason = _not_ours(request)
    if reason:
        return problems.problem(403, reason)
    live: LiveRun = request.app.state.live
    # In a thread: who is told of it may write to a terminal that does not take it.
    if not await asyncio.get_running_loop().run_in_executor(None, live.ask, what):
        return problems.problem(409, f"the run has been trained: it can no longer {what}")
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


def _not_ours(request: Request) -> str:
    """Why a request that changes something is not from this very page; "" where it is."""
    origins = request.headers.getlist("origin")
    host = request.headers.get("host", "")
    if any(urlsplit(origin).netloc != host for origin in origins):
        return f"the request comes from a page of {origins[0][:100]!r}; only this page may ask that"
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return "the request comes from another page; only this page may ask that"
    if request.headers.get(ASKED_BY) != "watch":
        return f"the request has no header {ASKED_BY}: watch; the page sends it"
    return ""
