"""The program for people: annotated source, options of commands, experiments."""

from __future__ import annotations

from typing import Literal

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
    """The model of a recorded run in PyTorch, out of its script (`GET /api/model`)."""

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


class ScriptSection(Payload):
    """A part of a run's training script.

    Attributes:
        key: `corpus`, `pairs`, `draws` (where words are drawn, or a tree is made), `model`, `loop`
            or `result`.
        title: For people.
        summary: What the part is about.
        first_line: Its number in the script.
        lines: In order; the parts one after the other are the whole script.
    """

    key: str
    title: str
    summary: str
    first_line: int
    lines: list[CodeLine]
    links: list[tuple[str, str]] = Field(description="Label and address of the views it feeds")


class Script(Payload):
    """A recorded run's training from text to vectors, in PyTorch: it takes the very same steps."""

    file: str
    sections: list[ScriptSection]


class ProgramSection(Payload):
    """A section of the training program, shown from the project's own source.

    Attributes:
        key: An id of its own on the page.
        title: For people.
        summary: What the section is about.
        parts: Its functions, in the order to read them.
    """

    key: str
    title: str
    summary: str
    parts: list[SourcePart]
    links: list[tuple[str, str]] = Field(description="Label and address of the views it feeds")


class CapturedField(Payload):
    """A field of a step, as `lexiscope export RUN --to json-steps` writes it.

    Attributes:
        name: In the file.
        meaning: In a sentence, of this kind of run.
        when: `before` or `after` the step's update.
    """

    name: str
    meaning: str
    when: Literal["before", "after"]


class RecordingPlan(Payload):
    """Which states a recording keeps, and which steps an export has.

    Attributes:
        keyframes: States kept, the first and the last among them.
        spacing: Steps from one to the next.
        keyframe_bytes: Of all of them.
        dense_steps, interval: The export has each step up to the one, then every so-many-th.
        exported: Steps that it has, the start among them.
    """

    keyframes: int
    spacing: int
    keyframe_bytes: int
    dense_steps: int
    interval: int
    exported: int


class CommandOption(Payload):
    """An option of a command with its default, as `--help` shows them."""

    command: str
    name: str
    default: str
    help: str


class Experiment(Payload):
    """Something to try, as a command that runs as it stands.

    Attributes:
        expect: What the command changes, and where to look.
        beside: What the recorded run that is open has there, and its loss; empty for none.
    """

    title: str
    command: str
    expect: str
    beside: str
