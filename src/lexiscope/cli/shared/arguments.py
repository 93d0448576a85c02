"""Arguments that several commands have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

# Values of --stopwords that are no file.
ENGLISH, NONE = "english", "none"

PathArgument = Annotated[
    str, typer.Argument(metavar="PATH", help="A model folder or any supported vectors file.")
]
TopnOption = Annotated[
    int, typer.Option("--topn", "-n", min=1, help="How many words to show, at most.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def wrong_call(message: str) -> Exception:
    """An error in the call itself (exit code 2), to raise; `main` names the command's --help."""
    # Typer's name for it, UsageError, has moved among its versions; this public class has not.
    usage_error: type[Exception] = typer.BadParameter.mro()[1]
    return usage_error(message)


class SeveralWordsCommand(TyperCommand):
    """A command whose repeatable options also take several words at a time.

    `--positive king woman` is read as `--positive king --positive woman`: words up to the next
    argument that starts with a dash. A word that starts with one is given as `--positive=-word`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeats the option's name before each further word, then parses as usual."""
        return super().parse_args(ctx, _repeat_names(args, self._repeatable()))

    def _repeatable(self) -> set[str]:
        return {
            name
            for parameter in self.params
            if parameter.param_type_name == "option" and getattr(parameter, "multiple", False)
            for name in parameter.opts
        }


def _repeat_names(arguments: list[str], repeatable: set[str]) -> list[str]:
    found: list[str] = []
    current: str | None = None  # the option that a plain word belongs to
    for position, argument in enumerate(arguments):
        if argument == "--":
            return found + arguments[position:]
        if argument.startswith("-") and len(argument) > 1:
            name, equals, _value = argument.partition("=")
            current = name if name in repeatable else None
            found.append(argument)
            if current is not None and not equals:
                continue
            # A further word after `--positive=king` belongs to it as well.
        elif current is not None and found[-1] != current:
            found += [current, argument]
        else:
            found.append(argument)
    return found


def count_workers(given: int | None) -> int:
    """How many threads to use: what was asked for, or one a core."""
    from lexiscope.training.config import check_workers

    return check_workers((os.cpu_count() or 1) if given is None else given)


def read_stopwords(choice: str | None) -> frozenset[str]:
    """The words that `--stopwords` leaves out: a bundled list, a file's words, or none.

    Raises:
        FormatError: The file cannot be read.
    """
    if choice == ENGLISH:
        from lexiscope import data

        return data.stopwords()
    return frozenset() if choice == NONE else frozenset(read_word_list(choice))


def read_word_list(path: str | None) -> list[str]:
    """The words of a list file, one a line; none where there is no file.

    Raises:
        FormatError: The file cannot be read.
    """
    if path is None:
        return []
    from lexiscope.files.lists import read_text

    text = read_text(Path(path), "one word a line")
    return [line.strip() for line in text.splitlines() if line.strip()]
