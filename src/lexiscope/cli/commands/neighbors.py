"""`lexiscope neighbors`: the words nearest to each of some words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import typer

from lexiscope.cli.shared.arguments import (
    JsonOption,
    OutputVectorsOption,
    PathArgument,
    TopnOption,
    ask_in_its_case,
    wrong_call,
)
from lexiscope.cli.shared.output import Cell, print_json, print_line, print_table, print_warnings

_WORDS_A_TABLE = 4


class Space(StrEnum):
    """Which rows are asked and searched."""

    INPUT = "input"
    OUTPUT = "output"
    SUM = "sum"
    CROSS = "cross"


class Index(StrEnum):
    """How rows are searched."""

    NONE = "none"
    HNSW = "hnsw"


def neighbors(
    path: PathArgument,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORD…", help="Words to look around; behind --, whatever they begin with."
        ),
    ],
    topn: TopnOption = 10,
    space: Annotated[
        Space, typer.Option("--space", help="Which of a model's rows are asked and searched.")
    ] = Space.INPUT,
    index: Annotated[
        Index,
        typer.Option("--index", help="hnsw: nearly always the nearest, fast; kept in a file."),
    ] = Index.NONE,
    output_vectors: OutputVectorsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the words nearest to each WORD, by cosine."""
    from lexiscope.vectors import load

    if index is Index.HNSW and space is not Space.INPUT:
        raise wrong_call("--index hnsw is of the input vectors; leave --space out")
    vectors = load(path, output_vectors=output_vectors).in_words()
    print_warnings(vectors.warnings)
    ask_in_its_case(vectors, words)
    facts = vectors.build_index() if index is Index.HNSW else None
    chosen: Literal["hnsw"] | None = None if facts is None else "hnsw"
    answers = [
        vectors.most_similar(word, topn=topn, space=space.value, index=chosen) for word in words
    ]
    found = list(zip(words, answers, strict=True))
    if as_json:
        print_json(
            {
                "path": path,
                **({} if facts is None else {"recall": facts.recall}),
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
    if facts is not None:
        print_line(str(facts))
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
