"""`lexiscope analogy`: king − man + woman."""

from __future__ import annotations

from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption, PathArgument, TopnOption, ask_in_its_case
from lexiscope.cli.shared.output import print_json, print_table, print_warnings


def analogy(
    path: PathArgument,
    positive: Annotated[
        list[str], typer.Option("--positive", "-p", metavar="WORD…", help="Words to add.")
    ],
    negative: Annotated[
        list[str] | None,
        typer.Option("--negative", "-m", metavar="WORD…", help="Words to take away."),
    ] = None,
    topn: TopnOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Show the words nearest to a sum of words.

    As in: analogy MODEL --positive king woman --negative man.
    """
    from lexiscope.vectors import load

    taken = [] if negative is None else negative
    vectors = load(path).in_words()
    print_warnings(vectors.warnings)
    ask_in_its_case(vectors, (*positive, *taken))
    found = vectors.most_similar(positive, taken, topn=topn)
    if as_json:
        print_json(
            {
                "path": path,
                "positive": positive,
                "negative": taken,
                "results": [{"word": word, "similarity": cosine} for word, cosine in found],
            }
        )
        return
    sum_of_words = " + ".join(positive) + "".join(f" − {word}" for word in taken)
    print_table(["word", "cosine"], found, title=sum_of_words)
