"""Application of the command line: its commands put together, and what goes wrong in one line.

Exit codes: 0; 1 for an input or a file that is at fault; 2 for a wrong call; 130 for Ctrl-C, and so
128 + the signal's number for SIGTERM (143) and SIGHUP (129).
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from lexiscope._version import __version__
from lexiscope.cli.shared.arguments import SeveralWordsCommand, WordsCommand
from lexiscope.cli.shared.claims import give_up_claims
from lexiscope.cli.shared.help import (
    ASK,
    FILES,
    PAGE,
    TRAIN,
    TRANSFORMERS,
    GroupedCommand,
    GroupedProgram,
)
from lexiscope.cli.shared.output import print_error, print_line
from lexiscope.cli.shared.streams import STDOUT, abandon, flush_answers, prepare
from lexiscope.errors import LexiscopeError
from lexiscope.interruption import HeldBack, OneAtATime, exit_code

# Errors in the call itself; found by way of a public name because its home differs among Typer's
# versions (click.exceptions, or Typer's own copy).
_CallError: type[Exception] = typer.BadParameter.mro()[2]

_INTERRUPTED = 130


@dataclass(frozen=True)
class Command:
    """A command: module `lexiscope.cli.commands.<name>` with a function of that name.

    Attributes:
        name: The command's, the module's and the function's name.
        group: Where it stands in --help.
        several: Whether its repeatable options take several words at a time too.
        words: Whether its arguments are words, which may begin with a dash.
    """

    name: str
    group: str
    several: bool = False
    words: bool = False

    @property
    def module(self) -> str:
        """The module's full name."""
        return f"lexiscope.cli.commands.{self.name}"


# In the order of --help. A command whose module is not there is not listed.
COMMANDS = (
    Command("demo", TRAIN),
    Command("corpus", TRAIN),
    Command("train", TRAIN),
    Command("record", TRAIN),
    Command("stability", TRAIN, several=True),
    Command("neighbors", ASK, words=True),
    Command("analogy", ASK, several=True),
    Command("similarity", ASK, words=True),
    Command("evaluate", ASK, several=True),
    Command("predict", ASK, words=True),
    Command("compare", ASK),
    Command("map", ASK),
    Command("plot", ASK, words=True),
    Command("get", FILES),
    Command("cache", FILES),
    Command("info", FILES),
    Command("check", FILES),
    Command("convert", FILES),
    Command("export", FILES),
    Command("align", FILES),
    Command("postprocess", FILES),
    Command("extract", TRANSFORMERS),
    Command("contextual", TRANSFORMERS),
    Command("senses", TRANSFORMERS, words=True),
    Command("layers", TRANSFORMERS),
    Command("distill", TRANSFORMERS),
    Command("surprisal", TRANSFORMERS),
    Command("attention", TRANSFORMERS),
    Command("serve", PAGE),
    Command("page", PAGE),
)


def build_app(only: str | None = None) -> typer.Typer:
    """The Typer application with every command that is there.

    Args:
        only: A command's name, to have that one alone: the others' modules and options together
            take longer than most answers. None for all.
    """
    app = typer.Typer(
        name="lexiscope",
        cls=GroupedProgram,
        pretty_exceptions_enable=False,
        # Plain help reads well anywhere and spares the import of rich.
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_root)
    for command in COMMANDS:
        if only not in (None, command.name) or find_spec(command.module) is None:
            continue
        function = _carrying(getattr(import_module(command.module), command.name))
        if command.several:
            kind: type[GroupedCommand] = SeveralWordsCommand
        else:
            kind = WordsCommand if command.words else GroupedCommand
        app.command(command.name, cls=kind, rich_help_panel=command.group)(function)
    return app


class _Carrier(Exception):
    """An error that Typer would take for something else, on its way past it."""


def _carrying(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose every error of ours gets out of Typer.

    What is an `EOFError` too (a file that was cut short) would be taken for the end of what the
    user has to say, and so for a wish to stop.
    """

    @functools.wraps(function)
    def carrying(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except LexiscopeError as error:
            if isinstance(error, EOFError):
                raise _Carrier(str(error)) from error
            raise

    return carrying


def _show_version(wanted: bool) -> None:
    if wanted:
        print_line(f"lexiscope {__version__}")
        raise typer.Exit


def _root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and stop.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Train word vectors fast. See inside them. Take them anywhere."""
    del version  # its callback has done everything
    if context.invoked_subcommand is None:
        for line in context.get_help().splitlines():
            print_line(line)
        raise typer.Exit(2)


def run(arguments: list[str], requests: OneAtATime) -> int:
    """Runs one command line.

    Args:
        arguments: The words after the program's name.
        requests: Raises what asks the program to stop.

    Returns:
        The exit code.
    """
    prepare()
    try:
        app = build_app(_called(arguments))
        code = app(args=arguments, prog_name="lexiscope", standalone_mode=False)
        flush_answers()
        if code == _INTERRUPTED:  # typer's way of telling of any KeyboardInterrupt
            raise KeyboardInterrupt
    except _CallError as error:
        return _wrong_call(error)
    except (LexiscopeError, _Carrier) as error:
        return _failed(str(error))
    except (typer.Abort, KeyboardInterrupt):
        _give_up()
        return exit_code(requests.number)
    except BrokenPipeError:
        abandon(sys.stdout)  # its reader (`| head`) has gone
        return 1
    except OSError as error:
        if error.filename == STDOUT:
            abandon(sys.stdout)
        where = f"{os.fsdecode(error.filename)}: " if error.filename is not None else ""
        return _failed(f"{where}{error.strerror or error}")
    except MemoryError:
        return _failed("not enough memory; close other programs or take a smaller input")
    finally:
        with HeldBack():
            give_up_claims()
    return code if isinstance(code, int) else 0


def _called(arguments: list[str]) -> str | None:
    """The command that is called, where it is one; else all are needed to say what there is."""
    named = arguments[0] if arguments else ""
    return named if any(command.name == named for command in COMMANDS) else None


def _give_up() -> None:
    """Lets go what is done beside the command's own work."""
    registry = sys.modules.get("lexiscope.formats.registry")
    if registry is not None:
        registry.INDEXES.give_up()


def _failed(message: str) -> int:
    print_error(message)
    return 1


def _wrong_call(error: Exception) -> int:
    context = getattr(error, "ctx", None)
    command = "lexiscope" if context is None else context.command_path
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    line = " ".join(str(message).split())
    ending = "" if line.endswith((".", "?", "!")) else "."
    print_error(f"{line}{ending} See `{command} --help`.")
    return 2
