"""`lexiscope check`: whether a vectors file is sound, and what can be saved of one that is not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.shared.arguments import EncodingOption, JsonOption, opened_names
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import Cell, print_facts, print_json, print_line, print_note
from lexiscope.errors import ConfigError, LexiscopeError

if TYPE_CHECKING:
    from lexiscope.formats.contract import Format
    from lexiscope.vectors.health import Health

FileArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A vectors file or a model folder.", callback=opened_names),
]
RepairOption = Annotated[
    str | None,
    typer.Option(
        "--repair",
        metavar="OUT",
        help="Write what is sound to OUT, also of a damaged file; the ending tells the format.",
    ),
]


def check(
    file: FileArgument,
    repair: RepairOption = None,
    encoding: EncodingOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell whether FILE is sound: format, header, encoding, duplicates, odd rows, lengths, hubs."""
    from lexiscope.vectors.health import examine

    if repair is not None:
        _refuse_itself(file, repair)
    health = examine(file, encoding)
    target = None if repair is None else _target_format(file, repair, health, overwrite=overwrite)
    if as_json:
        print_json(
            {
                "format": health.format,
                "words": health.words,
                "dim": health.dim,
                "warnings": health.warnings,
                "problems": health.problems,
            }
        )
    elif health.is_sound:
        _show(health)
    kept = None if repair is None or target is None else _repair(file, repair, target, encoding)
    if not health.is_sound:
        reason = "; ".join(health.problems)
        raise LexiscopeError(reason if kept is None else f"{reason}; {kept}")
    if kept is not None:
        print_note(kept)


def _show(health: Health) -> None:
    facts: list[tuple[str, Cell]] = [
        ("file", health.path),
        ("format", health.format or ""),
        ("words", health.words or 0),
        ("dimensions", health.dim or 0),
        *health.facts,
    ]
    print_facts(facts)
    print_line()
    for warning in health.warnings:
        print_line(f"warning: {warning}")
    if health.warnings:
        count = len(health.warnings)
        print_line(f"Sound, with {count} warning{'' if count == 1 else 's'}.")
    else:
        print_line("Sound.")


def _refuse_itself(source: str, target: str) -> None:
    """Refuses to write over the file that is looked at.

    Raises:
        ConfigError: The two are one.
    """
    one, other = Path(source), Path(target)
    if one.exists() and other.exists() and one.samefile(other):
        raise ConfigError(f"{target} is the file that is checked; name another one for --repair")


def _target_format(source: str, target: str, health: Health, *, overwrite: bool) -> Format:
    """The format to write: that of the file itself where the ending is the same.

    Raises:
        ConfigError: No format is written with that ending, or the target is something that must
            not be replaced.
    """
    from lexiscope.formats import conversion

    known = _format_of(source, target, health)
    claim(
        target,
        overwrite=overwrite,
        is_folder=known.is_folder,
        check=lambda path: conversion.check_target(Path(source), path, known),
    )
    return known


def _format_of(source: str, target: str, health: Health) -> Format:
    from lexiscope.formats import registry

    endings = [Path(name).suffix.lower() for name in (source, target)]
    if health.format is not None and endings[0] == endings[1]:
        own = registry.by_name(health.format)
        if own.write is not None:
            return own
    known = registry.by_extension(target)
    if known is None:
        raise ConfigError(
            f"{target}: no format is written with the ending {endings[1]!r}; use that of another "
            "vectors file, such as .txt or .bin, or none for a model folder"
        )
    return known


def _repair(source: str, target: str, known: Format, encoding: str | None) -> str:
    """Writes what is sound and says how much that is, and what is not kept."""
    from lexiscope.formats import conversion, registry
    from lexiscope.formats.contract import as_stream
    from lexiscope.formats.respelling import Respelling
    from lexiscope.vectors.health import repaired

    result = repaired(source, encoding)
    stream = as_stream(result.data)
    not_carried = conversion.leave_out(stream, known)
    respelling = Respelling(stream, known)
    registry.write(target, stream, known.name)
    notes = [*result.notes, *map(str, [*not_carried, *stream.lost])]
    left_out = f" ({'; '.join(notes)})" if notes else ""
    rows = len(result.data.tokens) - respelling.left_out
    return f"{rows:,} sound rows were written to {target}{left_out}"
