"""Explore: any model asked, with the numbers that the library gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import lexiscope
from lexiscope.vectors import KeyedVectors
from tests.support.harness import settle

Check = Callable[[Page], None]


@pytest.fixture(scope="module")
def vectors(bundled_run: Path) -> KeyedVectors:
    return lexiscope.load(bundled_run)


def show(page: Page, server: str, query: str = "") -> None:
    page.goto(f"{server}/#/explore{query}")
    settle(page)


def value(page: Page, testid: str) -> float:
    """The number behind a test id."""
    return float(page.get_by_test_id(testid).first.get_attribute("data-value") or "nan")


@pytest.mark.parametrize("word", ["king", "dog", "bread"])
def test_nearest_words_are_the_librarys(
    page: Page, server: str, vectors: KeyedVectors, word: str
) -> None:
    show(page, server, f"?word={word}")
    wanted = vectors.most_similar(word, topn=10)
    rows = page.locator("#nearest table tbody tr")
    expect(rows).to_have_count(10)
    for row, (near, cosine) in zip(rows.all(), wanted, strict=True):
        expect(row).to_contain_text(near)
        expect(row).to_contain_text(f"{cosine:.4f}".replace("-", "\u2212"))
    assert value(page, "nearest") == pytest.approx(wanted[0][1], abs=1e-6)


def test_the_other_matrix_has_other_neighbours(
    page: Page, server: str, vectors: KeyedVectors
) -> None:
    show(page, server, "?word=king&space=output")
    output = vectors.output_vectors
    unit = output / (output**2).sum(1, keepdims=True) ** 0.5
    cosines = unit @ unit[vectors.key_to_index["king"]]
    cosines[vectors.key_to_index["king"]] = -2
    best = vectors.index_to_key[int(cosines.argmax())]
    expect(page.locator("#nearest table tbody tr").first).to_contain_text(best)
    assert value(page, "nearest") == pytest.approx(float(cosines.max()), abs=1e-5)


def test_analogies_show_their_arithmetic(page: Page, server: str, vectors: KeyedVectors) -> None:
    show(page, server, "?plus=king,woman&minus=man")
    ((answer, cosine),) = vectors.most_similar(positive=["king", "woman"], negative=["man"], topn=1)
    expect(page.get_by_test_id("analogy")).to_have_text(answer)
    assert value(page, "analogy") == pytest.approx(cosine, abs=1e-6)
    expect(page.locator("#arithmetic")).to_contain_text("king + woman − man ≈")


def test_a_list_and_a_pair_have_the_librarys_cosines(
    page: Page, server: str, vectors: KeyedVectors
) -> None:
    show(page, server, "?words=king,queen,nonsense&a=dog&b=cat")
    assert value(page, "list") == pytest.approx(vectors.similarity("king", "queen"), abs=1e-6)
    expect(page.locator("#likeness")).to_contain_text("Not in the vocabulary: nonsense.")
    cosine = value(page, "compare-cosine")
    assert cosine == pytest.approx(vectors.similarity("dog", "cat"), abs=1e-6)


def test_words_are_found_as_they_are_typed_with_the_keyboard_alone(page: Page, server: str) -> None:
    show(page, server, "?word=king")
    page.get_by_role("combobox", name="Word", exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("que")
    expect(page.get_by_role("option", name="queen")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.locator("#nearest")).to_contain_text("Nearest to queen.")
    assert "word=queen" in page.url


def test_an_unknown_word_is_told_with_words_spelled_alike(
    new_page: Callable[..., Page], server: str
) -> None:
    page = new_page(expected=[r"404"])
    show(page, server, "?word=kinng")
    expect(page.locator("#nearest")).to_contain_text("kinng")
    page.locator("#nearest").get_by_role("button", name="king", exact=True).click()
    settle(page)
    expect(page.locator("#nearest")).to_contain_text("Nearest to king.")


def test_what_is_shown_can_be_kept(page: Page, server: str) -> None:
    show(page, server, "?word=king")
    with page.expect_download() as kept:
        page.locator("#nearest").get_by_role("button", name="CSV").click()
    lines = Path(kept.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "rank,word,cosine"
    assert len(lines) == 11


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_in_both_themes_and_no_wider_than_a_phone(
    new_page: Callable[..., Page], server: str, axe: Check, theme: str
) -> None:
    page = new_page(color_scheme=theme, viewport={"width": 360, "height": 740})
    show(page, server, "?word=king")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_model_without_a_recording_can_be_explored(page: Page, plain_server: str) -> None:
    show(page, plain_server)
    for part in ("nearest", "arithmetic", "likeness", "two-words", "lengths"):
        expect(page.locator(f"#{part}")).to_be_visible()
    assert json.loads(page.evaluate("JSON.stringify(location.hash)")).startswith("#/explore")
