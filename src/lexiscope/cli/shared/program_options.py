"""Options of commands as data, for the page's code view: read from the commands themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from lexiscope.server.payloads.program import CommandOption


def command_options(commands: Mapping[str, Callable[..., None]]) -> list[CommandOption]:
    """Every argument and option of some commands, in the order of their --help.

    Args:
        commands: Name → the function of a command.
    """
    app = typer.Typer()
    for name, function in commands.items():
        app.command(name)(function)
    group: Any = typer.main.get_command(app)
    return [
        _option(name, parameter)
        for name, command in group.commands.items()
        for parameter in command.params
    ]


def _option(command: str, parameter: Any) -> CommandOption:
    from lexiscope.server.payloads.program import CommandOption

    is_argument = parameter.param_type_name == "argument"
    return CommandOption(
        command=command,
        name=parameter.metavar if is_argument else " ".join(parameter.opts),
        default=_default(parameter),
        help=parameter.help or "",
    )


def _default(parameter: Any) -> str:
    """The default as --help shows it; empty where there is none."""
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    value = parameter.default
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)
