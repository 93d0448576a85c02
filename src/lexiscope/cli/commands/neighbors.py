"""`lexiscope neighbors`: the words nearest to each of some words."""

from __future__ import annotations

from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption, PathArgument, TopnOption
from lexiscope.cli.shared.output import Cell, print_json, print_table, print_warnings

_WORDS_A_TABLE = 4


def neighbors(
    path: PathArgument,
    words: Annotated[list[str], typer.Argument(metavar="WORD…", help="Words to look around.")],
    topn: TopnOption = 10,
    as_json: JsonOption = False,
) -> None:
    """Show the words nearest to each WORD, by cosine."""
    from lexiscope.vectors import load

    vectors = load(path).in_words()
    print_warnings(vectors.warnings)
    found = [(word, vectors.most_similar(word, topn=topn)) for word in words]
    if as_json:
        print_json(
            {
                "path": path,
                "results": [
                    {
                        "word": word,
                        "neighbors": [
                            {"word": other, "similarity": cosine} for other, cosine in nearest
                        ],
                    }
                    for word, nearest in found
                ],
            }
        )
        return
    for start in range(0, len(found), _WORDS_A_TABLE):
        _print_side_by_side(found[start : start + _WORDS_A_TABLE])


def _print_side_by_side(found: list[tuple[str, list[tuple[str, float]]]]) -> None:
    headers = [header for word, _nearest in found for header in (word, "cosine")]
    rows: list[list[Cell]] = []
    for rank in range(max(len(nearest) for _word, nearest in found)):
        row: list[Cell] = []
        for _word, nearest in found:
            # A word without a direction has no neighbours, and leaves its columns empty.
            row += nearest[rank] if rank < len(nearest) else ("", "")
        rows.append(row)
    print_table(headers, rows)
