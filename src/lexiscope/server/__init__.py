"""The page's server: one open model, typed routes, and the built page.

`create_app(path)` opens a run, a model or a vectors file read-only and gives the ASGI application.
A route module is thin: it checks what was asked, lets `inspection` and `vectors` compute it, and
puts it into a payload (`payloads`); `exchange` sends it with its address's tag, from a bounded
cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lexiscope.server.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> object:
    """Imports the application at its first use: FastAPI is loaded by nobody else."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lexiscope.server.app import create_app

    return create_app
