"""The program: the project's own source, section by section, its options, and what to try."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from lexiscope.server.exchange import ExchangeDependency
from lexiscope.server.program import experiments, sections
from lexiscope.server.views.code import payloads
from lexiscope.server.wire import encode

router = APIRouter()


@router.get("/api/program", response_model=payloads.Program)
async def program(exchange: ExchangeDependency) -> Response:
    """The training program."""
    service = exchange.service
    return await exchange.reply(
        lambda: encode(
            payloads.Program(
                sections=sections(), options=service.options, experiments=experiments()
            )
        )
    )
