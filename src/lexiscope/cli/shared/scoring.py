"""Scores of models in files of judgements: found, computed, told side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lexiscope.cli.shared.output import Cell, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from lexiscope.vectors import AnalogyReport, PairScore
    from lexiscope.vectors.statistics import Interval
    from lexiscope.vectors.table import VectorTable

KNOWN_WORDS = 30_000
RESAMPLES = 1000

PairsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--pairs",
        metavar="FILE…",
        help="Word pairs with people's scores, `a TAB b TAB score` (WordSim-353, SimLex-999).",
    ),
]
AnalogiesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--analogies",
        metavar="FILE…",
        help="Analogies, four words a line in sections `: name` (questions-words.txt); "
        "`facts` is a bundled set.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What was found out about one model.

    Attributes:
        path: The model.
        pairs: File and score.
        analogies: File and report.
    """

    path: str
    pairs: list[tuple[str, PairScore]]
    analogies: list[tuple[str, AnalogyReport]]


@dataclass(frozen=True, kw_only=True)
class Judgements:
    """Files that models are scored on.

    Attributes:
        pairs, analogies: Name and file.
        restrict_vocab: Of analogies: know and answer the first so many words.
        method: How analogies are answered.
        resamples: For the intervals.
    """

    pairs: list[tuple[str, Path]]
    analogies: list[tuple[str, Path]]
    restrict_vocab: int = KNOWN_WORDS
    method: Literal["3cosadd", "3cosmul"] = "3cosadd"
    resamples: int = RESAMPLES

    def __bool__(self) -> bool:
        return bool(self.pairs or self.analogies)

    def of(self, path: str, table: VectorTable) -> Scores:
        """Scores a model."""
        from lexiscope import vectors as room

        return Scores(
            path=path,
            pairs=[
                (name, room.word_pairs(table, file, resamples=self.resamples))
                for name, file in self.pairs
            ],
            analogies=[
                (
                    name,
                    room.analogies(
                        table,
                        file,
                        restrict_vocab=self.restrict_vocab,
                        method=self.method,
                        resamples=self.resamples,
                    ),
                )
                for name, file in self.analogies
            ],
        )


def judgements(pairs: list[str] | None, analogies: list[str] | None, **options: Any) -> Judgements:
    """The files that were named, which must be there.

    Args:
        pairs, analogies: As they were given.
        options: Of `Judgements`.

    Raises:
        FormatError: One is not there.
    """
    from lexiscope.files.opening import require

    pair_files = [(name, _found(name, bundled=False)) for name in pairs or ()]
    analogy_files = [(name, _found(name, bundled=True)) for name in analogies or ()]
    for _name, file in (*pair_files, *analogy_files):
        require(file)
    return Judgements(pairs=pair_files, analogies=analogy_files, **options)


def _found(name: str, *, bundled: bool) -> Path:
    """The file of a name; a bundled set where there is no such file."""
    from pathlib import Path

    from lexiscope import data

    path = Path(name)
    if bundled and name in data.ANALOGIES and not path.exists():
        return data.named_analogies(name)
    return path


def scores_document(scores: Scores) -> dict[str, Any]:
    """One model's scores, as --json prints them."""
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


def shown_interval(interval: Interval | None) -> str:
    """An interval's ends."""
    return "–" if interval is None else f"{interval.low:.3f}…{interval.high:.3f}"


def shown_accuracy(share: float, questions: int) -> float | str:
    """A share of right answers; none where nothing was asked."""
    return share if questions else "–"


def print_side_by_side(models: list[Scores]) -> None:
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
            row += [score.spearman, shown_interval(score.spearman_interval), score.coverage]
        rows.append(row)
    for place, (name, _report) in enumerate(models[0].analogies):
        row = [name]
        for scores in models:
            report = scores.analogies[place][1]
            row += [
                shown_accuracy(report.accuracy, report.total),
                shown_interval(report.interval),
                report.coverage,
            ]
        rows.append(row)
    print_table(headers, rows)
