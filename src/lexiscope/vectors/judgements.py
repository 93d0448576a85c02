"""Files to evaluate on, as they are published: people's judgements of word pairs, and analogies.

The sets differ in what stands between the fields, in a header line, and in columns beside the mean
judgement. A line that is none of what it should be is left out and counted, as gensim does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.lists import read_text
from lexiscope.one_line import one_line

Pair = tuple[str, str, float]
Question = tuple[str, str, str, str]

_SET = "a set to evaluate on"
# What stands between fields; any white space where none of these is in a line.
_DELIMITERS = ("\t", ";", ",")
# What the column of the mean judgement is called, in the sets that have several of numbers.
_SCORES = ("mean", "score", "simlex999", "similarity", "rating", "relatedness")


@one_line
@dataclass(frozen=True, kw_only=True)
class Pairs:
    """The judgements of a file.

    Attributes:
        pairs: Two words and a score, in the file's order.
        skipped: Lines that are no judgement, a header and comments aside.
    """

    pairs: list[Pair]
    skipped: int


@one_line
@dataclass(frozen=True, kw_only=True)
class Questions:
    """The analogies of a file.

    Attributes:
        sections: Name and questions of each, in the file's order.
        skipped: Lines that are no question, comments aside.
    """

    sections: list[tuple[str, list[Question]]]
    skipped: int


def read_pairs(path: Path, delimiter: str = "\t") -> Pairs:
    r"""Reads judgements: `a TAB b TAB score`, with commas, semicolons or spaces as well.

    Args:
        path: The file. Lines that start with # are left out.
        delimiter: What stands between fields; where a line has none of it, what it has of "\t", ";"
            and ",", or white space.

    Raises:
        FormatError: There is no such file, or no line of it is two words and a number.
    """
    pairs: list[Pair] = []
    skipped, column, is_first = 0, 2, True
    for line in read_text(path, _SET).split("\n"):
        if line.startswith("#") or not line.strip():
            continue
        fields = _fields(line, delimiter)
        pair = _judgement(fields, column)
        if pair is not None:
            pairs.append(pair)
        elif is_first and len(fields) > 2:
            column = _score_column(fields)
        else:
            skipped += 1
        is_first = False
    if not pairs:
        raise FormatError(
            path, None, "has no line of two words and a number, expected people's judgements"
        )
    return Pairs(pairs=pairs, skipped=skipped)


def read_questions(path: Path) -> Questions:
    """Reads analogies: lines of four words, in sections that a line `: name` starts.

    Raises:
        FormatError: There is no such file, or there is no question in it.
    """
    sections: list[tuple[str, list[Question]]] = []
    skipped = 0
    for line in read_text(path, _SET).split("\n"):
        if line.startswith(":"):
            sections.append((line.lstrip(": ").strip(), []))
            continue
        if line.startswith("#") or not line.strip():
            continue
        words = line.split()
        if len(words) != 4:
            skipped += 1
            continue
        if not sections:
            sections.append(("", []))
        sections[-1][1].append((words[0], words[1], words[2], words[3]))
    if not any(questions for _name, questions in sections):
        raise FormatError(path, None, "has no line of four words, expected analogies")
    return Questions(sections=sections, skipped=skipped)


def _fields(line: str, delimiter: str) -> list[str]:
    for candidate in (delimiter, *_DELIMITERS):
        if candidate in line:
            return [field.strip() for field in line.split(candidate)]
    return line.split()


def _judgement(fields: list[str], column: int) -> Pair | None:
    """Two words and the number in a column, or in the first that has one."""
    if len(fields) < 3 or not fields[0] or not fields[1]:
        return None
    chosen = [column] if column < len(fields) else []
    for place in (*chosen, *_numbers(fields)):
        score = _number(fields[place])
        if score is not None:
            return fields[0], fields[1], score
    return None


def _numbers(fields: list[str]) -> Iterator[int]:
    return (place for place in range(2, len(fields)) if _number(fields[place]) is not None)


def _number(field: str) -> float | None:
    try:
        value = float(field)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _score_column(header: list[str]) -> int:
    """The column whose name says that it is the mean judgement; the third where none does."""
    names = [name.lower() for name in header]
    for wanted in _SCORES:
        for place in range(2, len(names)):
            if wanted in names[place]:
                return place
    return 2
