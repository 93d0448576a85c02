"""Analogies over the run: when does king − man + woman become queen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope import data
from lexiscope.errors import FormatError
from lexiscope.inspection.views.selection import spread, unit_rows
from lexiscope.replay.recording import Recording

Question = tuple[str, str, str, str]


@dataclass(frozen=True)
class Answer:
    """A question's answer at one snapshot.

    Attributes:
        question: a, b, c, d: a is to b as c is to d.
        predicted: The word nearest to b − a + c, the three left out.
        similarity: Its cosine.
        rank: Of the right answer among all words but the three, 1 is best.
    """

    question: Question
    predicted: str
    similarity: float
    rank: int

    @property
    def correct(self) -> bool:
        """Whether the answer is right."""
        return self.rank == 1


@dataclass(frozen=True)
class Score:
    """All answers at one snapshot.

    Attributes:
        snapshot: After so many steps.
        answers: In the questions' order.
    """

    snapshot: int
    answers: list[Answer]

    @property
    def correct(self) -> int:
        """Right answers."""
        return sum(answer.correct for answer in self.answers)


@dataclass(frozen=True)
class Scorecard:
    """Analogies over the run.

    Attributes:
        scores: One a snapshot.
        unknown: Questions with a word that is not in the vocabulary; left out.
    """

    scores: list[Score]
    unknown: list[Question]


def scorecard(
    recording: Recording,
    questions: Sequence[Question] | str | PathLike[str] | None = None,
    snapshots: Sequence[int] | None = None,
) -> Scorecard:
    """Answers analogies at some snapshots by 3CosAdd (Mikolov et al. 2013).

    Args:
        recording: The run.
        questions: (a, b, c, d)s; or a file of lines of four words with ": section" lines; None for
            the bundled five.
        snapshots: When; None for ten, densely at first.

    Raises:
        FormatError: The file is missing, or a line of it is no question.
        ConfigError: A snapshot is not in the run.
    """
    if questions is None:
        questions = data.analogies_path()
    if isinstance(questions, str | PathLike):
        questions = read_questions(Path(questions))
    known = [q for q in questions if all(word in recording.tokens for word in q)]
    unknown = [q for q in questions if q not in known]
    scores = []
    for snapshot in spread(recording.steps) if snapshots is None else snapshots:
        units = unit_rows(recording.weights(snapshot).inputs)
        scores.append(Score(snapshot, [_answer(recording, units, question) for question in known]))
    return Scorecard(scores, unknown)


def read_questions(path: Path) -> list[Question]:
    """The questions of a file; `: section` lines and blank ones are skipped.

    Raises:
        FormatError: The file is missing, or a line is not four words.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise FormatError(path, None, f"{error.strerror}; expected lines of four words") from error
    questions: list[Question] = []
    for number, line in enumerate(lines, 1):
        words = line.lower().split()
        if not words or words[0].startswith(":"):
            continue
        if len(words) != 4:
            raise FormatError(path, f"line {number}", f"has {len(words)} words, expected four")
        questions.append((words[0], words[1], words[2], words[3]))
    return questions


def _answer(recording: Recording, units: NDArray[np.float64], question: Question) -> Answer:
    a, b, c, d = (recording.row(word) for word in question)
    wanted = units[b] - units[a] + units[c]
    length = float(np.linalg.norm(wanted))
    cosines = units @ (wanted / length if length > 0 else wanted)
    cosines[[a, b, c]] = -np.inf
    best = int(np.argmax(cosines))
    rank = 1 + int((cosines > cosines[d]).sum())
    return Answer(question, recording.tokens[best], float(cosines[best]), rank)
