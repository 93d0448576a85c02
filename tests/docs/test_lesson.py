"""The lesson's numbers are those of the run that its class opens."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from lexiscope.inspection import Recording
from tests.support import harness

LESSON = (Path(__file__).parents[2] / "docs" / "tutorials" / "lesson.md").read_text(
    encoding="utf-8"
)


@pytest.fixture(scope="module")
def recording(saved: Path) -> Recording:
    return Recording.open(saved)


def test_its_minutes_are_a_lesson_without_a_gap() -> None:
    spans = re.findall(r"^\| (\d+) – (\d+) \|", LESSON, re.MULTILINE)
    assert [int(begin) for begin, _ in spans] == [0, *(int(end) for _, end in spans[:-1])]
    assert spans[-1][1] == "45"
    heads = re.findall(r"^## (\d+) – (\d+) · ", LESSON, re.MULTILINE)
    bounds = {int(bound) for span in spans for bound in span}
    assert all(int(bound) in bounds for head in heads for bound in head)


def test_its_views_are_the_pages() -> None:
    others = {"quiz", "own"}
    named = set(re.findall(r"#/(\w+)", LESSON))
    assert named <= {*harness.VIEWS, *others}


def test_its_sentences_are_counted(recording: Recording) -> None:
    texts = [set(sentence.split()) for sentence in recording.corpus.sentences]
    with_kingdom = [text for text in texts if "kingdom" in text]
    both = [text for text in with_kingdom if "castle" in text]
    assert f"{len(with_kingdom)} of the {len(texts)} sentences" in " ".join(LESSON.split())
    assert f"in {len(both)} of them with *castle*" in LESSON
    assert f"{recording.run.epoch_length:,} pairs" in LESSON


def test_its_surprises_are_logarithms() -> None:
    table = re.findall(r"^\| (?:1 in )?([\d.]+) \| ([\d.]+) \|$", LESSON, re.MULTILINE)
    assert len(table) == 4
    for given, surprise in table:
        probability = float(given) if float(given) <= 1 else 1 / float(given)
        assert abs(-math.log(probability) - float(surprise)) < 0.006


def test_its_rule_of_pairs_is_right() -> None:
    """For n kept words and a window of w < n: 2wn − w(w + 1)."""
    for words in range(2, 9):
        for window in range(1, words):
            pairs = sum(
                1
                for center in range(words)
                for other in range(words)
                if other != center and abs(other - center) <= window
            )
            assert pairs == 2 * window * words - window * (window + 1)
