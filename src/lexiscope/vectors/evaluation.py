"""Evaluation of vectors, by people's judgements of word pairs and by analogies.

Which words count as known, and letter case, are as in gensim, so that numbers can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.checks import choice, whole
from lexiscope.errors import ConfigError
from lexiscope.vectors.answering import METHODS, Method, answers
from lexiscope.vectors.judgements import Pair, Question, read_pairs, read_questions
from lexiscope.vectors.search import cosine
from lexiscope.vectors.statistics import (
    Interval,
    pair_intervals,
    pearson,
    share_interval,
    spearman,
)
from lexiscope.vectors.table import VectorTable


@dataclass(frozen=True, kw_only=True)
class PairScore:
    """How vectors agree with people's judgements of word pairs.

    Attributes:
        spearman: Rank correlation, the figure that papers give; ties have mean ranks.
        pearson: Linear correlation.
        spearman_p: Two-sided p value.
        pearson_p: Two-sided p value.
        used: Pairs of which both words are known.
        total: All pairs.
        skipped: Lines of the file that are no judgement.
        spearman_interval: What 95 % of resamples of the pairs lie between; None where none was
            asked for.
        pearson_interval: Likewise.
    """

    spearman: float
    pearson: float
    spearman_p: float
    pearson_p: float
    used: int
    total: int
    skipped: int = 0
    spearman_interval: Interval | None = None
    pearson_interval: Interval | None = None

    @property
    def coverage(self) -> float:
        """Share of the pairs whose words are both known."""
        return self.used / self.total if self.total else 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class AnalogySection:
    """The questions of one section whose four words are known, answered.

    Attributes:
        name: As in the file.
        correct: Questions answered rightly.
        incorrect: The others.
        unknown: Those of `incorrect` that have an unknown word, and count as wrong.
    """

    name: str
    correct: list[Question] = field(default_factory=list)
    incorrect: list[Question] = field(default_factory=list)
    unknown: list[Question] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"AnalogySection({self.name!r}, {len(self.correct):,} of {self.total:,} correct)"

    @property
    def known(self) -> int:
        """Questions whose words are all known."""
        return self.total - len(self.unknown)

    @property
    def total(self) -> int:
        """Questions answered."""
        return len(self.correct) + len(self.incorrect)

    @property
    def accuracy(self) -> float:
        """Share of right answers; 0 where there was no question."""
        return len(self.correct) / self.total if self.total else 0.0


@dataclass(frozen=True, kw_only=True, repr=False)
class AnalogyReport:
    """The answers to a file of analogies.

    Attributes:
        sections: In the file's order.
        unknown: Questions with an unknown word; not answered, unless they count as wrong.
        skipped: Lines of the file that are no question.
        method: How they were answered.
        interval: What 95 % of resamples of the questions lie between; None where none was asked
            for.
    """

    sections: list[AnalogySection]
    unknown: int
    skipped: int = 0
    method: Method = "3cosadd"
    interval: Interval | None = None

    def __repr__(self) -> str:
        return f"AnalogyReport({self.correct:,} of {self.total:,} correct, {self.method})"

    @property
    def coverage(self) -> float:
        """Share of the questions whose words are all known."""
        known = sum(section.known for section in self.sections)
        return known / (known + self.unknown) if known + self.unknown else 0.0

    @property
    def correct(self) -> int:
        """Questions answered rightly."""
        return sum(len(section.correct) for section in self.sections)

    @property
    def total(self) -> int:
        """Questions answered."""
        return sum(section.total for section in self.sections)

    @property
    def accuracy(self) -> float:
        """Share of right answers; 0 where there was no question."""
        return self.correct / self.total if self.total else 0.0

    def as_gensim(self) -> list[dict[str, Any]]:
        """A dict a section, and one for the total, as gensim's evaluate_word_analogies gives."""
        found = [
            {"section": section.name, "correct": section.correct, "incorrect": section.incorrect}
            for section in self.sections
        ]
        everything = {
            "section": "Total accuracy",
            "correct": [question for section in self.sections for question in section.correct],
            "incorrect": [question for section in self.sections for question in section.incorrect],
        }
        return [*found, everything]


