"""The list of views: one folder on both sides, and nothing of it left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lexiscope.server.app import describe
from lexiscope.server.views import registry
from tests.support import harness

FOLDER = Path(registry.__file__).parent
PAGE = Path(__file__).parents[2] / "web" / "src" / "views" / "registry.ts"
IDS = [view.id for view in registry.VIEWS]
# Views that are made of the other views' answers, and ask for nothing of their own.
MADE_OF_OTHERS = {"story", "own"}

# Routes that can be asked without parameters and yet are not asked for as they stand.
NOT_AS_THEY_STAND = {
    "/api/words": "the page searches its own vectors",
    "/api/sentences": "the single file has all sentences in one answer, put together from pages",
    "/api/replay": "the single file has it beside its answers, to do steps again",
    "/api/map": "how far a map is, is known where it is made",
    "/api/map/places": "the single file has no map",
    "/api/map/clusters": "the single file has no map",
    "/api/compare": "the single file has one model",
    "/api/compare/words": "the single file has one model",
    "/api/contextual/model": "a transformer does not fit into a file",
    "/api/senses": "the single file has one vector a word",
}


def test_the_folders_are_the_list() -> None:
    assert sorted(path.parent.name for path in FOLDER.glob("*/__init__.py")) == sorted(IDS)
    for name in IDS:
        assert (FOLDER / name / "routes.py").is_file() and (FOLDER / name / "payloads.py").is_file()


def test_the_page_has_the_same_views_in_the_same_order() -> None:
    if not PAGE.is_file():
        pytest.skip("this copy has no web/")
    shown = re.findall(r"^    id: '(\w+)',$", PAGE.read_text(encoding="utf-8"), re.M)
    assert [name for name in shown if name not in MADE_OF_OTHERS] == IDS
    assert set(shown) >= MADE_OF_OTHERS
    for name in shown:
        assert (PAGE.parent / name / "View.svelte").is_file()


def test_the_browser_tests_open_every_view() -> None:
    # The contextual view needs a transformer, a comparison two models, senses a table of words in
    # their sentences: they have servers of their own; the reader's own text has browser tests of
    # its own.
    opened = [name for name in harness.VIEWS if name not in MADE_OF_OTHERS]
    assert [name for name in IDS if name not in ("contextual", "compare", "senses")] == opened
    assert "story" in harness.VIEWS


def test_the_single_file_asks_for_every_route_that_needs_no_parameter() -> None:
    asked = {address for view in registry.VIEWS for address in view.single_file}
    paths: dict[str, Any] = describe().openapi()["paths"]
    free = {
        path
        for path, methods in paths.items()
        if not any(parameter["required"] for parameter in methods["get"].get("parameters", []))
    }
    assert free - asked == set(NOT_AS_THEY_STAND)
    assert {address.partition("?")[0] for address in asked} <= free
