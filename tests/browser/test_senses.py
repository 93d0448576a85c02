"""A word's occurrences on the page, with the clusters and sentences that the library finds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lexiscope.contextual.occurrences.word_senses import WordSenses, word_senses
from tests.support import harness
from tests.support.browser_models import value_of
from tests.support.harness import settle
from tests.support.occurring import Corpus, corpus_of_banks


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of_banks(tmp_path_factory.mktemp("banks"))


@pytest.fixture(scope="module")
def server(corpus: Corpus) -> Iterator[str]:
    with harness.serving(corpus.path) as address:
        yield address


@pytest.fixture(scope="module")
def found(corpus: Corpus) -> WordSenses:
    return word_senses(corpus.path, "bank")


def show(page: Page, server: str, address: str = "senses?word=bank") -> None:
    page.goto(f"{server}/#/{address}")
    settle(page)


def test_the_front_door_leads_to_a_words_senses(page: Page, server: str) -> None:
    page.goto(server)
    settle(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Senses")
    expect(page.get_by_role("combobox", name="Word")).to_have_value("bank")
    assert value_of(page.get_by_test_id("taken")) == 60


def test_clusters_sentences_and_words_are_the_librarys(
    page: Page, server: str, found: WordSenses, corpus: Corpus
) -> None:
    show(page, server)
    expect(page.get_by_text("2 clusters stand apart best")).to_be_visible()
    clusters = page.get_by_test_id("sentences").locator("section")
    expect(clusters).to_have_count(2)
    for number, sense in enumerate(found.senses):
        own = clusters.nth(number)
        expect(own.get_by_role("heading")).to_contain_text(f"{len(sense.rows)} of 60")
        words = own.get_by_role("list", name="Words that its sentences have more")
        expect(words.get_by_role("button")).to_have_text([one.word for one in sense.telling])
        sentences = own.locator("ol button")
        expect(sentences).to_have_text([corpus.texts[row] for row in sense.rows[:8]])
        expect(sentences.first.locator("mark")).to_have_text("bank")
    clusters.first.get_by_role("button", name="Show more").click()
    expect(clusters.first.locator("ol button")).to_have_count(min(48, len(found.senses[0].rows)))
    assert value_of(page.get_by_test_id("kept")) > 0.2


def test_points_and_sentences_are_chosen_with_the_keyboard(
    page: Page, server: str, found: WordSenses
) -> None:
    show(page, server)
    picture = page.get_by_role("application", name="Occurrences of bank")
    picture.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[role=tooltip] mark")).to_have_text("bank")
    expect(page.get_by_text(re.compile(r"^Cluster \d: .*bank")).first).to_be_attached()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("chosen")).to_contain_text("bank")
    expect(page).to_have_url(re.compile(r"[?&]o=\d+\.\d+"))
    first = page.get_by_test_id("sentences").locator("ol button").first
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    row = found.senses[0].rows[1]
    sentence = found.occurrences.sentences[row]
    expect(page).to_have_url(re.compile(rf"[?&]o={sentence}\.{found.occurrences.places[row]}"))
    expect(page.get_by_test_id("chosen")).to_contain_text(found.occurrences.texts[row])
    page.reload()
    settle(page)
    expect(page.get_by_test_id("chosen")).to_contain_text(found.occurrences.texts[row])


def test_the_pointer_reads_a_sentence(page: Page, server: str) -> None:
    show(page, server, "senses?word=bank&layout=pca")
    plane = page.get_by_test_id("plane").get_by_role("application")
    expect(page.get_by_test_id("plane")).to_have_attribute("data-points", "60")
    box = plane.bounding_box()
    assert box is not None
    tip = page.locator("[role=tooltip] mark")
    for share in np.linspace(0.1, 0.9, 40):  # somewhere on its way the pointer meets a point
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        if tip.is_visible():
            break
    expect(tip).to_have_text("bank")


def test_words_and_clusters_are_chosen_and_stay_in_the_address(page: Page, server: str) -> None:
    show(page, server)
    page.get_by_role("combobox", name="Clusters", exact=True).select_option("4")
    settle(page)
    expect(page.get_by_test_id("sentences").locator("section")).to_have_count(4)
    expect(page.get_by_text("4 clusters, as chosen")).to_be_visible()
    expect(page).to_have_url(re.compile("clusters=4"))
    word = page.get_by_role("combobox", name="Word")
    word.fill("wat")
    listed = page.get_by_role("listbox", name="Word").get_by_role("option")
    expect(listed).to_contain_text("water")
    page.keyboard.press("Enter")
    settle(page)
    expect(page).to_have_url(re.compile("word=water"))
    expect(page.get_by_test_id("taken")).to_contain_text("water occurs")


def test_all_occurrences_are_kept_as_csv(
    page: Page, server: str, found: WordSenses, corpus: Corpus
) -> None:
    show(page, server)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Keep as CSV").click()
    text = Path(downloading.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["before"] + row["word"] + row["after"] for row in rows] == corpus.texts
    assert [int(row["cluster"]) - 1 for row in rows] == found.clusters.labels.tolist()
    assert all(np.isfinite([float(row["x"]), float(row["y"])]).all() for row in rows)


@pytest.mark.parametrize("width", [390, 1440, 2560])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_is_accessible(
    new_page: Callable[..., Page],
    server: str,
    axe: Callable[[Page], None],
    width: int,
    theme: str,
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    show(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)


def test_a_word_that_is_not_there_is_told(new_page: Callable[..., Page], server: str) -> None:
    page = new_page(expected=["404"])
    show(page, server, "senses?word=bnk")
    page.get_by_role("button", name="bank").click()
    settle(page)
    expect(page.get_by_test_id("taken")).to_contain_text("bank occurs 60 times")


def test_of_another_model_the_commands_are_told(
    page: Page, plain_server: str, axe: Callable[[Page], None]
) -> None:
    show(page, plain_server, "senses")
    expect(page.locator("main")).to_contain_text("lexiscope serve words.parquet")
    expect(page.get_by_role("navigation").get_by_role("link", name="Senses")).to_have_count(0)
    axe(page)