def word_pairs(
    vectors: VectorTable,
    pairs: str | PathLike[str] | Iterable[Pair],
    *,
    delimiter: str = "\t",
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    unknown_is_zero: bool = False,
    resamples: int = 0,
) -> PairScore:
    """Compares cosines with people's judgements (WordSim-353, SimLex-999).

    Args:
        vectors: The vectors.
        pairs: A file as such sets are published, see `judgements.read_pairs`; or triples of two
            words and a score.
        delimiter: What stands between the fields of a line.
        restrict_vocab: Words beyond the first so many rows count as unknown.
        case_insensitive: Compare words in upper case; the first row of several spellings counts.
        unknown_is_zero: Count a pair with an unknown word as one of cosine 0.
        resamples: How many bootstrap resamples of the pairs the intervals are made of; 0 for none.

    Raises:
        FormatError: There is no such file, or no judgement in it.
        ConfigError: No pair has both words known.
    """
    whole("resamples", resamples, 0)
    known = _first_rows(_folded(vectors, restrict_vocab, case_insensitive))
    skipped = 0
    if isinstance(pairs, str | PathLike):
        name = str(pairs)
        judged = read_pairs(Path(pairs), delimiter)
        triples, skipped = judged.pairs, judged.skipped
    else:
        name = "the given pairs"
        triples = list(pairs)
    people: list[float] = []
    cosines: list[float] = []
    used = 0
    for one, other, score in triples:
        first = known.get(_fold(one, case_insensitive))
        second = known.get(_fold(other, case_insensitive))
        if first is not None and second is not None:
            used += 1
            people.append(score)
            cosines.append(cosine(vectors.vectors[first], vectors.vectors[second]))
        elif unknown_is_zero:
            people.append(score)
            cosines.append(0.0)
    if not people:
        raise ConfigError(
            f"none of the {len(triples)} pairs of {name} has both words in the vocabulary; "
            "check the language and the letter case"
        )
    given, measured = np.array(people), np.array(cosines)
    rank, linear = spearman(given, measured), pearson(given, measured)
    intervals = pair_intervals(given, measured, resamples) if resamples else None
    return PairScore(
        spearman=rank.value,
        pearson=linear.value,
        spearman_p=rank.p,
        pearson_p=linear.p,
        used=used,
        total=len(triples),
        skipped=skipped,
        spearman_interval=None if intervals is None else intervals.spearman,
        pearson_interval=None if intervals is None else intervals.pearson,
    )


def analogies(
    vectors: VectorTable,
    path: str | PathLike[str],
    *,
    restrict_vocab: int | None = 30_000,
    case_insensitive: bool = True,
    unknown_is_wrong: bool = False,
    method: Method = "3cosadd",
    resamples: int = 0,
) -> AnalogyReport:
    """Answers "a is to b as c is to …"; see `vectors.answering`.

    The three words of the question are no answers.

    Args:
        vectors: The vectors.
        path: A file of lines of four words, in sections that a line `: name` starts.
        restrict_vocab: Only the first so many rows are known and can be answers.
        case_insensitive: Compare words in upper case; the first row of several spellings counts.
        unknown_is_wrong: Count questions with an unknown word as answered wrongly.
        method: 3CosAdd or 3CosMul.
        resamples: How many bootstrap resamples of the questions the interval is made of; 0: none.

    Raises:
        FormatError: There is no such file, or there is no question in it.
    """
    choice("method", method, METHODS)
    whole("resamples", resamples, 0)
    folded = _folded(vectors, restrict_vocab, case_insensitive)
    known = _first_rows(folded)
    file = read_questions(Path(path))
    sections: list[AnalogySection] = []
    asked: list[tuple[AnalogySection, Question]] = []
    unknown = 0
    for name, questions in file.sections:
        section = AnalogySection(name=name)
        sections.append(section)
        for given in questions:
            a, b, c, d = (_fold(word, case_insensitive) for word in given)
            question = (a, b, c, d)
            if all(word in known for word in question):
                asked.append((section, question))
                continue
            unknown += 1
            if unknown_is_wrong:
                section.incorrect.append(question)
                section.unknown.append(question)
    # The row that stands for each row's word: another spelling of the right word is right.
    stands_for = np.fromiter(map(known.__getitem__, folded), dtype=np.int64)
    if asked:
        rows = np.array([[known[word] for word in question] for _section, question in asked])
        found = stands_for[answers(vectors, rows[:, :3], stands_for, method)] == rows[:, 3]
        for (section, question), right in zip(asked, found.tolist(), strict=True):
            (section.correct if right else section.incorrect).append(question)
    report = AnalogyReport(sections=sections, unknown=unknown, skipped=file.skipped, method=method)
    if resamples and report.total:
        interval = share_interval(report.correct, report.total, resamples)
        report = replace(report, interval=interval)
    return report


def _fold(word: str, case_insensitive: bool) -> str:
    return word.upper() if case_insensitive else word


def _folded(vectors: VectorTable, restrict_vocab: int | None, case_insensitive: bool) -> list[str]:
    words = vectors.index_to_key[:restrict_vocab]
    return [_fold(str(word), case_insensitive) for word in words]


def _first_rows(folded: list[str]) -> dict[str, int]:
    """Folded word → the first row that has it."""
    return dict(zip(reversed(folded), range(len(folded) - 1, -1, -1), strict=True))
