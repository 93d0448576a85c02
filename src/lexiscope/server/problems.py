"""Errors of requests, and their answer, a `Problem`: one line, and words spelled alike."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from lexiscope.errors import ConfigError, CorpusError, LexiscopeError
from lexiscope.server.payloads.base import Problem
from lexiscope.server.wire import JSON
from lexiscope.shown import shown
from lexiscope.vectors import UnknownWordError

_log = logging.getLogger(__name__)


class NothingToShowError(LexiscopeError):
    """What was asked for is not in what is open: the message says how it could be made."""


class UnknownRowError(LexiscopeError):
    """There is no such sentence or step."""


class AnotherSubjectError(LexiscopeError):
    """The address was made for a subject that is not the one that is open."""


class ModelNotLoadedError(LexiscopeError):
    """The transformer cannot be loaded; the message says why."""


class BusyError(LexiscopeError):
    """So many wait already that a further one would wait too long."""


# Which errors of the library are the address's fault (404; 409 where it was right once), which the
# parameters' (422), and which nobody's who asks (503).
_STATUS: tuple[tuple[type[LexiscopeError], int], ...] = (
    (UnknownWordError, 404),
    (NothingToShowError, 404),
    (UnknownRowError, 404),
    (AnotherSubjectError, 409),
    (ConfigError, 422),
    (CorpusError, 422),
    (ModelNotLoadedError, 503),
    (BusyError, 503),
)

DECLARED: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The Host header names another host"},
    404: {"model": Problem, "description": "There is no such word, step or view here"},
    409: {"model": Problem, "description": "The address was made for another subject (`v`)"},
    414: {"model": Problem, "description": "The address is longer than 64 kB"},
    422: {"model": Problem, "description": "A parameter is out of its range"},
    503: {"model": Problem, "description": "The transformer cannot be loaded, or is too busy"},
}


def add_handlers(app: FastAPI) -> None:
    """Lets an application answer every error with a `Problem`."""
    app.add_exception_handler(LexiscopeError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_fault)


async def _on_error(_request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    suggestions = error.suggestions if isinstance(error, UnknownWordError) else ()
    return problem(status, str(error), suggestions)


async def _on_invalid(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        return await _on_fault(_request, error)
    return problem(422, "; ".join(_complaint(wrong) for wrong in error.errors()[:5]))


def _complaint(error: Any) -> str:
    """One validation error in our words: which parameter, what was got, what was expected."""
    name = ".".join(str(part) for part in error["loc"][1:])
    if error["type"] == "missing":
        return f"{name} is missing"
    message = str(error["msg"])
    return f"{name} is {str(error.get('input'))[:100]!r}: {message[:1].lower()}{message[1:]}"


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _on_fault(request, error)
    reasons = {
        404: "there is nothing at this address; /api/openapi.json lists what there is",
        405: f"{request.method} is not answered; everything here is only read, with GET or HEAD",
    }
    reason = reasons.get(error.status_code, str(error.detail))
    headers = dict(error.headers or {})
    if "allow" in {name.lower() for name in headers}:
        headers = {"Allow": "GET, HEAD"}
    return problem(error.status_code, reason, headers=headers)


async def _on_fault(request: Request, error: Exception) -> Response:
    _log.error("%s failed", shown(request.scope["path"]), exc_info=error)
    return problem(500, f"this is a fault of the program ({type(error).__name__}); see its output")


def problem(
    status: int,
    reason: str,
    suggestions: Sequence[str] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """A failed request's answer."""
    content = Problem(error=reason, suggestions=list(suggestions))
    return Response(
        content.model_dump_json(),
        status_code=status,
        media_type=JSON,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
