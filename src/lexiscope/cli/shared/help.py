"""Help of the command line in groups: a program's commands, and a command's options.

Typer groups by `rich_help_panel` where rich prints the help; here the plain help does, by the same
name, so that an option says once where it belongs.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

# Groups of a training's options, in the order of their help.
TEXT, MODEL, OPTIMISATION, RUN = "Text", "Model", "Optimisation", "Run"
# Groups of the program's commands, in the order of its help.
TRAIN, ASK, FILES, TRANSFORMERS, PAGE = (
    "Train", "Ask", "Files", "Pretrained transformers", "See in the browser",
)  # fmt: skip
_ARGUMENTS, _OPTIONS = "Arguments", "Options"
_ORDER = (_ARGUMENTS, TEXT, MODEL, OPTIMISATION, RUN, _OPTIONS)

# Of the left column, in characters.
_WIDEST = 28

_Rows = dict[str, list[tuple[str, str]]]


class GroupedCommand(TyperCommand):
    """A command whose help has its options by their groups."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes arguments, and options group by group."""
        groups: _Rows = {name: [] for name in _ORDER}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None:
                groups[_group_of(parameter)].append(row)
        _write(groups, formatter)


class GroupedProgram(TyperGroup):
    """A program whose help has its commands by their groups."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the commands group by group."""
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names))
        groups: _Rows = {}
        for name in names:
            command: Any = self.get_command(ctx, name)
            row = name, command.get_short_help_str(width)
            groups.setdefault(command.rich_help_panel or "Commands", []).append(row)
        _write(groups, formatter)


def _group_of(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return _ARGUMENTS
    return getattr(parameter, "rich_help_panel", None) or _OPTIONS


def _write(groups: _Rows, formatter: Any) -> None:
    """Writes the groups that are not empty, all with the same columns."""
    names = [name for rows in groups.values() for name, _text in rows]
    width = max((len(name) for name in names if len(name) <= _WIDEST), default=0)
    for group, rows in groups.items():
        if rows:
            with formatter.section(group):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows], _WIDEST)
