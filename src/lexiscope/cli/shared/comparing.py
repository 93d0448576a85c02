"""A comparison of two models, told: tables, a JSON document, a file of all words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.cli.shared.output import Cell, print_facts, print_line, print_table
from lexiscope.cli.shared.scoring import Scores, print_side_by_side, scores_document

if TYPE_CHECKING:
    from lexiscope.server.compared import BothScores, Score
    from lexiscope.vectors import AnalogyReport, PairScore
    from lexiscope.vectors.comparing.comparison import Comparison, WordShift
    from lexiscope.vectors.statistics import Interval

LINE_BYTES = 180  # of a word in the file, at most about
_NEIGHBOURS = 4
_ALONE = 20


@dataclass(frozen=True)
class Told:
    """What a call tells of a comparison.

    Attributes:
        result: The comparison.
        moved: The words to tell of.
        named: Whether they were asked for; else they are those that moved most.
        scores: Of the first model and of the second, where files of judgements were given.
    """

    result: Comparison
    moved: list[WordShift]
    named: bool
    scores: list[Scores]

    def print(self) -> None:
        """Prints figures, words, and the scores side by side."""
        print_facts(_facts(self.result))
        headers = ["word", "shift", "usual", "excess", "neighbours lost", "gained"]
        rows: list[list[Cell]] = [
            [
                one.word,
                one.shift,
                one.expected,
                f"{one.excess:+.1f}",
                _few(one.lost),
                _few(one.gained),
            ]
            for one in self.moved
        ]
        if self.result.test is not None:
            headers.insert(4, "p")
            for row, one in zip(rows, self.moved, strict=True):
                row.insert(4, "–" if one.p is None else f"{one.p:.3g}")
        print_line()
        title = "Words asked for" if self.named else "Words that moved most"
        print_table(headers, rows, title=title)
        if self.scores:
            print_line()
            print_side_by_side(self.scores)

    def document(self) -> dict[str, Any]:
        """As --json prints it."""
        return {
            **_figures(self.result),
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
                for one in self.moved
            ],
            "evaluation": [scores_document(one) for one in self.scores],
        }

    def of_both(self) -> list[BothScores]:
        """The scores, a file each, as the page shows them."""
        from lexiscope.server.compared import BothScores

        if not self.scores:
            return []
        one, other = self.scores
        pairs = zip(one.pairs, other.pairs, strict=True)
        analogies = zip(one.analogies, other.analogies, strict=True)
        return [
            *(
                BothScores(
                    name=Path(name).name, kind="pairs", first=_of_pairs(a), second=_of_pairs(b)
                )
                for (name, a), (_, b) in pairs
            ),
            *(
                BothScores(
                    name=Path(name).name,
                    kind="analogies",
                    first=_of_analogies(a),
                    second=_of_analogies(b),
                )
                for (name, a), (_, b) in analogies
            ),
        ]


def names_of_two(first: str, second: str) -> tuple[str, str]:
    """What two paths are called: no more of their ends than tells them apart."""
    parts, others = (Path(path).resolve().parts for path in (first, second))
    for count in range(1, max(len(parts), len(others)) + 1):
        name, other = (str(Path(*some[-count:])) for some in (parts, others))
        if name != other:
            return name, other
    return f"{parts[-1]} (A)", f"{others[-1]} (B)"


def write_words(place: Path, result: Comparison) -> None:
    """Writes all words with their figures, as CSV or JSON by the name's ending."""
    from lexiscope.files.atomic import atomic_file

    with atomic_file(place) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="", write_through=True)
        if place.suffix.lower() == ".json":
            words = [dict(zip(_COLUMNS, row, strict=True)) for row in _rows(result)]
            json.dump({**_figures(result), "words": words}, text, ensure_ascii=True)
        else:
            writer = csv.writer(text)
            writer.writerow(_COLUMNS)
            for word, *figures in _rows(result):
                writer.writerow([word, *("" if one is None else f"{one:.6g}" for one in figures)])
        text.detach()


_COLUMNS = ("word", "shift", "expected", "excess", "p", "length_a", "length_b")


def _rows(result: Comparison) -> Iterator[tuple[Any, ...]]:
    p_values = [None] * len(result.words) if result.test is None else result.test.p_values.tolist()
    columns = [
        one.tolist() for one in (result.shifts, result.expected, result.excess, *result.lengths)
    ]
    shifts, expected, excess, first, second = columns
    return zip(result.words, shifts, expected, excess, p_values, first, second, strict=True)


def _facts(result: Comparison) -> list[tuple[str, Cell]]:
    size_a, size_b = result.sizes
    facts: list[tuple[str, Cell]] = [
        ("common words compared", len(result.words)),
        ("words of A, of B", f"{size_a:,}, {size_b:,}"),
        ("first that only A has", ", ".join(result.only_first[:_ALONE]) or "none"),
        ("first that only B has", ", ".join(result.only_second[:_ALONE]) or "none"),
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
    return facts


def _few(words: tuple[str, ...]) -> str:
    more = ", …" if len(words) > _NEIGHBOURS else ""
    return (", ".join(words[:_NEIGHBOURS]) + more) or "–"


def _figures(result: Comparison) -> dict[str, Any]:
    test = result.test
    return {
        "common_words": len(result.words),
        "sizes": list(result.sizes),
        "dimensions": list(result.dimensions),
        "only_a": result.only_first[:_ALONE],
        "only_b": result.only_second[:_ALONE],
        "without_direction": result.without_direction,
        "mean_shift": result.mean_shift,
        "neighbours_shared": result.neighbours_shared,
        "neighbours_compared": result.topn,
        "words_sampled": result.sampled,
        "lengths_spearman": result.norms_correlation,
        "permutation_test": None
        if test is None
        else {"divisions": test.divisions, "all": test.all, "least_p": test.least},
    }


def _of_pairs(score: PairScore) -> Score:
    value = score.spearman if score.used else None
    return _score(value, score.spearman_interval, score.used, score.total)


def _of_analogies(report: AnalogyReport) -> Score:
    value = report.accuracy if report.total else None
    return _score(value, report.interval, report.total, report.total + report.unknown)


def _score(value: float | None, interval: Interval | None, used: int, total: int) -> Score:
    from lexiscope.server.compared import Score

    low, high = (None, None) if interval is None else (interval.low, interval.high)
    return Score(value=value, low=low, high=high, used=used, total=total)
