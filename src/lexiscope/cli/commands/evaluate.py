"""`lexiscope evaluate`: vectors against people's judgements and analogies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, PathArgument, wrong_call
from lexiscope.cli.shared.output import print_json, print_line, print_table, print_warnings

if TYPE_CHECKING:
    from lexiscope.vectors import AnalogyReport, PairScore


def evaluate(
    path: PathArgument,
    pairs: Annotated[
        list[str] | None,
        typer.Option(
            "--pairs",
            metavar="FILE…",
            help="Word pairs with people's scores, `a TAB b TAB score` (WordSim-353, SimLex-999).",
        ),
    ] = None,
    analogies: Annotated[
        list[str] | None,
        typer.Option(
            "--analogies",
            metavar="FILE…",
            help="Analogies, four words a line in sections `: name` (questions-words.txt).",
        ),
    ] = None,
    restrict_vocab: Annotated[
        int,
        typer.Option(
            "--restrict-vocab", min=1, help="Analogies: know and answer the first so many words."
        ),
    ] = 30_000,
    as_json: JsonOption = False,
) -> None:
    """Score vectors on word pairs and analogies; give at least one file."""
    from pathlib import Path

    from lexiscope import vectors as room
    from lexiscope.files.opening import require

    pair_files = [] if pairs is None else pairs
    analogy_files = [] if analogies is None else analogies
    if not pair_files and not analogy_files:
        raise wrong_call("nothing to evaluate on: give --pairs FILE or --analogies FILE")
    for name in (*pair_files, *analogy_files):
        require(Path(name))
    vectors = room.load(path)
    print_warnings(vectors.warnings)
    scores = [(name, room.word_pairs(vectors, name)) for name in pair_files]
    reports = [
        (name, room.analogies(vectors, name, restrict_vocab=restrict_vocab))
        for name in analogy_files
    ]
    if as_json:
        print_json(_document(path, scores, reports))
        return
    if scores:
        _print_scores(scores)
    for name, report in reports:
        _print_report(name, report)


def _document(
    path: str, scores: list[tuple[str, PairScore]], reports: list[tuple[str, AnalogyReport]]
) -> dict[str, Any]:
    return {
        "path": path,
        "pairs": [
            {
                "file": name,
                "spearman": score.spearman,
                "pearson": score.pearson,
                "used": score.used,
                "total": score.total,
            }
            for name, score in scores
        ],
        "analogies": [
            {
                "file": name,
                "accuracy": report.accuracy,
                "correct": report.correct,
                "total": report.total,
                "unknown": report.unknown,
                "sections": [
                    {"name": section.name, "correct": len(section.correct), "total": section.total}
                    for section in report.sections
                ],
            }
            for name, report in reports
        ],
    }


def _print_scores(scores: list[tuple[str, PairScore]]) -> None:
    print_table(
        ["word pairs", "Spearman", "Pearson", "used", "of"],
        [(name, score.spearman, score.pearson, score.used, score.total) for name, score in scores],
    )


def _print_report(name: str, report: AnalogyReport) -> None:
    sections = [
        (section.name or "(no section)", section.accuracy, len(section.correct), section.total)
        for section in report.sections
    ]
    total = ("all", report.accuracy, report.correct, report.total)
    print_table(["analogies", "accuracy", "correct", "of"], [*sections, total], title=name)
    print_line(f"{report.unknown:,} questions with an unknown word were left out")
