"""The training program for people: the project's own source, found by name, with notes on lines.

What is shown and said stands in `program.toml`. A function is named by module and qualified name,
a line by its text, never by its number, so the source can move; where a name or a line is no longer
there, `sections` says so, and a test asks it.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from lexiscope.server.payloads.program import (
    CodeLine,
    Experiment,
    Model,
    ProgramSection,
    SourcePart,
)


@cache
def sections() -> list[ProgramSection]:
    """The sections, in the order to read them.

    Raises:
        LookupError: `program.toml` names a function or a line that is not there, or not once.
    """
    return [
        ProgramSection(
            key=section["key"],
            title=section["title"],
            summary=section["summary"],
            parts=[_part(part) for part in section["parts"]],
            links=section["links"],
        )
        for section in _descriptions()["section"]
    ]


@cache
def model_lines() -> Model:
    """The model in PyTorch, with a note on each line.

    Raises:
        LookupError: As for `sections`.
    """
    part = _part(_descriptions()["model"])
    return Model(path=part.path, first_line=part.first_line, lines=part.lines)


def experiments() -> list[Experiment]:
    """Commands to try."""
    return [Experiment(**one) for one in _descriptions()["experiment"]]


@cache
def _descriptions() -> dict[str, Any]:
    text = (files("lexiscope.server") / "program.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _part(description: Mapping[str, Any]) -> SourcePart:
    module, _, name = description["source"].partition(":")
    path = "/".join(module.split(".")[1:]) + ".py"
    source = files("lexiscope").joinpath(path).read_text(encoding="utf-8")
    first, last = _extent(source, name, description["source"])
    lines = source.splitlines()[first - 1 : last]
    return SourcePart(
        path=path,
        name=name,
        first_line=first,
        lines=_annotated(lines, description.get("notes", []), description["source"]),
    )


def _extent(source: str, name: str, where: str) -> tuple[int, int]:
    """The first and the last line, counted from 1, of a class or function; decorators belong."""
    nodes: Iterable[ast.stmt] = ast.parse(source).body
    found: ast.ClassDef | ast.FunctionDef | None = None
    for part in name.split("."):
        named = [
            node
            for node in nodes
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == part
        ]
        if len(named) != 1:
            raise LookupError(f"{where}: {part} is there {len(named)} times, expected once")
        found = named[0]
        nodes = found.body
    if found is None or found.end_lineno is None:
        raise LookupError(f"{where}: has no end")
    return min([found.lineno, *(one.lineno for one in found.decorator_list)]), found.end_lineno


def _annotated(lines: list[str], notes: Iterable[Mapping[str, str]], where: str) -> list[CodeLine]:
    found = [CodeLine(text=line) for line in lines]
    for note in notes:
        places = [place for place, line in enumerate(lines) if line.strip() == note["line"]]
        if len(places) != 1:
            raise LookupError(f"{where}: {note['line']!r} stands there {len(places)} times")
        text = lines[places[0]]
        found[places[0]] = CodeLine(text=text, note=note["note"], link=note.get("link"))
    return found
