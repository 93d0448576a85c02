"""Two models side by side: by mouse and keyboard, with the library's numbers."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import lexiscope
from lexiscope import KeyedVectors
from lexiscope.vectors.comparing.comparison import Comparison
from tests.support import harness
from tests.support.harness import settle, until

NewPage = Callable[..., Page]
Check = Callable[[Page], None]
WORDS, MOST_ROWS = 50_000, 60


def pair_of_models(folder: Path, words: int, moved: tuple[int, int]) -> list[Path]:
    """A model, and it turned, with two words' rows exchanged and a few words of its own."""
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(40, 16))[np.arange(words) % 40]
    matrix = matrix + 0.4 * rng.normal(size=matrix.shape)
    turned = matrix @ np.linalg.qr(rng.normal(size=(16, 16)))[0]
    turned += 0.1 * rng.normal(size=matrix.shape)
    turned[list(moved)] = turned[list(moved[::-1])]
    names = [f"word{row}" for row in range(words)]
    paths = [folder / "old", folder / "new"]
    for path, rows, last in zip(paths, (matrix, turned), ("steam", "radio"), strict=True):
        KeyedVectors([*names[:-1], last], rows.astype(np.float32)).save(path)
    return paths


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return pair_of_models(tmp_path_factory.mktemp("pair"), 600, (37, 44))


@pytest.fixture(scope="module")
def result(models: list[Path]) -> Comparison:
    return lexiscope.compare(*models)


@pytest.fixture(scope="module")
def both(models: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pairs = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    pairs.write_text("word1\tword41\t9\nword1\tword2\t1\nword3\tword43\t8\nword4\tsteam\t2\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEXISCOPE_CACHE", str(tmp_path_factory.mktemp("maps")))
        with harness.comparing(*models, "--pairs", pairs) as address:
            yield address


def show(page: Page, server: str, query: str = "") -> None:
    page.goto(f"{server}/#/compare{query}")
    expect(page.get_by_test_id("shifts")).to_be_visible()
    settle(page)


def first_words(page: Page, count: int) -> list[str]:
    buttons = page.get_by_test_id("shifts").locator("tbody button")
    return [buttons.nth(place).inner_text() for place in range(count)]


def test_the_words_that_moved_stand_first_with_the_comparisons_figures(
    page: Page, both: str, result: Comparison
) -> None:
    show(page, both)
    moved = result.most_shifted(5)
    assert first_words(page, 5) == [one.word for one in moved]
    row = page.get_by_test_id("shifts").locator("tbody tr", has_text=moved[0].word).first
    expect(row).to_contain_text(f"{moved[0].shift:.4f}")
    for name, value in (
        ("compared", len(result.words)),
        ("mean-shift", result.mean_shift),
        ("neighbours-shared", result.neighbours_shared),
        ("only-a", 1),
        ("only-b", 1),
    ):
        shown = page.get_by_test_id(name).get_attribute("data-value")
        assert float(shown or "nan") == pytest.approx(value), name
    expect(page.locator("#vocabularies")).to_contain_text("steam")
    expect(page.locator("#vocabularies")).to_contain_text("radio")
    expect(page.locator("#judged")).to_contain_text("pairs.tsvSpearman’s ρ of pairs")
    expect(page.locator("#judged")).to_contain_text("4 of 4 (100.0 %)")
    expect(page.locator("#judged")).to_contain_text("3 of 4 (75.0 %)")


def test_a_word_shows_what_it_lost_and_gained(page: Page, both: str, result: Comparison) -> None:
    show(page, both)
    page.get_by_test_id("shifts").get_by_role("button", name="word37", exact=True).click()
    until(page, "location.hash.includes('word=word37')")
    told = result.shift_of("word37")
    shown = page.get_by_test_id("compared-word")
    expect(shown.locator(".lost tbody tr")).to_have_count(10)
    lost = shown.locator(".lost tbody tr", has_text="lost").locator("button")
    gained = shown.locator(".gained tbody tr", has_text="gained").locator("button")
    assert lost.all_inner_texts() == list(told.lost) and told.lost
    assert gained.all_inner_texts() == list(told.gained)
    gained.first.click()
    until(page, "(word) => location.hash.includes('word=' + word)", told.gained[0])
    page.go_back()
    expect(shown.locator("h3")).to_have_text("word37")


def test_the_table_is_sorted_searched_and_walked_with_keys(
    page: Page, both: str, result: Comparison
) -> None:
    show(page, both)
    view = page.get_by_test_id("shifts")
    view.get_by_role("button", name="Shift", exact=True).click()
    until(page, "location.hash.includes('sort=-shift')")
    by_shift = [result.words[place] for place in np.argsort(-result.shifts, kind="stable")]
    assert first_words(page, 3) == by_shift[:3]
    expect(view.get_by_role("columnheader", name="Shift")).to_have_attribute(
        "aria-sort", "descending"
    )
    view.locator("tbody button").first.focus()
    page.keyboard.press("End")
    last = page.evaluate("document.activeElement.textContent")
    assert last == by_shift[-1]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    until(
        page,
        "(word) => location.hash.includes('word=' + word + '&') "
        "|| location.hash.endsWith('word=' + word)",
        by_shift[-2],
    )
    page.keyboard.press("Home")
    assert page.evaluate("document.activeElement.textContent") == by_shift[0]
    page.get_by_role("searchbox", name="Search").fill("WORD59")
    wanted = [word for word in by_shift if "word59" in word]
    expect(view).to_have_attribute("data-rows", str(len(wanted)))
    assert first_words(page, len(wanted)) == wanted
    until(page, "location.hash.includes('find=WORD59')")
    page.reload()
    expect(view).to_have_attribute("data-rows", str(len(wanted)))


def test_all_words_are_kept_as_csv_and_json(page: Page, both: str, result: Comparison) -> None:
    show(page, both, "?find=word1")
    with page.expect_download() as kept:
        page.get_by_role("button", name="Keep as CSV").click()
    with Path(kept.value.path()).open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = [one for one in result.most_shifted(len(result.words)) if "word1" in one.word]
    assert [row["word"] for row in rows] == [one.word for one in wanted]
    assert float(rows[0]["shift"]) == pytest.approx(wanted[0].shift, rel=1e-6)
    with page.expect_download() as kept:
        page.get_by_role("button", name="Keep as JSON").click()
    document = json.loads(Path(kept.value.path()).read_text(encoding="utf-8"))
    assert document["a"]["name"] == "old" and len(document["words"]) == len(wanted)
    place = result.words.index(wanted[0].word)
    assert document["words"][0]["length_b"] == pytest.approx(float(result.lengths[1][place]))


def test_arrows_lead_from_the_place_in_a_to_that_in_b(page: Page, both: str) -> None:
    show(page, both, "?layout=pca")
    arrows = page.get_by_test_id("arrows")
    expect(arrows).to_have_attribute("data-value", "30")
    page.get_by_role("radio", name="none").check()
    expect(arrows).to_have_attribute("data-value", "0")
    page.goto(f"{both}/#/compare?layout=pca&arrows=0&word=word37")
    expect(arrows).to_have_attribute("data-value", "1")
    expect(arrows).to_contain_text("that of the chosen word is thicker")
    accent = """async () => {
      const canvas = document.querySelectorAll('[data-testid=map] canvas')[1];
      const context = canvas.getContext('2d');
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] > 200 && data[i + 2] - data[i] > 80) found++;
      return found;
    }"""
    until(page, f"async () => (await ({accent})()) > 60")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440, 2560])
