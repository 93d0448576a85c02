"""A short run of the fuzz in `fuzz.py`; the long one is a command (see CONTRIBUTING.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope.formats import FORMATS
from lexiscope.formats.contract import VectorsData
from tests.support import fuzz
from tests.support.fuzz_cases import MATRIX, WORDS, all_cases

pytestmark = pytest.mark.slow


def test_damaged_files_of_every_format_do_no_harm(tmp_path: Path) -> None:
    findings = fuzz.run(4000, seed=1, folder=tmp_path)
    assert findings.faults == []
    assert findings.files == 4000
    # Some damage is none (a digit of a count), or is told by a warning: not all is refused.
    assert sum(findings.accepted.values()) > 40


def test_every_format_is_among_the_cases(tmp_path: Path) -> None:
    names = {case.name.split(" ")[0] for case in all_cases(tmp_path)}
    assert {known.name for known in FORMATS} <= names


@pytest.mark.parametrize("name", ["word2vec-text", "word2vec-binary", "model", "finalfusion"])
def test_a_wrong_vector_is_seen(name: str, tmp_path: Path) -> None:
    case = next(case for case in all_cases(tmp_path) if case.name == name)
    assert case.intact(case.files) == list(range(len(WORDS)))
    wrong = MATRIX.copy()
    wrong[3, 2] += 0.5
    fault = fuzz.fault_of(case, case.files, VectorsData(list(WORDS), wrong))
    assert fault == "the vector of 'gamma7' is another"
    fewer = VectorsData(WORDS[:-1], MATRIX[:-1])
    assert "'last8' is lost" in str(fuzz.fault_of(case, case.files, fewer))


def test_a_row_that_was_hit_is_not_asked_for(tmp_path: Path) -> None:
    case = next(case for case in all_cases(tmp_path) if case.name == "word2vec-binary")
    content = bytearray(case.files[case.main])
    content[-2] ^= 1
    assert case.intact({case.main: bytes(content)}) == list(range(len(WORDS) - 1))


def test_damage_is_the_same_for_the_same_seed() -> None:
    content = b"3 2\nsea 0.5 1.5\nfish 2.5 3.5\n"
    one, other = (fuzz.damaged(content, np.random.default_rng([7, 1])) for _ in range(2))
    assert one == other
    assert one[0] != content
