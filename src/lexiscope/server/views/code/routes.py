"""The program: a run's script, the source behind it, its options, and what to try."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from lexiscope.inspection import Recording, json_steps
from lexiscope.server.exchange import ExchangeDependency, Service
from lexiscope.server.program import (
    captured,
    experiments,
    plan_of,
    recorded_flags,
    sections,
    train_command,
    trained_flags,
)
from lexiscope.server.script import run_command, script_of
from lexiscope.server.views.code import payloads
from lexiscope.server.wire import Encoded, encode

router = APIRouter()


@router.get("/api/program", response_model=payloads.Program)
async def program(exchange: ExchangeDependency) -> Response:
    """What trained what is open."""
    return await exchange.reply(lambda: encode(_program(exchange.service)))


def _program(service: Service) -> payloads.Program:
    subject = service.subject
    recording, training = subject.recording, subject.training
    if recording is not None:
        return payloads.Program(
            origin="record",
            script=script_of(recording),
            command=run_command(recording),
            captured=captured(recording),
            plan=plan_of(recording),
            sections=sections("record", recorded_flags(recording)),
            options=service.options,
            experiments=experiments(recording),
        )
    return payloads.Program(
        origin="train" if training else "elsewhere",
        script=None,
        command=train_command(subject.vectors.metadata) if training else None,
        captured=[],
        plan=None,
        sections=sections("train", trained_flags(training)) if training else [],
        options=service.options,
        experiments=experiments(),
    )


@router.get("/api/program/files", response_model=payloads.ExportedFiles)
async def exported_files(exchange: ExchangeDependency) -> Response:
    """What an export of the run writes, with sizes."""

    def make() -> Encoded:
        recording: Recording = exchange.subject.recorded()
        sizes = json_steps.sizes(recording)
        return encode(
            payloads.ExportedFiles(
                files=[
                    payloads.ExportedFile(
                        name=one.name, holds=one.holds, bytes=one.bytes, files=one.files
                    )
                    for one in sizes
                ]
            )
        )

    return await exchange.reply(make)
