"""The program for people: annotated source, options of commands, experiments."""

from __future__ import annotations

from pydantic import Field

from lexiscope.server.payloads.base import Payload


class CodeLine(Payload):
    """A line of code with what it does.

    Attributes:
        text: As in the source.
        note: What the line does, in a sentence or two; None where it needs none.
        link: Address of the view that shows it at work (`#/walkthrough?at=softmax`), or None.
    """

    text: str
    note: str | None = None
    link: str | None = None


class Model(Payload):
    """`lexiscope.reference`: the model in PyTorch (`GET /api/model`)."""

    path: str
    first_line: int
    lines: list[CodeLine]


class SourcePart(Payload):
    """A function or class as it stands in the project's source.

    Attributes:
        path: Of the file, from the package's folder.
        name: Of the function or class.
        first_line: Its number in the file.
    """

    path: str
    name: str
    first_line: int
    lines: list[CodeLine]


class ProgramSection(Payload):
    """A section of the training program, shown from the project's own source.

    Attributes:
        key: `corpus`, `pairs`, `model`, `loop`, `recording`, `projection` or `command-line`.
        title: For people.
        summary: What the section is about.
        parts: Its functions, in the order to read them.
    """

    key: str
    title: str
    summary: str
    parts: list[SourcePart]
    links: list[tuple[str, str]] = Field(description="Label and address of the views it feeds")


class CommandOption(Payload):
    """An option of a command with its default, as `--help` shows them."""

    command: str
    name: str
    default: str
    help: str


class Experiment(Payload):
    """Something to try, as a command that runs as it stands."""

    title: str
    command: str
    expect: str
