"""The quiz: a run as the page does it again, the same from the server as from the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from lexiscope.inspection import Recording
from lexiscope.server.app import create_app
from lexiscope.server.views.quiz import routes
from lexiscope.server.views.quiz.replay_block import replay_block
from tests.support.server_pages import LOCAL, Page


def test_the_server_has_the_run_as_the_file_has_it(page: Page, recording: Recording) -> None:
    payload, arrays = page.binary("/api/replay")
    expected, parts = replay_block(recording)
    assert payload == expected.model_dump()
    assert set(arrays) == set(parts)
    for name, array in parts.items():
        assert np.array_equal(arrays[name], array), name


def test_a_run_too_large_for_a_page_is_refused_in_a_line(
    bundled_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "REPLAY_BYTES", 1000)
    page = Page(TestClient(create_app(bundled_run), base_url=LOCAL))
    assert "15,000 steps" in page.refused("/api/replay", 404)


def test_what_was_not_recorded_is_not_done_again(plain: Page) -> None:
    assert "record" in plain.refused("/api/replay", 404)