def test_accessible_at_every_width_in_both_themes(
    new_page: NewPage, both: str, axe: Check, theme: str, width: int
) -> None:
    page = new_page(color_scheme=theme, viewport={"width": width, "height": 900})
    show(page, both, "?word=word37&layout=pca")
    expect(page.get_by_test_id("compared-word")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_fifty_thousand_words_are_a_table_of_a_screenful(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEXISCOPE_CACHE", str(tmp_path / "maps"))
    models = pair_of_models(tmp_path, WORDS, (777, 30_001))
    with harness.comparing(*models) as address:
        page.goto(f"{address}/#/compare?layout=pca&sort=word")
        view = page.get_by_test_id("shifts")
        expect(view).to_have_attribute("data-rows", str(WORDS - 1))
        view.get_by_role("button", name="Excess").click()
        assert {*first_words(page, 2)} == {"word777", "word30001"}
        view.evaluate("(table) => (table.scrollTop = table.scrollHeight / 2)")
        until(
            page,
            "[...document.querySelectorAll('[data-testid=shifts] tr[aria-rowindex]')]"
            ".some((row) => row.ariaRowIndex > 24000)",
        )
        assert view.locator("tr").count() < MOST_ROWS


def test_one_model_says_how_two_are_shown(page: Page, plain_server: str) -> None:
    page.goto(f"{plain_server}/#/compare")
    expect(page.locator("main")).to_contain_text("lexiscope compare A B --serve")
    links = page.get_by_role("navigation", name="Views").get_by_role("link")
    expect(links.filter(has_text="Compare")).to_have_count(0)
