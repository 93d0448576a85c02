"""Analogies over a run: when does king − man + woman become queen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from lexiscope.inspection.history import Answer, History
from lexiscope.inspection.questions import Question, read_questions
from lexiscope.one_line import one_line


@one_line
@dataclass(frozen=True)
class Score:
    """All answers at one snapshot.

    Attributes:
        snapshot: Its number.
        answers: In the questions' order; without those that had no direction yet.
    """

    snapshot: int
    answers: list[Answer]

    @property
    def correct(self) -> int:
        """Right answers."""
        return sum(answer.correct for answer in self.answers)


@one_line
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
    history: History,
    questions: Sequence[Question] | str | PathLike[str] | None = None,
    snapshots: Sequence[int] | None = None,
) -> Scorecard:
    """Answers analogies at some snapshots by 3CosAdd (Mikolov et al. 2013).

    Args:
        history: The run.
        questions: (a, b, c, d)s; or a file of lines of four words with ": section" lines; None for
            the bundled five, or those that a large run was asked.
        snapshots: When; None for ten, densely at first, or all that had time to ask.

    Raises:
        FormatError: The file is missing, or a line of it is no question.
        ConfigError: A snapshot is not in the run, or a large run was not asked a question.
    """
    if questions is None:
        questions = history.questions()
    elif isinstance(questions, str | PathLike):
        questions = read_questions(Path(questions))
    vocabulary = set(history.tokens)
    answerable = [question for question in questions if vocabulary.issuperset(question)]
    unknown = [question for question in questions if not vocabulary.issuperset(question)]
    return Scorecard(
        [
            Score(snapshot, history.answers(snapshot, answerable))
            for snapshot in (history.scanned() if snapshots is None else snapshots)
        ],
        unknown,
    )
