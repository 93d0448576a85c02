"""Names and hf:// references where a command takes vectors: turned into paths before its work."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import typer

_Given = TypeVar("_Given", str, list[str], None)


def opened_names(context: typer.Context, given: _Given) -> _Given:
    """The paths of what was named, for the `callback` of an argument.

    A path that is there is taken as it is. A name of the catalogue is the path of what was fetched;
    hf://OWNER/NAME is fetched where it is not there yet.

    Raises:
        ConfigError: A name is known, but nothing was fetched by it.
        LexiscopeError: A model of the hub cannot be fetched.
    """
    if given is None or context.resilient_parsing:
        return given
    if isinstance(given, list):
        return [_path(one) for one in given]
    return _path(given)


def _path(name: str) -> str:
    from lexiscope import fetching
    from lexiscope.errors import ConfigError

    if fetching.is_reference(name):
        from lexiscope.cli.shared.output import LiveProgress, print_note

        with LiveProgress() as progress:
            return str(fetching.path_of(name, progress=progress, tell=print_note))
    if Path(name).name != name or Path(name).exists():
        return name
    try:
        there = fetching.fetched(name)
    except ConfigError:  # it is no name, so it is a path; whoever opens it says that it is missing
        return name
    if there is None:
        raise ConfigError(
            f"{name}: no such file or folder here; vectors of that name come by "
            f"`lexiscope get {name}`"
        )
    return str(there)
