"""`lexiscope compare`: two models side by side, and the words that have moved between them."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.shared.arguments import (
    HOST,
    JsonOption,
    listen_somewhere,
    opened_names,
    wrong_call,
)
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import print_json, print_note, print_warnings
from lexiscope.cli.shared.results import write_result
from lexiscope.cli.shared.scoring import AnalogiesOption, PairsOption, judgements

if TYPE_CHECKING:
    import socket

    from lexiscope.cli.shared.comparing import Told
    from lexiscope.vectors import KeyedVectors

SeedOption = Annotated[int, typer.Option(help="Of what is drawn.")]
RunsOfAOption = Annotated[
    list[str] | None,
    typer.Option(
        "--runs-of-a",
        metavar="PATH",
        help="Another run like A, from another seed, to test against chance; repeatable.",
    ),
]
RunsOfBOption = Annotated[
    list[str] | None,
    typer.Option("--runs-of-b", metavar="PATH", help="Another run like B; repeatable."),
]
WordsOption = Annotated[
    list[str] | None,
    typer.Option("--word", "-w", metavar="WORD", help="Tell of this word; repeatable."),
]
LimitOption = Annotated[
    int, typer.Option("--limit", min=3, help="Compare the most frequent common words, so many.")
]
ShownOption = Annotated[
    int, typer.Option("--topn", "-n", min=1, help="How many words to show, at most.")
]
NeighboursOption = Annotated[
    int, typer.Option("--neighbors", min=1, help="Neighbours of a word that are compared.")
]
CenterOption = Annotated[
    bool, typer.Option("--center", help="Take the mean of the vectors away before.")
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE.csv",
        help="Write all words there; as JSON where it ends in .json.",
    ),
]
ServeOption = Annotated[
    bool, typer.Option("--serve", help="Show both models in the browser, until Ctrl-C.")
]
PortOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="Where --serve listens: 8765, or any free port where that is taken.",
        show_default=False,
    ),
]
OpenOption = Annotated[
    bool, typer.Option("--open", help="Open the page of --serve in the browser.")
]


def compare(
    first: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A model folder or any supported vectors file.",
            callback=opened_names,
        ),
    ],
    second: Annotated[
        str,
        typer.Argument(
            metavar="B",
            help="The other; of the same language and spelling.",
            callback=opened_names,
        ),
    ],
    runs_of_a: RunsOfAOption = None,
    runs_of_b: RunsOfBOption = None,
    words: WordsOption = None,
    limit: LimitOption = 50_000,
    topn: ShownOption = 20,
    neighbours: NeighboursOption = 10,
    center: CenterOption = False,
    seed: SeedOption = 1,
    pairs: PairsOption = None,
    analogies: AnalogiesOption = None,
    out: OutOption = None,
    serve: ServeOption = False,
    port: PortOption = None,
    open_browser: OpenOption = False,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two models: which words moved, what each alone has, how alike they are.

    Example: lexiscope compare 1900.txt 2000.txt -w broadcast
    """
    from lexiscope.cli.shared.comparing import LINE_BYTES, Told, write_words
    from lexiscope.vectors.comparing.comparison import compare as compared

    target = None if out is None else Path(out)
    if target is not None:
        claim(target, overwrite=overwrite, is_folder=False)
    asked = judgements(pairs, analogies)
    if not serve and (port is not None or open_browser):
        raise wrong_call("--port and --open are of the page: give --serve as well")
    with _listening(port) if serve else nullcontext() as opened:
        models = (_loaded(first), _loaded(second))
        result = compared(
            *models,
            first_runs=[_loaded(path) for path in runs_of_a or ()],
            second_runs=[_loaded(path) for path in runs_of_b or ()],
            words=limit,
            topn=neighbours,
            center=center,
            seed=seed,
        )
        sides = zip((first, second), models, strict=True)
        told = Told(
            result,
            [result.shift_of(word) for word in words] if words else result.most_shifted(topn),
            bool(words),
            [asked.of(path, model) for path, model in sides] if asked else [],
        )
        if target is not None:
            size = LINE_BYTES * len(result.words)
            write_result(lambda place: write_words(place, result), target, size)
        if as_json:
            print_json(told.document())
        else:
            told.print()
        if target is not None:
            print_note(f"wrote {target}: {len(result.words):,} words")
        if opened is not None:
            _show(told, (first, second), center, opened, open_browser)


def _listening(port: int | None) -> socket.socket:
    from lexiscope.server.running import listen

    return listen_somewhere() if port is None else listen(HOST, port)


def _show(
    told: Told, paths: tuple[str, str], center: bool, opened: socket.socket, open_browser: bool
) -> None:
    """Serves the page of both models."""
    from lexiscope.cli.commands.serve import show
    from lexiscope.cli.shared.comparing import names_of_two
    from lexiscope.server.compared import ComparedModels

    first, second = names_of_two(*paths)
    compared = ComparedModels(
        first=first, second=second, result=told.result, scores=told.of_both(), centred=center
    )
    show(paths[0], opened, HOST, open_browser=open_browser, compared=compared)


def _loaded(path: str) -> KeyedVectors:
    from lexiscope.vectors import load

    vectors = load(path).in_words()
    print_warnings(vectors.warnings)
    return vectors
