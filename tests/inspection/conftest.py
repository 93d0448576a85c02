"""Recorded runs that the tests of this room share."""

from __future__ import annotations

from pathlib import Path

import pytest

from lexiscope.inspection import RecordConfig, Recording, record_text


@pytest.fixture(scope="session")
def bundled() -> Recording:
    """All 15,000 steps on the bundled corpus, with the reference program's defaults."""
    return record_text(None, RecordConfig())


@pytest.fixture(scope="session")
def saved(bundled: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in a run folder."""
    path = tmp_path_factory.mktemp("recorded") / "run"
    bundled.save(path)
    return path


@pytest.fixture(scope="session")
def next_word() -> Recording:
    """The reference's second program, with its defaults."""
    return record_text(None, RecordConfig(architecture="next-word"))
