"""A short run of the fuzz; the long one is a command (see CONTRIBUTING.md)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope.errors import LexiscopeError
from lexiscope.formats import FORMATS
from lexiscope.formats.contract import VectorsData
from tests.reliability.fuzz import run
from tests.reliability.fuzz_targets import TARGETS
from tests.reliability.mutations import mutated
from tests.support import fuzz
from tests.support.fuzz_cases import MATRIX, WORDS, Case, all_cases

pytestmark = pytest.mark.slow


def test_damaged_inputs_of_every_kind_do_no_harm() -> None:
    report = run(4000, seed=1)
    assert report.faults == []
    assert report.mutations == 4000
    # Some damage is none (a digit of a count), or is told by a warning: not all is refused.
    assert sum(report.accepted.values()) > 40


def test_what_ends_the_process_is_a_fault_and_the_rest_goes_on(tmp_path: Path) -> None:
    report = run(2, seed=1, targets=["no such target"], keep=tmp_path)
    assert len(report.faults) == 1
    assert "ended the process with 2" in report.faults[0]


@pytest.mark.parametrize("name", TARGETS)
def test_changes_that_fit_in_keep_what_they_change_readable(name: str, tmp_path: Path) -> None:
    opened = 0
    for number, case in enumerate(TARGETS[name].samples(tmp_path)[:12]):
        for attempt in range(12):
            rng = np.random.default_rng([number, attempt])
            files = {file: mutated(content, rng)[0] for file, content in case.files.items()}
            changed = fuzz_case(case, files)
            try:
                TARGETS[name].open(changed.write(tmp_path / "changed"))
                opened += 1
            except LexiscopeError as error:
                assert "\n" not in str(error)
    # Bytes set at random leave hardly any file sound.
    assert opened > 2


def fuzz_case(case: Case, files: dict[str, bytes]) -> Case:
    """The sample with other files."""
    return Case(case.name, files, folder=case.folder, main=case.main)


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
