"""Contextual vectors: sentences through a transformer, with the numbers that the library gives."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from lexiscope.contextual import Encoder
from lexiscope.contextual.uses.layer_report import ReportOptions, layer_report
from tests.support import harness
from tests.support.browser_models import assert_shows, plain_vectors, value_of
from tests.support.harness import settle
from tests.support.patience import PATIENCE

RIVER = "They sat on the bank of the river."
MONEY = "The bank lends money to small firms."
LAYERS = 6
NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of plain vectors and the transformer, which has been loaded and has its words."""
    file, _ = plain_vectors(tmp_path_factory.mktemp("context"), words=40)
    with harness.serving(file, "--model", minilm) as address:
        query = urlencode({"text": RIVER, "word": 4})
        asked = f"{address}/api/contextual/nearest?{query}"
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            assert answer.status == 200
        yield address


def show(page: Page, server: str, query: str = "") -> None:
    """Opens the view and waits until all of it is there."""
    page.goto(f"{server}/#/contextual{query}")
    expect(page.get_by_test_id("token-map")).to_be_visible()
    expect(page.get_by_test_id("nearest-0")).to_be_visible()
    settle(page)


def sentence(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=re.compile(f"^{name} "))


def test_the_bank_of_the_river_and_the_bank_that_lends_come_apart(
    page: Page, server: str, encoder: Encoder
) -> None:
    show(page, server)
    wanted = encoder.layer_similarity(RIVER, MONEY, "bank").cosines
    cells = [page.get_by_test_id(f"layer-{layer}") for layer in range(LAYERS + 1)]
    for cell, cosine in zip(cells, wanted.tolist(), strict=True):
        assert_shows(cell, cosine, digits=4)
    values = [value_of(cell) for cell in cells]
    assert values[0] > 0.9 and values[-1] == min(values) < values[0] - 0.2
    assert_shows(page.get_by_test_id("pair-cosine"), float(wanted[-1]), digits=4)
    near = [
        (page.get_by_test_id(f"nearest-{place}").get_attribute("data-value") or "").split()
        for place in (0, 1)
    ]
    assert "river" in near[0] and "river" not in near[1]
    assert "loan" in near[1] and near[0][0] == near[1][0] == "bank"


def test_tokens_are_joined_into_the_word_that_they_make(page: Page, server: str) -> None:
    show(page, server)
    word = sentence(page, "Second").get_by_role("listitem").filter(has_text="lends")
    expect(word.locator(".tokens span")).to_have_text(["lend", "##s"])
    added = sentence(page, "Second").locator(".added")
    expect(added).to_have_text(["[CLS]", "[SEP]"])
    chosen = sentence(page, "First").get_by_role("button", pressed=True)
    expect(chosen).to_have_text("bank")


def test_words_layers_combination_and_pooling_are_chosen_and_stand_in_the_address(
    page: Page, server: str, encoder: Encoder
) -> None:
    show(page, server)
    sentence(page, "First").get_by_role("button", name="river", exact=True).click()
    sentence(page, "Second").get_by_role("button", name="lends", exact=True).click()
    page.get_by_role("button", name="last four", exact=True).click()
    page.get_by_role("radio", name="one after the other").check(force=True)
    page.get_by_role("combobox", name="A word is the").select_option("max")
    expect(page.get_by_test_id("vector-size")).to_have_text("1,536")
    settle(page)
    chosen = encoder.with_options(layers=(3, 4, 5, 6), combine="concat", pooling="max")
    one, other = chosen.word(RIVER, "river"), chosen.word(MONEY, "lends")
    cosine = float(one @ other / (one @ one) ** 0.5 / (other @ other) ** 0.5)
    shown = page.get_by_test_id("pair-cosine")
    expect(shown).to_have_text(f"{cosine:.4f}")
    assert_shows(page.get_by_test_id("norm-0"), float(one @ one) ** 0.5)
    for part in ("i=7", "j=2", "layers=3,4,5,6", "combine=concat", "pooling=max"):
        assert part in page.url
    page.reload()
    settle(page)
    expect(page.get_by_test_id("pair-cosine")).to_have_text(f"{cosine:.4f}")


