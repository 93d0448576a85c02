"""Analogy questions and their files: lines of four words, "a is to b as c is to d"."""

from __future__ import annotations

from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.lists import read_text

Question = tuple[str, str, str, str]


def read_questions(path: Path) -> list[Question]:
    """The questions of a file; `: section` lines and blank ones are skipped.

    Raises:
        FormatError: The file is missing or not UTF-8, or a line is not four words.
    """
    lines = read_text(path, "lines of four words").splitlines()
    questions: list[Question] = []
    for number, line in enumerate(lines, 1):
        words = line.lower().split()
        if not words or words[0].startswith(":"):
            continue
        if len(words) != 4:
            raise FormatError(path, f"line {number}", f"has {len(words)} words, expected four")
        questions.append((words[0], words[1], words[2], words[3]))
    return questions
