"""The page as one file: opened from disk, with the network off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import harness

LARGEST = 5_000_000


@pytest.fixture(scope="module")
def page_file(bundled_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `lexiscope page` writes of the bundled run."""
    if not (harness.STATIC / "page.html").is_file():
        harness.unavailable("the page is not built: `make page` (it needs Node 20)")
    file = tmp_path_factory.mktemp("page") / "bundled.html"
    harness.run_lexiscope("page", bundled_run, "-o", file)
    return file


def test_the_file_can_be_sent_by_mail(page_file: Path) -> None:
    assert page_file.stat().st_size <= LARGEST


@pytest.mark.parametrize("view", harness.VIEWS)
def test_each_view_works_from_disk_without_a_network(
    new_page: Callable[..., Page], page_file: Path, view: str
) -> None:
    page = new_page(offline=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{page_file.as_uri()}#/{view}")
    expect(page.locator("h1")).to_have_text(view.capitalize())
    harness.settle(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    elsewhere = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    assert elsewhere == []


def test_its_address_can_be_changed_and_gone_back_from(
    new_page: Callable[..., Page], page_file: Path
) -> None:
    page = new_page(offline=True)
    page.goto(page_file.as_uri())
    expect(page.locator("h1")).to_have_text("Story")
    page.keyboard.press("2")
    expect(page.locator("h1")).to_have_text("Blueprint")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Story")
    harness.settle(page)


def test_it_is_as_accessible_as_the_served_page(
    new_page: Callable[..., Page], page_file: Path, axe: Callable[[Page], None]
) -> None:
    page = new_page(offline=True)
    page.goto(page_file.as_uri())
    expect(page.locator("h1")).to_be_visible()
    harness.settle(page)
    axe(page)


def test_the_story_is_whole_from_disk(new_page: Callable[..., Page], page_file: Path) -> None:
    """Every scene of the file is one that the server tells, bet and all."""
    page = new_page(offline=True)
    page.goto(page_file.as_uri())
    stage = page.get_by_test_id("scene")
    for scene in range(10):
        expect(stage).to_have_attribute("data-scene", str(scene))
        harness.settle(page)
        stage.locator(".bets button").first.click()
        expect(stage.locator(".bets .right")).to_have_count(1)
        expect(page.get_by_role("alert")).to_have_count(0)
        page.keyboard.press("ArrowRight")
    expect(stage.locator(".reveal")).to_contain_text("times")