def test_a_sentence_is_typed_with_the_keyboard_alone(
    page: Page, server: str, encoder: Encoder
) -> None:
    show(page, server)
    page.get_by_role("textbox", name="Second sentence").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("Herons nest along the bank.")
    expect(sentence(page, "Second").get_by_role("button", name="Herons")).to_be_visible()
    settle(page)
    wanted = encoder.layer_similarity(RIVER, "Herons nest along the bank.", "bank").cosines
    expect(page.get_by_test_id("layer-6")).to_have_text(f"{wanted[-1]:.4f}")
    assert value_of(page.get_by_test_id("layer-6")) > 0.8  # both are of a river
    sentence(page, "Second").get_by_role("button", name="nest").focus()
    page.keyboard.press("Enter")
    expect(sentence(page, "Second").get_by_role("button", pressed=True)).to_have_text("nest")
    settle(page)


def test_two_words_of_one_sentence_are_compared(page: Page, server: str, encoder: Encoder) -> None:
    show(page, server, f"?{urlencode({'a': RIVER, 'one': 1, 'i': 4, 'j': 7})}")
    bank, river = encoder.word(RIVER, "bank"), encoder.word(RIVER, "river")
    cosine = float(bank @ river / (bank @ bank) ** 0.5 / (river @ river) ** 0.5)
    assert_shows(page.get_by_test_id("pair-cosine"), cosine, digits=4)
    expect(page.locator("#tokens h2 + p")).to_contain_text("with every other")
    expect(page.locator("textarea:not(#report textarea)")).to_have_count(1)


def test_a_sentence_that_is_too_long_is_told(new_page: NewPage, server: str) -> None:
    page = new_page(expected=["422"])
    page.goto(f"{server}/#/contextual?{urlencode({'a': '! ' * 1_000})}")
    expect(page.locator("#sentences").get_by_role("alert")).to_contain_text("tokens; at most")
    expect(page.locator("#vector")).to_contain_text("no two words")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_in_both_themes_and_no_wider_than_a_phone(
    new_page: NewPage, server: str, axe: Callable[[Page], None], theme: str
) -> None:
    page = new_page(color_scheme=theme, viewport={"width": 360, "height": 740})
    show(page, server, "?layers=3,4,5,6")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_a_transformer_the_view_is_not_in_the_bar_and_says_what_it_needs(
    page: Page, plain_server: str, axe: Callable[[Page], None]
) -> None:
    page.goto(f"{plain_server}/#/context")  # the address before the view was renamed
    settle(page)
    expect(page.get_by_role("navigation").get_by_role("link", name="Contextual")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("lexiscope serve PATH --model MODEL")
    axe(page)


def test_the_page_as_one_file_says_why_it_has_no_transformer(
    page: Page, bundled_run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    harness.run_lexiscope("page", bundled_run, "-o", file)
    page.goto(f"{file.as_uri()}#/contextual")
    expect(page.locator("main")).to_contain_text("A transformer does not fit into a file")


def test_the_layers_are_measured_on_the_sentences_given(
    page: Page, server: str, encoder: Encoder
) -> None:
    show(page, server)
    section = page.locator("#report")
    expect(section.get_by_test_id("cka")).to_be_visible()
    expect(section.get_by_text("8 sentences")).to_be_visible()
    lines = [RIVER, MONEY, "The river bank was steep."]
    section.get_by_role("textbox").fill("\n".join(lines))
    section.get_by_role("button", name="Measure").click()
    expect(section.get_by_text("3 sentences")).to_be_visible()
    report = layer_report(encoder, lines, ReportOptions(contexts=2))
    assert value_of(section.get_by_test_id("cka")) == pytest.approx(report.cka[0, 1], abs=1e-6)
    row = section.locator("tbody").get_by_role("row").nth(LAYERS)
    expect(row).to_contain_text(f"{report.layers[-1].anisotropy.value:.2f} ±")
    section.get_by_role("textbox").fill("one")
    section.get_by_role("button", name="Measure").click()
    expect(section.get_by_text("Type two sentences or more.")).to_be_visible()
