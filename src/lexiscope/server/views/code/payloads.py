"""The code view: source, options, experiments."""

from __future__ import annotations

from lexiscope.server.payloads.base import Payload
from lexiscope.server.payloads.program import CommandOption, Experiment, ProgramSection


class Program(Payload):
    """The training program (`GET /api/program`)."""

    sections: list[ProgramSection]
    options: list[CommandOption]
    experiments: list[Experiment]
