"""`lexiscope compare`: two models side by side, and the words that have moved between them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, opened_names
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import (
    Cell,
    print_facts,
    print_json,
    print_line,
    print_note,
    print_table,
    print_warnings,
)
from lexiscope.cli.shared.results import write_result

if TYPE_CHECKING:
    from lexiscope.vectors import KeyedVectors
    from lexiscope.vectors.comparing.comparison import Comparison, WordShift

_SHOWN_NEIGHBOURS = 4
_LINE_BYTES = 120  # of a word in the file, about
_COLUMNS = ("word", "shift", "expected", "excess", "p")


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
    str | None, typer.Option("--out", "-o", metavar="FILE.csv", help="Write all words there.")
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
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two models: which words moved, what each alone has, how alike they are.

    Example: lexiscope compare 1900.txt 2000.txt -w broadcast
    """
    from lexiscope.vectors.comparing.comparison import compare as compared

    target = None if out is None else Path(out)
    if target is not None:
        claim(target, overwrite=overwrite, is_folder=False)
    result = compared(
        _loaded(first),
        _loaded(second),
        first_runs=[_loaded(path) for path in runs_of_a or ()],
        second_runs=[_loaded(path) for path in runs_of_b or ()],
        words=limit,
        topn=neighbours,
        center=center,
        seed=seed,
    )
    moved = [result.shift_of(word) for word in words] if words else result.most_shifted(topn)
    if target is not None:
        write_result(lambda place: _write(place, result), target, _LINE_BYTES * len(result.words))
    if as_json:
        print_json(_document(result, moved))
    else:
        _tell(result, moved, named=bool(words))
    if target is not None:
        print_note(f"wrote {target}: {len(result.words):,} words")


def _loaded(path: str) -> KeyedVectors:
    from lexiscope.vectors import load

    vectors = load(path).in_words()
    print_warnings(vectors.warnings)
    return vectors


def _tell(result: Comparison, moved: list[WordShift], *, named: bool) -> None:
    size_a, size_b = result.sizes
    facts: list[tuple[str, Cell]] = [
        ("common words compared", len(result.words)),
        ("words of A, of B", f"{size_a:,}, {size_b:,}"),
        ("first that only A has", ", ".join(result.only_first) or "none"),
        ("first that only B has", ", ".join(result.only_second) or "none"),
        ("mean shift", f"{result.mean_shift:.3f} (1 − cosine after alignment; 0: none)"),
        (
            "neighbours shared",
            f"{result.neighbours_shared:.1%} of {result.topn} (mean of {result.sampled:,} words)",
        ),
        ("lengths of vectors", f"ρ = {result.norms_correlation:+.3f} between A and B"),
    ]
    if result.without_direction:
        facts.append(("left out, without direction", result.without_direction))
    if (test := result.test) is not None:
        kind = "all" if test.all else "a sample of the"
        facts.append(
            (
                "permutation test",
                f"{kind} divisions of the runs, {test.divisions:,}; p is {test.least:.2g} at least",
            )
        )
    print_facts(facts)
    headers = ["word", "shift", "usual", "excess", "neighbours lost", "gained"]
    rows: list[list[Cell]] = [
        [one.word, one.shift, one.expected, f"{one.excess:+.1f}", _few(one.lost), _few(one.gained)]
        for one in moved
    ]
    if result.test is not None:
        headers.insert(4, "p")
        for row, one in zip(rows, moved, strict=True):
            row.insert(4, "–" if one.p is None else f"{one.p:.3g}")
    print_line()
    print_table(headers, rows, title="Words asked for" if named else "Words that moved most")


def _few(words: tuple[str, ...]) -> str:
    more = ", …" if len(words) > _SHOWN_NEIGHBOURS else ""
    return (", ".join(words[:_SHOWN_NEIGHBOURS]) + more) or "–"


def _document(result: Comparison, moved: list[WordShift]) -> dict[str, Any]:
    test = result.test
    return {
        "common_words": len(result.words),
        "sizes": list(result.sizes),
        "dimensions": list(result.dimensions),
        "only_a": result.only_first,
        "only_b": result.only_second,
        "without_direction": result.without_direction,
        "mean_shift": result.mean_shift,
        "neighbours_shared": result.neighbours_shared,
        "neighbours_compared": result.topn,
        "words_sampled": result.sampled,
        "lengths_spearman": result.norms_correlation,
        "permutation_test": None
        if test is None
        else {"divisions": test.divisions, "all": test.all, "least_p": test.least},
        "words": [
            {
                "word": one.word,
                "shift": one.shift,
                "expected": one.expected,
                "excess": one.excess,
                "p": one.p,
                "kept": list(one.kept),
                "lost": list(one.lost),
                "gained": list(one.gained),
            }
            for one in moved
        ],
    }


def _write(place: Path, result: Comparison) -> None:
    from lexiscope.files.atomic import atomic_file

    p_values = None if result.test is None else result.test.p_values
    with atomic_file(place) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for row, word in enumerate(result.words):
            figures = (result.shifts[row], result.expected[row], result.excess[row])
            p = "" if p_values is None else f"{p_values[row]:.6g}"
            writer.writerow([word, *(f"{figure:.6g}" for figure in figures), p])
        text.detach()
