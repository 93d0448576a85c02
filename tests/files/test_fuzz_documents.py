"""A short run of the fuzz of documents (`python -m tests.reliability.fuzz_documents`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.document_targets import all_targets
from tests.reliability.fuzz_documents import run


@pytest.mark.slow
def test_damaged_documents_open_or_are_refused_in_a_line(tmp_path: Path) -> None:
    targets = all_targets(tmp_path / "sound")
    findings = run(targets, 6 * len(targets), 20_260, tmp_path)
    assert findings.faults == []
    # Neither is everything refused, nor is everything taken.
    assert findings.opened.total() > len(targets)
    assert findings.refused.total() > len(targets)
