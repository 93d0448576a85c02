"""`lexiscope evaluate`: vectors against people's judgements and analogies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

import typer

from lexiscope.cli.shared.arguments import JsonOption, opened_names, wrong_call
from lexiscope.cli.shared.output import Cell, print_json, print_line, print_table, print_warnings

if TYPE_CHECKING:
    from pathlib import Path

    from lexiscope.vectors import AnalogyReport, PairScore
    from lexiscope.vectors.statistics import Interval


class Method(StrEnum):
    """How analogies are answered."""

    ADD = "3cosadd"
    MUL = "3cosmul"


class Space(StrEnum):
    """Which of a model's rows are compared."""

    INPUT = "input"
    OUTPUT = "output"
    SUM = "sum"


class _Options(TypedDict):
    restrict_vocab: int
    method: Literal["3cosadd", "3cosmul"]
    resamples: int


@dataclass(frozen=True, kw_only=True)
class _Scores:
    """What was found out about one model.

    Attributes:
        path: The model.
        pairs: File and score.
        analogies: File and report.
    """

    path: str
    pairs: list[tuple[str, PairScore]]
    analogies: list[tuple[str, AnalogyReport]]


def evaluate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Model folders or vectors files; several stand side by side.",
            callback=opened_names,
        ),
    ],
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
            help="Analogies, four words a line in sections `: name` (questions-words.txt); "
            "`facts` is a bundled set.",
        ),
    ] = None,
    restrict_vocab: Annotated[
        int,
        typer.Option(
            "--restrict-vocab", min=1, help="Analogies: know and answer the first so many words."
        ),
    ] = 30_000,
    method: Annotated[
        Method, typer.Option("--method", help="How analogies are answered.")
    ] = Method.ADD,
    space: Annotated[
        Space, typer.Option("--space", help="Which of a model's rows are compared.")
    ] = Space.INPUT,
    resamples: Annotated[
        int, typer.Option("--resamples", min=0, help="Bootstrap resamples for the intervals.")
    ] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Score vectors on word pairs and analogies; give at least one file."""
    from lexiscope import vectors as room
    from lexiscope.files.opening import require

    pair_files = [(name, _found(name, bundled=False)) for name in pairs or ()]
    analogy_files = [(name, _found(name, bundled=True)) for name in analogies or ()]
    if not pair_files and not analogy_files:
        raise wrong_call("nothing to evaluate on: give --pairs FILE or --analogies FILE")
    for _name, file in (*pair_files, *analogy_files):
        require(file)
    scores = []
    for path in paths:
        vectors = room.load(path).in_words()
        print_warnings(vectors.warnings)
        table = vectors.in_space(space.value)
        judged = [
            (name, room.word_pairs(table, file, resamples=resamples)) for name, file in pair_files
        ]
        options: _Options = {
            "restrict_vocab": restrict_vocab,
            "method": method.value,
            "resamples": resamples,
        }
        answered = [(name, room.analogies(table, file, **options)) for name, file in analogy_files]
        scores.append(_Scores(path=path, pairs=judged, analogies=answered))
    if as_json:
        documents = [_document(one) for one in scores]
        print_json(documents[0] if len(documents) == 1 else {"models": documents})
    elif len(scores) == 1:
        _print_one(scores[0])
    else:
        _print_side_by_side(scores)


def _found(name: str, *, bundled: bool) -> Path:
    """The file of a name; a bundled set where there is no such file."""
    from pathlib import Path

    from lexiscope import data

    path = Path(name)
    if bundled and name in data.ANALOGIES and not path.exists():
        return data.named_analogies(name)
    return path


def _document(scores: _Scores) -> dict[str, Any]:
    return {
        "path": scores.path,
        "pairs": [
            {
                "file": name,
                "spearman": score.spearman,
                "spearman_interval": _ends(score.spearman_interval),
                "pearson": score.pearson,
                "pearson_interval": _ends(score.pearson_interval),
                "used": score.used,
                "total": score.total,
                "coverage": score.coverage,
                "skipped_lines": score.skipped,
            }
            for name, score in scores.pairs
        ],
        "analogies": [
            {
                "file": name,
                "method": report.method,
                "accuracy": report.accuracy,
                "interval": _ends(report.interval),
                "correct": report.correct,
                "total": report.total,
                "unknown": report.unknown,
                "coverage": report.coverage,
                "skipped_lines": report.skipped,
                "sections": [
                    {"name": section.name, "correct": len(section.correct), "total": section.total}
                    for section in report.sections
                ],
            }
            for name, report in scores.analogies
        ],
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _shown(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval.low:.3f}…{interval.high:.3f}"


def _accuracy(share: float, questions: int) -> float | str:
    """A share of right answers; none where nothing was asked."""
    return share if questions else "–"


def _print_one(scores: _Scores) -> None:
    if scores.pairs:
        print_table(
            ["word pairs", "Spearman", "95 %", "Pearson", "used", "of"],
            [
                (
                    name,
                    score.spearman,
                    _shown(score.spearman_interval),
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
            _accuracy(section.accuracy, section.total),
            len(section.correct),
            section.total,
        )
        for section in report.sections
    ]
    accuracy = _accuracy(report.accuracy, report.total)
    total = ("all", accuracy, report.correct, report.total)
    print_table(["analogies", "accuracy", "correct", "of"], [*sections, total], title=name)
    if report.interval is not None:
        print_line(f"95 % of resamples of the questions: {_shown(report.interval)}")
    asked = report.unknown + report.total
    print_line(f"left out for an unknown word: {report.unknown:,} of {asked:,} questions")
    _print_skipped(name, report.skipped)


def _print_skipped(name: str, lines: int) -> None:
    if lines:
        print_line(f"{name}: left out as no such thing: {lines:,} of its lines")


def _print_side_by_side(models: list[_Scores]) -> None:
    """A row a file, with what it says of each model and how much of it the model knows."""
    headers = [
        "",
        *(column for scores in models for column in (scores.path, "95 %", "coverage")),
    ]
    rows: list[list[Cell]] = []
    for place, (name, _score) in enumerate(models[0].pairs):
        row: list[Cell] = [name]
        for scores in models:
            score = scores.pairs[place][1]
            row += [score.spearman, _shown(score.spearman_interval), score.coverage]
        rows.append(row)
    for place, (name, _report) in enumerate(models[0].analogies):
        row = [name]
        for scores in models:
            report = scores.analogies[place][1]
            row += [
                _accuracy(report.accuracy, report.total),
                _shown(report.interval),
                report.coverage,
            ]
        rows.append(row)
    print_table(headers, rows)
