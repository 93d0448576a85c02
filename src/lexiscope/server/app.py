"""The application: routes, guard and errors put together around one open subject."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from os import PathLike
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from lexiscope._version import __version__
from lexiscope.server import problems, site
from lexiscope.server.compared import ComparedModels
from lexiscope.server.exchange import Service
from lexiscope.server.payloads.base import BinaryPayload
from lexiscope.server.payloads.program import CommandOption
from lexiscope.server.payloads.single_file import WholeVectors
from lexiscope.server.safety import Guard, HeadAsGet
from lexiscope.server.subject import OpenSubject
from lexiscope.server.transformer import Transformer
from lexiscope.server.views.registry import VIEWS
from lexiscope.server.wire import BINARY

# No route answers with these; they stand in the single file.
_IN_THE_FILE: tuple[type[BinaryPayload], ...] = (WholeVectors,)


def create_app(
    path: str | PathLike[str],
    *,
    host: str = "127.0.0.1",
    options: Sequence[CommandOption] = (),
    model: str | PathLike[str] | None = None,
    output_vectors: str | PathLike[str] | None = None,
    compared: ComparedModels | None = None,
) -> FastAPI:
    """Opens a path and gives the application that shows it.

    Args:
        path: A recorded run, a model folder or any supported vectors file.
        host: What it will listen at: requests that name another host are refused.
        options: The commands' options, for the code view; the command line knows them.
        model: A pretrained transformer for the contextual view: a folder, or an id on the Hugging
            Face hub. It is loaded when the view is first opened.
        output_vectors: Vectors that are W′ of the same words, where the path has none.
        compared: The comparison of the path's model with another, for the view of both.

    Raises:
        FormatError: There is nothing, or nothing that is known, or it is damaged; or there is no
            such transformer.
        MissingExtraError: What runs transformers is not installed.
    """
    transformer = None if model is None else Transformer(model)
    subject = OpenSubject.open(path, transformer, output_vectors, compared)
    app = app_of(subject, options, host)
    app.state.site = site.load()
    return app


def app_of(
    subject: OpenSubject, options: Sequence[CommandOption] = (), host: str = "127.0.0.1"
) -> FastAPI:
    """The application around a subject that is open, without the files of the page.

    Args:
        subject: What is shown.
        options, host: As for `create_app`.
    """
    app = describe(host)
    app.state.service = Service(subject, options)
    app.state.site = {}
    return app


def describe(host: str = "127.0.0.1") -> FastAPI:
    """The application with all its routes and nothing open: enough for its OpenAPI."""
    app = FastAPI(
        title="Lexiscope",
        version=__version__,
        description="One trained model, its recording and its vectors; read only.",
        docs_url=None,  # those pages load their scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=problems.DECLARED,
        lifespan=_lifespan,
    )
    for view in VIEWS:
        app.include_router(view.router)
    app.include_router(site.router)
    problems.add_handlers(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Guard, host=host)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    warming = asyncio.get_running_loop().run_in_executor(service.executor, service.subject.warm)
    yield
    warming.cancel()
    service.close()


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with the binary routes' payloads and arrays among its schemas."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        schemas = document["components"]["schemas"]
        binaries = _binary_payloads(document)
        wanted = [(payload, "serialization") for payload in binaries]
        _, extra = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
        schemas.update(extra["$defs"])
        for payload in binaries:
            schemas[payload.__name__]["x-arrays"] = {
                name: array.described() for name, array in payload.arrays.items()
            }
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        app.openapi_schema = document
    return app.openapi_schema


def _binary_payloads(document: dict[str, Any]) -> list[type[BinaryPayload]]:
    named = {
        answer["content"][BINARY]["x-payload"]
        for path in document["paths"].values()
        for answer in [path["get"]["responses"]["200"]]
        if BINARY in answer.get("content", {})
    }
    by_name = {payload.__name__: payload for payload in BinaryPayload.__subclasses__()}
    return [*(by_name[name] for name in sorted(named)), *_IN_THE_FILE]
