"""Arguments that several commands have, and words as they are asked for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from lexiscope.cli.shared.help import GroupedCommand
from lexiscope.cli.shared.output import print_note

if TYPE_CHECKING:
    import socket

    from lexiscope.vectors import KeyedVectors

# Where the commands that serve a page listen.
PORT = 8765
HOST = "127.0.0.1"
# Values of --stopwords that are no file.
ENGLISH, NONE = "english", "none"
# What is spelled like this is meant as an option, be it one or not.
_LONG = re.compile(r"--[A-Za-z][\w-]*(?:=.*)?", re.ASCII | re.DOTALL)
_DIGITS = re.compile(r"=?[+-]?\d+(?:\.\d+)?", re.ASCII)

# Models in lower case have a few names in capitals all the same: UNK, PAD.
_OTHERS_ARE_FEW = 1_000

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


PathArgument = Annotated[
    str,
    typer.Argument(
        metavar="PATH",
        help="A model folder, any supported vectors file, a name that `lexiscope get` has fetched, "
        "or hf://OWNER/NAME.",
        callback=opened_names,
    ),
]
TopnOption = Annotated[
    int, typer.Option("--topn", "-n", min=1, help="How many words to show, at most.")
]
EncodingOption = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="The words' encoding, where not UTF-8."),
]
OutputVectorsOption = Annotated[
    str | None,
    typer.Option(
        "--output-vectors",
        metavar="FILE",
        help="Vectors that are the output matrix of the same words (context vectors).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def wrong_call(message: str) -> Exception:
    """An error in the call itself (exit code 2), to raise; `main` names the command's --help."""
    # Typer's name for it, UsageError, has moved among its versions; this public class has not.
    usage_error: type[Exception] = typer.BadParameter.mro()[1]
    return usage_error(message)


class _Options:
    """The options of a command, by which they are told from words that begin with a dash."""

    def __init__(self, parameters: list[Any]) -> None:
        options = [one for one in parameters if one.param_type_name == "option"]
        self._named = {
            name: option for option in options for name in (*option.opts, *option.secondary_opts)
        }

    def names(self, argument: str) -> bool:
        """Whether an argument is an option, or a slip in one's name.

        `-lrb-` is none, and so a word; `-n5` and, where -p takes words, `-pking` are; `--topm` is
        no option and no word that anybody looks for.
        """
        if len(argument) < 2 or not argument.startswith("-"):
            return False
        if argument.partition("=")[0] in self._named or _LONG.fullmatch(argument):
            return True
        short = self._named.get(argument[:2])
        if short is None or not self._takes_value(short):
            return False
        return short.multiple or _DIGITS.fullmatch(argument[2:]) is not None

    def wants_next(self, argument: str) -> bool:
        """Whether an option's value is the argument behind it."""
        option = self._named.get(argument)
        return option is not None and self._takes_value(option)

    def repeatable(self, *, words: bool = False) -> set[str]:
        """The names of options that may be repeated; with `words` of those that take words."""
        return {
            name
            for name, option in self._named.items()
            if option.multiple and (not words or (option.metavar or "").startswith("WORD"))
        }

    @staticmethod
    def _takes_value(option: Any) -> bool:
        return not option.is_flag and not option.count


class WordsCommand(GroupedCommand):
    """A command whose arguments are words, which may begin with a dash: `-lrb-`, `--`.

    What is no option is a word. Behind `--` everything is, and `--` itself where it comes last.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts options before `--` and words behind it, then parses as usual."""
        return super().parse_args(ctx, _words_last(args, _Options(self.get_params(ctx))))


class SeveralWordsCommand(GroupedCommand):
    """A command whose repeatable options also take several words at a time.

    `--positive king woman` is read as `--positive king --positive woman`: words up to the next
    option. Where they are words of the vectors they may begin with a dash; one that is an option's
    name is given as `--positive=--topn`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeats the option's name before each further word, then parses as usual."""
        options = _Options(self.get_params(ctx))
        repeatable = options.repeatable()
        return super().parse_args(ctx, _repeat_names(args, repeatable, options))


def _words_last(arguments: list[str], options: _Options) -> list[str]:
    named: list[str] = []
    words: list[str] = []
    left = list(arguments)
    while left:
        argument = left.pop(0)
        if argument == "--" and left:
            words += left
            break
        if not options.names(argument):
            words.append(argument)
            continue
        named.append(argument)
        if left and options.wants_next(argument):
            named.append(left.pop(0))
    return [*named, "--", *words]


def _repeat_names(
    arguments: list[str], repeatable: set[str], options: _Options | None = None
) -> list[str]:
    """The arguments with an option's name before each of several words.

    Args:
        arguments: As they were given.
        repeatable: The names of the options that take several.
        options: By which words that begin with a dash are known; None where none do.
    """
    of_words = set() if options is None else options.repeatable(words=True)
    found: list[str] = []
    current: str | None = None  # the option that a plain word belongs to
    for position, argument in enumerate(arguments):
        if argument == "--" and position < len(arguments) - 1:
            return found + arguments[position:]
        is_dashed = argument.startswith("-") and len(argument) > 1
        is_word = options is not None and current in of_words and not options.names(argument)
        if is_dashed and not is_word:
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
    from lexiscope.cores import cores_allowed
    from lexiscope.training.config import check_workers

    return check_workers(cores_allowed() if given is None else given)


@contextmanager
def beside_here() -> Iterator[None]:
    """Has modules found in the current folder too, as `python -m` finds them."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


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


def ask_in_its_case(vectors: KeyedVectors, words: Iterable[str]) -> None:
    """Lets words in any letter case be asked of vectors that are in lower case, and says so.

    Where the words have both cases nothing is done: "Polish" is not "polish" then.

    Args:
        vectors: The vectors; what stands for unknown words is chosen in them.
        words: What is asked.
    """
    unknown = [word for word in words if word not in vectors.key_to_index]
    if not unknown or not _is_in_lower_case(vectors.index_to_key):
        return
    vectors.stand_in("case")
    for word in unknown:
        stand = vectors.stand_for(word)
        if stand is not None:
            print_note(f"{word} is asked as {stand.key}: these vectors are in lower case")


def _is_in_lower_case(words: Iterable[object]) -> bool:
    cased = letters = 0
    for word in words:
        if isinstance(word, str) and word.isalpha():
            letters += 1
            cased += word != word.lower()
    return letters > 0 and cased * _OTHERS_ARE_FEW <= letters


def listen_somewhere() -> socket.socket:
    """A socket at the usual port, or at any free one where that is taken."""
    from lexiscope.errors import ConfigError
    from lexiscope.server.running import listen

    try:
        return listen(HOST, PORT)
    except ConfigError:
        return listen(HOST, 0)
