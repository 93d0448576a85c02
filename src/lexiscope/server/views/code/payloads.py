"""The code view: the script of a run, source, options, experiments."""

from __future__ import annotations

from typing import Literal

from lexiscope.server.payloads.base import Payload
from lexiscope.server.payloads.program import (
    CapturedField,
    CommandOption,
    Experiment,
    ProgramSection,
    RecordingPlan,
    Script,
)


class Program(Payload):
    """What trained what is open, and what can be tried (`GET /api/program`).

    Attributes:
        origin: `record`, `train`, or `elsewhere`: nothing here trained it, and there is no program.
        script: Of a recorded run, where its recording holds all that it needs.
        command: Runs the script, or trains such a model again; None where there is no such line.
        captured: What is known of each step of a recorded run, or empty.
        plan: Of a recording.
        sections: The source of what trained it, or empty.
    """

    origin: Literal["record", "train", "elsewhere"]
    script: Script | None
    command: str | None
    captured: list[CapturedField]
    plan: RecordingPlan | None
    sections: list[ProgramSection]
    options: list[CommandOption]
    experiments: list[Experiment]


class ExportedFile(Payload):
    """A file of `lexiscope export RUN --to json-steps`.

    Attributes:
        name: In the folder; `steps/` stands for all of its files.
        holds: In a few words.
        bytes: As written; of `steps/` and `embeddings_timeline.json` reckoned from a few steps;
            None where only writing it would tell.
        files: How many, 1 but for `steps/`.
    """

    name: str
    holds: str
    bytes: int | None
    files: int


class ExportedFiles(Payload):
    """The tree of files that a recorded run can be exported to (`GET /api/program/files`)."""

    files: list[ExportedFile]
