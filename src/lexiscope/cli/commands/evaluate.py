"""`lexiscope evaluate`: vectors against people's judgements and analogies."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption, opened_names, wrong_call
from lexiscope.cli.shared.output import print_json, print_line, print_table, print_warnings
from lexiscope.cli.shared.scoring import (
    KNOWN_WORDS,
    RESAMPLES,
    AnalogiesOption,
    PairsOption,
    Scores,
    judgements,
    print_side_by_side,
    scores_document,
    shown_accuracy,
    shown_interval,
)

if TYPE_CHECKING:
    from lexiscope.vectors import AnalogyReport


class Method(StrEnum):
    """How analogies are answered."""

    ADD = "3cosadd"
    MUL = "3cosmul"


class Space(StrEnum):
    """Which of a model's rows are compared."""

    INPUT = "input"
    OUTPUT = "output"
    SUM = "sum"


def evaluate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Model folders or vectors files; several stand side by side.",
            callback=opened_names,
        ),
    ],
    pairs: PairsOption = None,
    analogies: AnalogiesOption = None,
    restrict_vocab: Annotated[
        int,
        typer.Option(
            "--restrict-vocab", min=1, help="Analogies: know and answer the first so many words."
        ),
    ] = KNOWN_WORDS,
    method: Annotated[
        Method, typer.Option("--method", help="How analogies are answered.")
    ] = Method.ADD,
    space: Annotated[
        Space, typer.Option("--space", help="Which of a model's rows are compared.")
    ] = Space.INPUT,
    resamples: Annotated[
        int, typer.Option("--resamples", min=0, help="Bootstrap resamples for the intervals.")
    ] = RESAMPLES,
    as_json: JsonOption = False,
) -> None:
    """Score vectors on word pairs and analogies; give at least one file."""
    from lexiscope.vectors import load

    asked = judgements(
        pairs,
        analogies,
        restrict_vocab=restrict_vocab,
        method=method.value,
        resamples=resamples,
    )
    if not asked:
        raise wrong_call("nothing to evaluate on: give --pairs FILE or --analogies FILE")
    scores = []
    for path in paths:
        vectors = load(path).in_words()
        print_warnings(vectors.warnings)
        scores.append(asked.of(path, vectors.in_space(space.value)))
    if as_json:
        documents = [scores_document(one) for one in scores]
        print_json(documents[0] if len(documents) == 1 else {"models": documents})
    elif len(scores) == 1:
        _print_one(scores[0])
    else:
        print_side_by_side(scores)


def _print_one(scores: Scores) -> None:
    if scores.pairs:
        print_table(
            ["word pairs", "Spearman", "95 %", "Pearson", "used", "of"],
            [
                (
                    name,
                    score.spearman,
                    shown_interval(score.spearman_interval),
                    score.pearson,
                    score.used,
                    score.total,
                )
                for name, score in scores.pairs
            ],
        )
    for name, score in scores.pairs:
        _print_skipped(name, score.skipped)
    for name, report in scores.analogies:
        _print_report(name, report)


def _print_report(name: str, report: AnalogyReport) -> None:
    sections = [
        (
            section.name or "(no section)",
            shown_accuracy(section.accuracy, section.total),
            len(section.correct),
            section.total,
        )
        for section in report.sections
    ]
    accuracy = shown_accuracy(report.accuracy, report.total)
    total = ("all", accuracy, report.correct, report.total)
    print_table(["analogies", "accuracy", "correct", "of"], [*sections, total], title=name)
    if report.interval is not None:
        print_line(f"95 % of resamples of the questions: {shown_interval(report.interval)}")
    asked = report.unknown + report.total
    print_line(f"left out for an unknown word: {report.unknown:,} of {asked:,} questions")
    _print_skipped(name, report.skipped)


def _print_skipped(name: str, lines: int) -> None:
    if lines:
        print_line(f"{name}: left out as no such thing: {lines:,} of its lines")
