"""Every view on a model of a large vocabulary, trained from novels and recorded at snapshots."""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import lexiscope
from tests.support import harness
from tests.support.harness import settle

BOOKS = Path(__file__).parents[3] / "shared" / "data" / "books.txt.xz"
CHARACTERS = 8_000_000


@pytest.fixture(scope="module")
def books_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the first megabytes of the books."""
    if not BOOKS.is_file():
        pytest.skip("the books lie outside the repository, and not here")
    folder = tmp_path_factory.mktemp("books")
    text = folder / "books.txt"
    with lzma.open(BOOKS, "rt", encoding="utf-8") as books:
        text.write_text(books.read(CHARACTERS), encoding="utf-8")
    model = folder / "novels"
    harness.run_lexiscope("train", text, "-o", model, "--epochs", "1", "--record")
    return model


@pytest.fixture(scope="module")
def books_server(books_model: Path) -> Iterator[str]:
    """The address of its server."""
    with harness.serving(books_model) as address:
        yield address


@pytest.mark.parametrize("view", harness.VIEWS)
def test_each_view_opens(
    page: Page, books_server: str, view: str, axe: Callable[[Page], None]
) -> None:
    page.goto(f"{books_server}/#/{view}")
    settle(page)
    expect(page.locator("h1")).to_have_text(view.capitalize())
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_neighbours_are_the_librarys(page: Page, books_server: str, books_model: Path) -> None:
    vectors = lexiscope.load(books_model)
    page.goto(f"{books_server}/#/explore?word=king")
    settle(page)
    rows = page.locator("#nearest table tbody tr")
    for row, (word, cosine) in zip(rows.all(), vectors.most_similar("king"), strict=True):
        expect(row).to_contain_text(word)
        expect(row).to_contain_text(f"{cosine:.4f}".replace("-", "\u2212"))


def test_the_journey_has_the_watched_words(page: Page, books_server: str) -> None:
    page.goto(f"{books_server}/#/journey")
    settle(page)
    expect(page.locator("main")).to_contain_text("loss")
    expect(page.locator("main .empty")).to_have_count(0)
