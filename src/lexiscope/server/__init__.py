"""The page's server: one open model, typed routes, and the built page.

`create_app(path)` opens a run, a model or a vectors file read-only and gives the ASGI application.
A route module is thin: it checks what was asked, lets `inspection` and `vectors` compute it, and
puts it into a payload (`payloads`); `exchange` sends it with its address's tag, from a bounded
cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.server.app import create_app

# FastAPI is loaded by nobody else.
_LAZY = {"create_app": "lexiscope.server.app"}

__all__ = ["create_app"]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
