"""Evaluation of vectors, by people's judgements of word pairs and by analogies.

Both follow gensim's reading of the files (which words count as known, letter case), so that
numbers can be compared. Analogies are answered as matrix products of many questions at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.lists import read_text
from lexiscope.vectors.search import directions, unit
from lexiscope.vectors.statistics import pearson, spearman
from lexiscope.vectors.table import VectorTable

# The similarities of one batch of questions with one block of rows take 32 MiB.
_QUESTIONS = 1024
_ROWS = 8192

Question = tuple[str, str, str, str]


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
    """

    spearman: float
    pearson: float
    spearman_p: float
    pearson_p: float
    used: int
    total: int


@dataclass(frozen=True, kw_only=True)
class AnalogySection:
    """The questions of one section whose four words are known, answered.

    Attributes:
        name: As in the file.
        correct: Questions answered rightly.
        incorrect: The others.
    """

    name: str
    correct: list[Question] = field(default_factory=list)
    incorrect: list[Question] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Questions answered."""
        return len(self.correct) + len(self.incorrect)

    @property
    def accuracy(self) -> float:
        """Share of right answers; 0 where there was no question."""
        return len(self.correct) / self.total if self.total else 0.0


@dataclass(frozen=True, kw_only=True)
class AnalogyReport:
    """The answers to a file of analogies.

    Attributes:
        sections: In the file's order.
        unknown: Questions with an unknown word; not answered, unless they count as wrong.
    """

    sections: list[AnalogySection]
    unknown: int

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
    pairs: str | PathLike[str] | Iterable[tuple[str, str, float]],
    *,
    delimiter: str = "\t",
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
) -> PairScore:
    """Compares cosines with people's judgements (WordSim-353, SimLex-999).

    Args:
        vectors: The vectors.
        pairs: A file of lines `a TAB b TAB score`, where lines that start with # are left out; or
            such triples.
        delimiter: What stands between the fields of a line.
        restrict_vocab: Words beyond the first so many rows count as unknown.
        case_insensitive: Compare words in upper case; the first row of several spellings counts.

    Raises:
        FormatError: There is no such file, or a line is not two words and a number.
        ConfigError: No pair has both words known.
    """
    known = _known_words(vectors, restrict_vocab, case_insensitive)
    if isinstance(pairs, str | PathLike):
        name = str(pairs)
        triples = list(_read_pairs(Path(pairs), delimiter))
    else:
        name = "the given pairs"
        triples = list(pairs)
    people: list[float] = []
    cosines: list[float] = []
    for one, other, score in triples:
        first = known.get(_fold(one, case_insensitive))
        second = known.get(_fold(other, case_insensitive))
        if first is not None and second is not None:
            people.append(score)
            cosines.append(float(unit(vectors.vectors[first]) @ unit(vectors.vectors[second])))
    if not people:
        raise ConfigError(
            f"none of the {len(triples)} pairs of {name} has both words in the vocabulary; "
            "check the language and the letter case"
        )
    judged, measured = np.array(people), np.array(cosines)
    rank, linear = spearman(judged, measured), pearson(judged, measured)
    return PairScore(
        spearman=rank.value,
        pearson=linear.value,
        spearman_p=rank.p,
        pearson_p=linear.p,
        used=len(people),
        total=len(triples),
    )


def analogies(
    vectors: VectorTable,
    path: str | PathLike[str],
    *,
    restrict_vocab: int | None = 30_000,
    case_insensitive: bool = True,
    unknown_is_wrong: bool = False,
) -> AnalogyReport:
    """Answers "a is to b as c is to …" by the word nearest to b − a + c (3CosAdd).

    Mikolov et al., Efficient Estimation of Word Representations in Vector Space, 2013. The three
    words of the question are no answers.

    Args:
        vectors: The vectors.
        path: A file of lines of four words, in sections that a line `: name` starts.
        restrict_vocab: Only the first so many rows are known and can be answers.
        case_insensitive: Compare words in upper case; the first row of several spellings counts.
        unknown_is_wrong: Count questions with an unknown word as answered wrongly.

    Raises:
        FormatError: There is no such file, or there is no question in it.
    """
    known = _known_words(vectors, restrict_vocab, case_insensitive)
    sections: list[AnalogySection] = []
    asked: list[tuple[AnalogySection, Question]] = []
    unknown = 0
    for name, question in _read_analogies(Path(path), case_insensitive):
        if not sections or sections[-1].name != name:
            sections.append(AnalogySection(name=name))
        if question is None:
            continue
        if all(word in known for word in question):
            asked.append((sections[-1], question))
            continue
        unknown += 1
        if unknown_is_wrong:
            sections[-1].incorrect.append(question)
    if not asked and not unknown:
        raise FormatError(path, None, "has no line of four words, expected analogies")
    rows = np.array([[known[word] for word in question] for _section, question in asked])
    # The row that stands for each row's word: another spelling of the right word is right.
    folded = (_fold(word, case_insensitive) for word in vectors.index_to_key[:restrict_vocab])
    stands_for = np.fromiter((known[word] for word in folded), dtype=np.int64)
    for (section, question), right in zip(
        asked, _answer(vectors, rows.reshape(-1, 4), stands_for), strict=True
    ):
        (section.correct if right else section.incorrect).append(question)
    return AnalogyReport(sections=sections, unknown=unknown)


def _answer(
    vectors: VectorTable, questions: NDArray[np.int64], stands_for: NDArray[np.int64]
) -> Iterator[bool]:
    """Whether each question (Q×4 rows of the matrix) is answered rightly, in their order."""
    spellings: dict[int, list[int]] = {}
    for row, first in enumerate(stands_for.tolist()):
        spellings.setdefault(first, []).append(row)
    for start in range(0, len(questions), _QUESTIONS):
        batch = questions[start : start + _QUESTIONS]
        units = [_unit_rows(vectors, batch[:, column]) for column in range(3)]
        query = units[1] - units[0] + units[2]
        banned = np.array(
            [
                (index, row)
                for index, question in enumerate(batch[:, :3].tolist())
                for first in question
                for row in spellings[first]
            ]
        )
        answers = _nearest(vectors, query, banned, len(stands_for))
        yield from (stands_for[answers] == batch[:, 3]).tolist()


def _nearest(
    vectors: VectorTable, query: NDArray[np.float32], banned: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """The row of the highest cosine for each query, among the first `count` rows.

    Args:
        vectors: The vectors.
        query: Q×D.
        banned: Pairs of a query's number and a row that is no answer to it.
        count: How many rows to search.

    Returns:
        Q rows, int64.
    """
    best = np.full(len(query), -np.inf, dtype=np.float32)
    answer = np.zeros(len(query), dtype=np.int64)
    everyone = np.arange(len(query))
    for start in range(0, count, _ROWS):
        rows = np.arange(start, min(start + _ROWS, count))
        cosines = query @ _unit_rows(vectors, rows).T
        norms = vectors.norms[rows]
        cosines[:, ~(norms > 0)] = -np.inf
        here = banned[(banned[:, 1] >= start) & (banned[:, 1] < start + _ROWS)]
        cosines[here[:, 0], here[:, 1] - start] = -np.inf
        column = cosines.argmax(axis=1)
        value = cosines[everyone, column]
        better = value > best
        best[better] = value[better]
        answer[better] = rows[column[better]]
    return answer


def _unit_rows(vectors: VectorTable, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return directions(vectors.vectors[rows], vectors.norms[rows])


def _fold(word: str, case_insensitive: bool) -> str:
    return word.upper() if case_insensitive else word


def _known_words(
    vectors: VectorTable, restrict_vocab: int | None, case_insensitive: bool
) -> dict[str, int]:
    """Folded word → the first row that has it."""
    known: dict[str, int] = {}
    for row, word in enumerate(vectors.index_to_key[:restrict_vocab]):
        known.setdefault(_fold(word, case_insensitive), row)
    return known


def _read_pairs(path: Path, delimiter: str) -> Iterator[tuple[str, str, float]]:
    for number, line in enumerate(read_text(path, "a set to evaluate on").split("\n"), 1):
        if line.startswith("#") or not line.strip():
            continue
        try:
            one, other, score = line.split(delimiter)
            if not math.isfinite(float(score)):
                raise ValueError("no number")
            yield one, other, float(score)
        except ValueError as error:
            raise FormatError(
                path,
                f"line {number}",
                f"is {line[:60]!r}, expected two words and a number with {delimiter!r} between",
            ) from error


def _read_analogies(path: Path, case_insensitive: bool) -> Iterator[tuple[str, Question | None]]:
    """(section, question); a section's start gives (section, None)."""
    section = ""
    for number, line in enumerate(read_text(path, "a set to evaluate on").split("\n"), 1):
        if line.startswith(":"):
            section = line.lstrip(": ").strip()
            yield section, None
            continue
        if line.startswith("#") or not line.strip():
            continue
        words = _fold(line, case_insensitive).split()
        if len(words) != 4:
            raise FormatError(
                path, f"line {number}", f"is {line[:60]!r}, expected four words or `: section`"
            )
        yield section, (words[0], words[1], words[2], words[3])
